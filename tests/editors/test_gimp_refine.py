"""Refine Inside Selection in a real GIMP, with the real engine and a real photo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import OpenPhoto, eventually
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.gimp

REFINE = "localmatte-refine-inside-selection"
SIDE = 512
BOX = (150, 20, 200, 200)
"""x, y, width and height of a part with the face in it."""


def mask_of(gimp: Gimp, layer: int) -> npt.NDArray[np.uint8]:
    values = gimp.call("gimp_documents.mask_bytes", layer=layer, babl_format="Y u8")
    return np.frombuffer(bytes.fromhex(values), np.uint8).reshape(SIDE, SIDE)


def select(opened: OpenPhoto, ellipse: bool = False) -> npt.NDArray[np.uint8]:
    """Select the part; returns how far each pixel is selected."""
    x, y, width, height = BOX
    call = "gimp_kinds.select_ellipse" if ellipse else "gimp_kinds.select"
    opened.gimp.call(call, image=opened.image, x=x, y=y, width=width, height=height)
    values = opened.gimp.call(
        "gimp_documents.selection_bytes", image=opened.image, babl_format="Y u8"
    )
    return np.frombuffer(bytes.fromhex(values), np.uint8).reshape(SIDE, SIDE)


@pytest.mark.parametrize("ellipse", [False, True])
def test_the_mask_changes_inside_the_selection_alone_and_without_a_seam(
    open_photo: OpenPhoto, engine: InstalledEngine, ellipse: bool
) -> None:
    gimp = open_photo.gimp
    gimp.call("gimp_kinds.add_plain_mask", layer=open_photo.layer)
    selected = select(open_photo, ellipse)
    before = open_photo.state()
    open_photo.choose("i")
    eventually(gimp.plug_in_runs)
    open_photo.wait_for_the_end()
    after = open_photo.state()
    found = mask_of(gimp, open_photo.layer)
    assert (found[selected == 0] == 0).all()
    assert (found[80:110, 230:270] > 250).all(), "the face is not shown"
    inside = selected > 0
    border = inside & ~_eroded(inside)
    assert found[border].max() < 50
    assert after["layers"][0]["pixels"] == before["layers"][0]["pixels"]
    assert after["layers"][0]["edits_mask"]
    assert after["selection"] == before["selection"]
    gimp.screen.focus(open_photo.window)
    gimp.screen.keys("ctrl+z")
    eventually(lambda: open_photo.state() == before)
    gimp.screen.keys("ctrl+y")
    eventually(lambda: open_photo.state() == after)


@pytest.mark.parametrize(
    ("precision", "layout", "white"),
    [
        ("u8-non-linear", "y8", np.uint8(255)),
        ("u16-linear", "y16", np.uint16(65535)),
        ("float-linear", "yf", np.float32(1)),
    ],
)
def test_a_layer_without_a_mask_stays_shown_outside_of_the_selection(
    gimp: Gimp, ramp_worker: RampWorker, precision: str, layout: str, white: np.generic
) -> None:
    image, layer = gimp.call("gimp_kinds.make", layer_type="rgba-image", precision=precision)
    gimp.call("gimp_kinds.select", image=image, x=5, y=4, width=12, height=9)
    answer = gimp.call("gimp_commands.run", name=REFINE, layer=layer)
    assert answer["status"] == "success", answer["error"]
    header, payload = ramp_worker.requests[-1]
    count = header["width"] * header["height"]
    existing = np.frombuffer(payload, white.dtype, count, offset=4 * count)
    assert header["existing"] == header["mask_layout"] == layout
    assert (existing == white).all()
    selected = np.frombuffer(payload, np.uint8, count, offset=(4 + existing.itemsize) * count)
    assert (selected == 255).sum() == 12 * 9
    assert header["selection"] == [9, 7, 12, 9]


def test_without_a_selection_it_says_what_to_do(
    gimp: Gimp, ramp_worker: RampWorker, photo: Path
) -> None:
    image, layer = gimp.call("gimp_documents.open_file", path=str(photo))
    before = gimp.call("gimp_documents.state", image=image)
    answer = gimp.call("gimp_commands.run", name=REFINE, layer=layer)
    assert answer["status"] == "execution-error"
    assert ("There is no selection.\nSelect the part of the layer") in answer["error"]
    assert gimp.call("gimp_documents.state", image=image) == before
    assert ramp_worker.requests == []


def _eroded(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    smaller = inside.copy()
    for shift in (1, -1):
        for axis in (0, 1):
            smaller &= np.roll(inside, shift, axis)
    return smaller
