"""The command's arguments in a real GIMP: what limits the mask, what is made, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import OpenPhoto, eventually
from tests.editors.inside.stand_in import CLEAN
from tests.editors.ramp_worker import RampWorker, ramp

pytestmark = pytest.mark.gimp

LAYER, OFFSET, CANVAS = (40, 30), (-4, -3), (32, 24)
SELECTED = (5, 4, 12, 9)
"""x, y, width and height on the canvas."""

MAKERS = ("rgb-image", "rgba-image", "gray-image")


def made(gimp: Gimp, layer_type: str = "rgba-image", **kind: Any) -> tuple[int, int]:
    image, layer = gimp.call("gimp_kinds.make", layer_type=layer_type, **kind)
    return image, layer


def cut(gimp: Gimp, layer: int, **arguments: Any) -> None:
    answer = gimp.call("gimp_commands.remove_background", layer=layer, **arguments)
    assert answer["status"] == "success", answer["error"]


def state(gimp: Gimp, image: int) -> dict[str, Any]:
    found: dict[str, Any] = gimp.call("gimp_documents.state", image=image)
    return found


def mask_of(gimp: Gimp, layer: int, size: tuple[int, int] = LAYER) -> npt.NDArray[np.uint8]:
    values = gimp.call("gimp_documents.mask_bytes", layer=layer, babl_format="Y u8")
    return np.frombuffer(bytes.fromhex(values), np.uint8).reshape(size[::-1])


def selection_of(gimp: Gimp, image: int) -> npt.NDArray[np.uint8]:
    values = gimp.call("gimp_documents.selection_bytes", image=image, babl_format="Y u8")
    return np.frombuffer(bytes.fromhex(values), np.uint8).reshape(CANVAS[::-1])


def colours_of(gimp: Gimp, layer: int) -> npt.NDArray[np.uint8]:
    values = gimp.call("gimp_documents.layer_bytes", layer=layer, babl_format="R'G'B'A u8")
    return np.frombuffer(bytes.fromhex(values), np.uint8).reshape(*LAYER[::-1], 4)


def on_the_layer(selected: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A selection where the layer has it; beyond the canvas nothing is selected."""
    spread = np.zeros(LAYER[::-1], np.uint8)
    spread[3 : 3 + CANVAS[1], 4 : 4 + CANVAS[0]] = selected
    return spread


def select(gimp: Gimp, image: int, feather: float = 0) -> None:
    x, y, width, height = SELECTED
    gimp.call("gimp_kinds.select", image=image, x=x, y=y, width=width, height=height)
    if feather:
        gimp.call("gimp_kinds.feather", image=image, radius=feather)


@pytest.mark.parametrize("precision", ["u8-non-linear", "u16-linear", "float-linear"])
@pytest.mark.parametrize("feather", [0, 6])
def test_a_selection_limits_where_the_engine_looks_and_what_is_shown(
    gimp: Gimp, ramp_worker: RampWorker, precision: str, feather: float
) -> None:
    image, layer = made(gimp, precision=precision)
    cut(gimp, layer)
    everywhere = mask_of(gimp, layer)
    select(gimp, image, feather)
    before, selected = state(gimp, image), selection_of(gimp, image)
    cut(gimp, layer)
    after = state(gimp, image)
    rows, columns = (np.flatnonzero(selected.any(axis=axis)) for axis in (1, 0))
    x, y = int(columns[0]), int(rows[0])
    box = [x - OFFSET[0], y - OFFSET[1], int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y]
    sent = ramp_worker.requests[-1][0]["selection"]
    # A feathered edge that rounds to nothing in eight bits is selected all the same.
    assert sent == box if precision == "u8-non-linear" or not feather else len(sent) == 4
    wanted = np.minimum(everywhere, on_the_layer(selected))
    assert wanted.any()
    assert np.abs(mask_of(gimp, layer).astype(int) - wanted).max() <= (precision[0] == "f")
    assert after["selection"] == before["selection"]
    assert after["layers"][0]["pixels"] == before["layers"][0]["pixels"]


def test_the_selection_limits_nothing_where_that_is_not_wanted(
    gimp: Gimp, ramp_worker: RampWorker
) -> None:
    image, layer = made(gimp)
    select(gimp, image)
    before = state(gimp, image)
    cut(gimp, layer, **{"inside-selection": False})
    assert ramp_worker.requests[-1][0]["selection"] is None
    np.testing.assert_array_equal(mask_of(gimp, layer), ramp(*LAYER))
    assert state(gimp, image)["selection"] == before["selection"]


def test_a_selection_beside_the_layer_is_told_and_changes_nothing(
    gimp: Gimp, ramp_worker: RampWorker
) -> None:
    image, layer = made(gimp)
    gimp.call("gimp_kinds.move", layer=layer, x=20, y=0)
    select(gimp, image)
    before = state(gimp, image)
    answer = gimp.call("gimp_commands.remove_background", layer=layer)
    assert answer["status"] == "execution-error"
    assert ("The selection doesn't overlap the layer.\nSelect part of") in answer["error"]
    assert state(gimp, image) == before
    assert ramp_worker.requests == []


@pytest.mark.parametrize("layer_type", MAKERS)
def test_a_new_layer_with_a_mask_lies_above_the_old_one(
    gimp: Gimp, ramp_worker: RampWorker, layer_type: str
) -> None:
    image, layer = made(gimp, layer_type)
    gimp.call("gimp_kinds.add_mask", layer=layer)
    before = state(gimp, image)["layers"]
    cut(gimp, layer, output="layer")
    after = state(gimp, image)
    new, old = after["layers"]
    assert [old] == before
    assert (new["name"], after["selected"]) == ("kind cut out", ["kind cut out mask"])
    assert (new["pixels"], new["offsets"]) == (old["pixels"], old["offsets"])
    assert new["edits_mask"]
    assert new["applies_mask"]
    copy = gimp.call("gimp_documents.layer_ids", image=image)[0]
    np.testing.assert_array_equal(mask_of(gimp, copy), ramp(*LAYER))


def test_a_new_layer_of_a_layer_in_a_group_stays_in_the_group(
    gimp: Gimp, ramp_worker: RampWorker
) -> None:
    image, group = gimp.call("gimp_kinds.make_group")
    (child,) = gimp.call("gimp_documents.layer_ids", image=image, group=group)
    cut(gimp, child, output="layer")
    (layers,) = state(gimp, image)["layers"]
    assert [layer["name"] for layer in layers["children"]] == ["kind cut out", "kind"]


@pytest.mark.parametrize("precision", ["u8-non-linear", "u16-linear", "float-linear"])
def test_a_selection_is_made_of_the_foreground_and_no_layer_changes(
    gimp: Gimp, ramp_worker: RampWorker, precision: str
) -> None:
    image, layer = made(gimp, precision=precision)
    gimp.call("gimp_kinds.add_mask", layer=layer)
    before = state(gimp, image)
    gimp.call("gimp_kinds.select", image=image, x=0, y=0, width=3, height=3)
    cut(gimp, layer, output="selection", **{"inside-selection": False})
    after = state(gimp, image)
    assert after["layers"] == before["layers"]
    assert after["selected"] == before["selected"]
    selected = selection_of(gimp, image)
    if precision == "u8-non-linear":
        np.testing.assert_array_equal(selected, ramp(*LAYER)[3:27, 4:36])
    else:
        assert np.abs(selected - ramp(*LAYER, "yf")[3:27, 4:36] * 255).max() <= 1


@pytest.mark.parametrize("precision", ["u8-non-linear", "u16-linear", "float-linear"])
@pytest.mark.parametrize("layer_type", ["rgb-image", "rgba-image"])
def test_a_new_layer_has_clean_colours_where_its_mask_is_soft_and_none_where_it_hides(
    gimp: Gimp, ramp_worker: RampWorker, layer_type: str, precision: str
) -> None:
    image, layer = made(gimp, layer_type, precision=precision)
    before = state(gimp, image)["layers"]
    cut(gimp, layer, output="colours")
    new, old = state(gimp, image)["layers"]
    assert [old] == before
    assert new["name"] == "kind cut out"
    assert new["edits_mask"]
    copy = gimp.call("gimp_documents.layer_ids", image=image)[0]
    shown = mask_of(gimp, copy)
    soft = (shown > 0) & (shown < 255)
    assert soft.any()
    assert not soft.all()
    was, now = colours_of(gimp, layer), colours_of(gimp, copy)
    assert (now[soft][:, :3] == CLEAN).all()
    assert (now[shown == 255] == was[shown == 255]).all()
    assert (now[shown == 0][:, :3] == 0).all()
    assert (now[..., 3] == was[..., 3]).all()
    assert ramp_worker.requests[-1][0]["colours"] is True


@pytest.mark.parametrize(
    ("argument", "value", "limits"),
    [("feather", 101.0, "0 to 100"), ("shift", -51.0, "-50 to 50"), ("threshold", 1.5, "0 to 1")],
)
def test_a_control_outside_of_its_limits_is_named_and_changes_nothing(
    gimp: Gimp, ramp_worker: RampWorker, argument: str, value: float, limits: str
) -> None:
    image, layer = made(gimp)
    before = state(gimp, image)
    answer = gimp.call("gimp_commands.remove_background", layer=layer, **{argument: value})
    assert answer["status"] == "execution-error"
    assert (
        f'The argument "{argument}" cannot be {value}.\nUse a value from {limits}.'
        in answer["error"]
    )
    assert state(gimp, image) == before
    assert ramp_worker.requests == []


def test_the_controls_that_do_something_reach_the_engine(
    gimp: Gimp, ramp_worker: RampWorker
) -> None:
    _, layer = made(gimp)
    cut(gimp, layer)
    cut(gimp, layer, shift=-2.5, holes=40.0)
    assert [header["edges"] for header, _ in ramp_worker.requests] == [
        {},
        {"shift": -2.5, "holes": 40},
    ]


@pytest.mark.parametrize("output", ["mask", "layer", "colours", "selection"])
def test_every_output_is_one_undo_step(
    open_photo: OpenPhoto, ramp_worker: RampWorker, output: str
) -> None:
    gimp = open_photo.gimp
    gimp.call("gimp_kinds.add_copy", layer=open_photo.layer)
    gimp.call("gimp_kinds.select", image=open_photo.image, x=50, y=40, width=300, height=200)
    before = open_photo.state()
    cut(gimp, open_photo.layer, output=output)
    after = open_photo.state()
    assert after != before
    gimp.screen.focus(open_photo.window)
    gimp.screen.keys("ctrl+z")
    eventually(lambda: open_photo.state() == before)
    gimp.screen.keys("ctrl+y")
    eventually(lambda: open_photo.state() == after)


@pytest.mark.parametrize(
    ("argument", "choices"),
    [("existing-mask", "replace, intersect, add"), ("output", "mask, layer, colours, selection")],
)
@pytest.mark.parametrize("wrong", ["subtract", "", "Mask"])
def test_a_wrong_choice_is_named_and_changes_nothing(
    gimp: Gimp, ramp_worker: RampWorker, argument: str, choices: str, wrong: str
) -> None:
    image, layer = made(gimp)
    gimp.call("gimp_kinds.add_mask", layer=layer)
    before = state(gimp, image)
    answer = gimp.call("gimp_commands.remove_background", layer=layer, **{argument: wrong})
    assert answer["status"] == "execution-error"
    assert (f'The argument "{argument}" cannot be "{wrong}".\nUse one of {choices}.') in answer[
        "error"
    ]
    assert state(gimp, image) == before
    assert ramp_worker.requests == []


def test_a_model_that_does_not_exist_is_named_and_changes_nothing(
    gimp: Gimp, engine: InstalledEngine
) -> None:
    image, layer = made(gimp)
    before = state(gimp, image)
    answer = gimp.call("gimp_commands.remove_background", layer=layer, model="u3net")
    assert answer["status"] == "execution-error"
    assert "There is no model 'u3net'." in answer["error"]
    assert state(gimp, image) == before
