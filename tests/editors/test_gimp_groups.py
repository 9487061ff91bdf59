"""Groups that reach farther than they say, in a real GIMP: read, masked, refined, selected."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.editors.gimp_host import Gimp
from tests.editors.ramp_worker import RampWorker, ramp

pytestmark = pytest.mark.gimp

KINDS = (
    "group_with_an_effect_in_it",
    "group_with_an_effect",
    "group_that_passes_through_and_blends",
)
REMOVE, REFINE = "localmatte-remove-background", "localmatte-refine-inside-selection"


@pytest.fixture(params=KINDS)
def group(gimp: Gimp, ramp_worker: RampWorker, request: pytest.FixtureRequest) -> Group:
    return Group(gimp, request.param)


class Group:
    """Such a group in a window of its own.

    Args:
        gimp: The GIMP.
        kind: One of KINDS.
    """

    def __init__(self, gimp: Gimp, kind: str) -> None:
        self.gimp = gimp
        made = gimp.call(f"gimp_layers.{kind}")
        self.image, (self.layer,) = made["image"], made["layers"]
        gimp.call("gimp_documents.show", image=self.image)
        # GIMP 3.2 gives a group its size when it has drawn it.
        gimp.call("gimp_layers.visible_alpha", image=self.image)

    @property
    def matte(self) -> npt.NDArray[np.uint8]:
        """What the engine finds; in GIMP 3.2 a group with a mask reaches less far."""
        return ramp(*self.gimp.call("gimp_layers.mask_size", layer=self.layer))

    def run(self, name: str = REMOVE, **arguments: Any) -> None:
        answer = self.gimp.call("gimp_commands.run", name=name, layer=self.layer, **arguments)
        assert answer["status"] == "success", answer["error"]

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.gimp.call("gimp_documents.state", image=self.image)
        return state

    def ids(self) -> list[int]:
        ids: list[int] = self.gimp.call("gimp_documents.layer_ids", image=self.image)
        return ids

    def mask(self, layer: int) -> npt.NDArray[np.uint8]:
        values = self.gimp.call("gimp_documents.mask_bytes", layer=layer, babl_format="Y u8")
        size = self.gimp.call("gimp_layers.mask_size", layer=layer)
        return np.frombuffer(bytes.fromhex(values), np.uint8).reshape(size[::-1])

    def on_canvas(self, plane: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        width, height = self.state()["size"]
        x, y = self.gimp.call("gimp_layers.offset", layer=self.layer)
        canvas = np.zeros((height, width), np.uint8)
        part = plane[: height - y, : width - x]
        canvas[y : y + part.shape[0], x : x + part.shape[1]] = part
        return canvas

    def select(self, x: int, y: int, width: int, height: int) -> None:
        box = {"x": x, "y": y, "width": width, "height": height}
        self.gimp.call("gimp_kinds.select", image=self.image, **box)


def pixels(state: dict[str, Any]) -> list[Any]:
    """The pixels of all painted layers."""
    return [
        pixels({"layers": layer["children"]}) if "children" in layer else layer["pixels"]
        for layer in state["layers"]
    ]


def test_the_mask_covers_all_of_the_group(group: Group) -> None:
    before, matte = group.state(), group.matte
    group.run()
    np.testing.assert_array_equal(group.mask(group.layer), matte)
    assert pixels(group.state()) == pixels(before)


@pytest.mark.parametrize("kind", KINDS[:2])
def test_what_is_seen_is_what_the_mask_shows(
    gimp: Gimp, ramp_worker: RampWorker, kind: str
) -> None:
    group = Group(gimp, kind)
    wanted = group.on_canvas(group.matte)
    group.run()
    # GIMP 3.0 itself loses a group's mask in a copy of the image, and so in an exported file.
    seen = gimp.call("gimp_layers.visible_alpha", image=group.image)
    alpha = np.frombuffer(bytes.fromhex(seen), np.uint8).reshape(wanted.shape)
    x, y = gimp.call("gimp_layers.offset", layer=group.layer)
    np.testing.assert_array_equal(alpha[y : y + 250, x : x + 250], wanted[y : y + 250, x : x + 250])
    assert (alpha <= wanted).all()


@pytest.mark.parametrize("existing", ["intersect", "add"])
def test_the_mask_is_combined_with_the_one_that_the_group_has(group: Group, existing: str) -> None:
    group.run()
    group.gimp.call("gimp_kinds.turn_mask", layer=group.layer)
    old = group.mask(group.layer).astype(int)
    group.run(**{"existing-mask": existing})
    matte = group.matte.astype(int)
    old = old[: matte.shape[0], : matte.shape[1]]
    wanted = np.minimum(old, matte) if existing == "intersect" else np.minimum(old + matte, 255)
    np.testing.assert_array_equal(group.mask(group.layer), wanted)


@pytest.mark.parametrize("output", ["layer", "colours"])
def test_a_new_layer_has_the_mask(group: Group, output: str) -> None:
    before, matte = group.state(), group.matte
    group.run(output=output)
    new, old = group.ids()[:2]
    assert old == group.layer
    np.testing.assert_array_equal(group.mask(new), matte)
    assert pixels(group.state())[1:] == pixels(before)


def test_the_selection_is_what_was_found(group: Group) -> None:
    group.run(output="selection")
    call = {"image": group.image, "babl_format": "Y u8"}
    values = group.gimp.call("gimp_documents.selection_bytes", **call)
    wanted = group.on_canvas(group.matte)
    found = np.frombuffer(bytes.fromhex(values), np.uint8).reshape(wanted.shape)
    np.testing.assert_array_equal(found, wanted)


def test_inside_a_selection_the_rest_is_hidden(group: Group, ramp_worker: RampWorker) -> None:
    group.select(140, 130, 50, 60)
    matte = group.matte
    group.run()
    selected = np.zeros_like(matte)
    x, y = group.gimp.call("gimp_layers.offset", layer=group.layer)
    selected[130 - y : 190 - y, 140 - x : 190 - x] = 255
    np.testing.assert_array_equal(group.mask(group.layer), np.minimum(matte, selected))
    assert ramp_worker.requests[-1][0]["selection"] == [140 - x, 130 - y, 50, 60]


def test_it_is_refined_inside_a_selection(group: Group, ramp_worker: RampWorker) -> None:
    group.select(140, 130, 50, 60)
    group.run(REFINE)
    first = group.mask(group.layer)
    np.testing.assert_array_equal(first, group.matte)
    group.run(REFINE)
    np.testing.assert_array_equal(group.mask(group.layer), group.matte)
    header, payload = ramp_worker.requests[-1]
    count = header["width"] * header["height"]
    existing = first[: header["height"], : header["width"]]
    assert payload[4 * count : 5 * count] == existing.tobytes()


def test_the_engine_sees_what_the_group_shows(group: Group, ramp_worker: RampWorker) -> None:
    group.run()
    header, payload = ramp_worker.requests[-1]
    pixels = np.frombuffer(payload, np.uint8).reshape(header["height"], header["width"], 4)
    opaque = pixels[..., 3] == 255
    assert opaque[:100, :100].all(), "the first layer lies at the group's corner"
    assert (np.ptp(pixels[:100, :100].reshape(-1, 4), axis=0)[:3] > 100).all()
