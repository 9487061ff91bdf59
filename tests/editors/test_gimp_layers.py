"""Layers of every kind in a real GIMP: the exact mask, or a clear sentence."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import OpenImage, OpenPhoto, eventually
from tests.editors.pictures import read_alpha
from tests.editors.ramp_worker import RampWorker, ramp

pytestmark = pytest.mark.gimp

CANVAS = (32, 24)
HUGE = (12_500, 8_000)

KINDS = [
    "smaller",
    "partly_beside_the_canvas",
    "beside_the_canvas",
    "one_pixel",
    "one_row",
    "with_holes",
    "half_opaque",
    "with_a_filter",
    "hidden",
    "with_locked_content",
    "with_locked_position",
    "with_locked_alpha",
    "with_locked_visibility",
    "with_all_locks_and_hidden",
    "text",
    "group",
    "group_in_a_group",
    "group_that_passes_through",
    "group_with_an_empty_one",
    "layer_in_a_group",
    "group_and_a_layer_in_it",
    "several",
    "one_twice",
    "mask_as_drawable",
]
NEWER_KINDS = {"link": "LinkLayer", "vector": "VectorLayer"}
"""Kinds that GIMP has from 3.2 on, with their classes."""

REFUSED = {
    "floating_selection": "A floating selection cannot have a layer mask.\nAnchor it",
    "channel": "A channel is selected, not a layer.\nSelect a layer",
    "empty_group": "The layer group is empty.\nAdd layers to it",
    "group_of_empty_groups": "The layer group is empty.\nAdd layers to it",
    "layer_and_empty_group": "The layer group is empty.\nAdd layers to it",
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_mask_is_exact_on_every_kind_of_layer(
    gimp: Gimp, ramp_worker: RampWorker, editor_workspace: Path, kind: str
) -> None:
    check(gimp, editor_workspace, kind)


@pytest.mark.parametrize("kind", NEWER_KINDS)
def test_the_mask_is_exact_on_the_kinds_that_are_new_in_gimp_3_2(
    gimp: Gimp, ramp_worker: RampWorker, editor_workspace: Path, kind: str
) -> None:
    known = gimp.call("gimp_layers.knows", kind=NEWER_KINDS[kind])
    assert known == (not gimp.call("gimp_documents.version").startswith("3.0"))
    if known:
        check(gimp, editor_workspace, kind)


@pytest.mark.parametrize("output", ["mask", "colours"])
def test_what_a_filter_shows_is_what_is_cut_out(
    gimp: Gimp, ramp_worker: RampWorker, output: str
) -> None:
    """The filter stays; of a new layer's colours it is a part."""
    made = gimp.call("gimp_layers.with_a_filter")
    (layer,) = made["layers"]
    plain = bytes.fromhex(gimp.call("gimp_layers.pixels", layer=layer))
    before = gimp.call("gimp_layers.filters", layer=layer)
    assert before
    answer = cut(gimp, [layer], output=output)
    assert answer["status"] == "success", answer["error"]
    shown = np.frombuffer(ramp_worker.requests[0][1], np.uint8).reshape(-1, 4)
    inverted = 255 - np.frombuffer(plain, np.uint8).reshape(-1, 4)[:, :3].astype(int)
    assert np.abs(shown[:, :3] - inverted).max() <= 1
    assert bytes.fromhex(gimp.call("gimp_layers.pixels", layer=layer)) == plain
    assert gimp.call("gimp_layers.filters", layer=layer) == before
    if output == "colours":
        copy, _layer = gimp.call("gimp_documents.layer_ids", image=made["image"])
        assert gimp.call("gimp_layers.filters", layer=copy) == []
    gimp.call("gimp_documents.delete", image=made["image"])


def check(gimp: Gimp, folder: Path, kind: str) -> None:
    made = gimp.call(f"gimp_layers.{kind}")
    image, layers = made["image"], made["layers"]
    before = gimp.call("gimp_documents.state", image=image)
    alphas = [alpha_alone(gimp, image, layer, folder) for layer in layers]
    answer = cut(gimp, made["drawables"])
    assert answer["status"] == "success", answer["error"]
    after = gimp.call("gimp_documents.state", image=image)
    assert without_masks(after) == without_masks(before)
    for layer, alpha in zip(layers, alphas, strict=True):
        matte = ramp(*gimp.call("gimp_kinds.size", layer=layer))
        mask = gimp.call("gimp_documents.mask_bytes", layer=layer, babl_format="Y u8")
        assert bytes.fromhex(mask) == matte.tobytes()
        shown = alpha_alone(gimp, image, layer, folder)
        wanted = alpha * (on_canvas(matte, gimp.call("gimp_layers.offset", layer=layer)) / 255)
        # What was wholly there before shows the matte itself; else a product is rounded.
        assert (np.abs(shown - wanted) <= (alpha % 255 != 0)).all()
    reloaded = gimp.call("gimp_documents.reload", image=image, path=str(folder / "layers.xcf"))
    again = gimp.call("gimp_documents.state", image=reloaded)
    assert again["layers"] == after["layers"]
    for document in (image, reloaded):
        gimp.call("gimp_documents.delete", image=document)


def test_the_mask_is_exact_at_a_hundred_megapixels(
    gimp: Gimp, ramp_worker: RampWorker, editor_workspace: Path
) -> None:
    made = gimp.call("gimp_layers.huge", width=HUGE[0], height=HUGE[1])
    (layer,), image = made["layers"], made["image"]
    answer = cut(gimp, [layer])
    assert answer["status"] == "success", answer["error"]
    ramp_worker.requests.clear()
    matte = ramp(*HUGE)
    found = gimp.call("gimp_layers.mask_digest", layer=layer, rows=500)
    assert found == hashlib.sha256(matte.tobytes()).hexdigest()
    corner = editor_workspace / "corner.png"
    gimp.call("gimp_layers.export_corner", image=image, side=300, path=str(corner))
    np.testing.assert_array_equal(read_alpha(corner), matte[-300:, -300:])
    gimp.call("gimp_documents.delete", image=image)


def cut(gimp: Gimp, drawables: list[int], **arguments: str) -> dict[str, str]:
    command = {"name": "localmatte-remove-background", "drawables": drawables, **arguments}
    answer: dict[str, str] = gimp.call("gimp_commands.run_on_several", **command)
    return answer


def alpha_alone(gimp: Gimp, image: int, layer: int, folder: Path) -> npt.NDArray[np.int64]:
    path = folder / "layer.png"
    gimp.call("gimp_layers.export_alone", image=image, layer=layer, path=str(path))
    return read_alpha(path).astype(np.int64)


def on_canvas(matte: npt.NDArray[Any], offset: list[int]) -> npt.NDArray[np.int64]:
    """A layer's matte where it meets the canvas; 0 elsewhere."""
    (width, height), (left, top) = CANVAS, offset
    margin = max(map(abs, offset)) + max(*matte.shape, *CANVAS)
    spread = np.pad(matte.astype(np.int64), margin)
    return spread[margin - top :, margin - left :][:height, :width]


def without_masks(state: dict[str, Any]) -> list[Any]:
    """What of the layers must stay; a group shows its layers through their masks."""

    def kept(layer: dict[str, Any]) -> dict[str, Any]:
        changing = {"mask", "edits_mask", "shows_mask", "applies_mask", "children"}
        if "children" in layer:
            changing.add("pixels")
        found = {name: value for name, value in layer.items() if name not in changing}
        return {**found, "children": [kept(child) for child in layer.get("children", [])]}

    return [kept(layer) for layer in state["layers"]]


@pytest.mark.parametrize("kind", REFUSED)
def test_what_can_have_no_mask_is_refused_in_words(
    gimp: Gimp, ramp_worker: RampWorker, kind: str
) -> None:
    made = gimp.call(f"gimp_layers.{kind}")
    before = gimp.call("gimp_documents.state", image=made["image"])
    answer = cut(gimp, made["drawables"])
    assert answer["status"] == "execution-error"
    assert REFUSED[kind] in answer["error"]
    assert gimp.call("gimp_documents.state", image=made["image"]) == before
    assert ramp_worker.requests == []


def test_the_quick_mask_is_told_how_to_leave(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    gimp = open_photo.gimp
    gimp.screen.keys("shift+q")
    eventually(lambda: open_photo.state()["selected"] == ["Qmask"])
    before = open_photo.state()
    with gimp.messages_in_the_log() as log:
        open_photo.choose("l")
        eventually(lambda: "The quick mask is on.\nTurn it off with Shift+Q" in log())
    assert open_photo.state() == before
    assert ramp_worker.requests == []


@pytest.mark.parametrize("output", ["layer", "colours", "selection"])
@pytest.mark.parametrize("kind", ["with_locked_content", "with_locked_alpha", "text", "group"])
def test_other_outputs_are_made_of_what_is_locked_or_has_no_pixels_of_its_own(
    gimp: Gimp, ramp_worker: RampWorker, kind: str, output: str
) -> None:
    made = gimp.call(f"gimp_layers.{kind}")
    before = gimp.call("gimp_documents.state", image=made["image"])["layers"]
    answer = cut(gimp, made["drawables"], output=output)
    assert answer["status"] == "success", answer["error"]
    after = gimp.call("gimp_documents.state", image=made["image"])["layers"]
    assert after[-len(before) :] == before
    assert [layer["locks"] for layer in after] == [before[0]["locks"]] * len(after)
    assert len(after) == len(before) + (output != "selection")


def test_a_new_layer_of_a_vector_layer_leaves_nothing_behind_after_undo(
    gimp: Gimp, ramp_worker: RampWorker
) -> None:
    if not gimp.call("gimp_layers.knows", kind="VectorLayer"):
        assert gimp.call("gimp_documents.version").startswith("3.0")
        return
    made = gimp.call("gimp_layers.vector")
    (layer,), image = made["layers"], made["image"]
    opened = OpenImage(gimp, image, layer)
    before, paths = opened.state(), gimp.call("gimp_layers.paths", image=image)
    assert cut(gimp, [layer], output="layer")["status"] == "success"
    assert gimp.call("gimp_layers.paths", image=image) == paths
    assert len(opened.state()["layers"]) == 2
    gimp.screen.focus(opened.window)
    gimp.screen.keys("ctrl+z")
    eventually(lambda: opened.state()["layers"] == before["layers"], seconds=10)
    assert gimp.call("gimp_layers.paths", image=image) == paths
    opened.close()


def test_a_hidden_layer_stays_hidden_and_undo_is_one_step(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    gimp = open_photo.gimp
    gimp.call("gimp_layers.hide", layer=open_photo.layer)
    before = open_photo.state()
    assert cut(gimp, [open_photo.layer])["status"] == "success"
    after = open_photo.state()
    assert not after["layers"][0]["visible"]
    gimp.screen.focus(open_photo.window)
    gimp.screen.keys("ctrl+z")
    eventually(lambda: open_photo.state() == before)
    gimp.screen.keys("ctrl+y")
    # GIMP 3.0 itself makes the mask the paint target then, and shows the layer for that.
    eventually(lambda: open_photo.layer_state()["mask"] == after["layers"][0]["mask"])


def test_several_old_masks_come_back_by_undo_and_the_new_ones_by_redo(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    # GIMP 3.0 itself forgets what to redo where a mask that is shown or disabled comes back.
    gimp = open_photo.gimp
    layers = [open_photo.layer, gimp.call("gimp_kinds.add_copy", layer=open_photo.layer)]
    for layer in layers:
        gimp.call("gimp_kinds.add_plain_mask", layer=layer)
    before = open_photo.state()
    assert cut(gimp, layers)["status"] == "success"
    after = open_photo.state()
    assert [layer["mask"] for layer in after["layers"]] != [
        layer["mask"] for layer in before["layers"]
    ]
    undo_and_redo(open_photo, before, after)


def undo_and_redo(opened: OpenPhoto, before: dict[str, Any], after: dict[str, Any]) -> None:
    opened.gimp.screen.focus(opened.window)
    for _ in range(2):
        opened.gimp.screen.keys("ctrl+z")
        eventually(lambda: opened.state() == before)
        opened.gimp.screen.keys("ctrl+y")
        eventually(lambda: opened.state() == after)
