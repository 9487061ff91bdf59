"""The picture in GIMP's dialog: its views, zoom and movement, and the closer look."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from localmatte_bridge.viewport import Part
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import DIALOG, OpenPhoto, eventually, place_of
from tests.editors.ramp_worker import RampWorker, ramp

pytestmark = pytest.mark.gimp

Pixels = npt.NDArray[Any]

MIDDLE = (slice(250, 262), slice(230, 282))
"""Rows and columns of the photo that are seen at 1:1, whatever the window's size."""


def over(background: int) -> Callable[[Pixels, Pixels], Pixels]:
    return lambda photo, alpha: background + (photo - background) * alpha / 255


VIEWS: dict[str, Callable[[Pixels, Pixels], Pixels]] = {
    "b": over(0),
    "w": over(255),
    "m": lambda photo, alpha: np.broadcast_to(alpha, photo.shape),
    "o": lambda photo, _alpha: photo,
    "r": lambda photo, alpha: photo + (np.array([255, 0, 0]) - photo) * (255 - alpha) * 3 / 5 / 255,
}
"""Keys of views, and what they make of the photo and the mask, 0..255."""


def photo_and_mask(path: Path) -> tuple[Pixels, Pixels]:
    photo = np.asarray(Image.open(path).convert("RGB")).astype(np.int64)
    return photo, ramp(photo.shape[1], photo.shape[0]).astype(np.int64)[..., None]


def leave(opened: OpenPhoto) -> None:
    opened.gimp.screen.keys("Escape")
    opened.gimp.screen.wait_gone(DIALOG)
    opened.wait_for_the_end()


def test_every_view_shows_the_photo_and_the_mask_as_it_says(
    open_photo: OpenPhoto, ramp_worker: RampWorker, photo: Path, editor_workspace: Path
) -> None:
    screen = open_photo.gimp.screen
    colours, mask = photo_and_mask(photo)
    open_photo.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    screen.keys("1")

    def seen(key: str) -> bool:
        expected = VIEWS[key](colours, mask)[MIDDLE]
        return place_of(expected, open_photo.dialog(editor_workspace), tolerance=2) is not None

    def wait_for(key: str) -> None:
        eventually(lambda: seen(key))

    for key in VIEWS:
        screen.keys(key)
        wait_for(key)
    # The original's key goes there and back; another one shows it while it is held.
    screen.keys("m", "o")
    wait_for("o")
    screen.keys("o")
    wait_for("m")
    screen.hold("x")
    wait_for("o")
    screen.let_go("x")
    wait_for("m")
    leave(open_photo)


def test_keys_and_mouse_zoom_and_move_the_picture(
    open_photo: OpenPhoto, ramp_worker: RampWorker, photo: Path, editor_workspace: Path
) -> None:
    screen = open_photo.gimp.screen
    block = photo_and_mask(photo)[0][MIDDLE]

    def place() -> tuple[int, int] | None:
        return place_of(block, open_photo.dialog(editor_workspace))

    window = open_photo.open_dialog()
    left, top, *_size = screen.geometry(window)
    eventually(lambda: len(ramp_worker.requests) == 1)
    screen.keys("o", "1")
    eventually(lambda: place() is not None)
    x, y = place() or (0, 0)
    screen.drag((left + x, top + y), (left + x - 4, top + y - 30))
    eventually(lambda: place() is not None and place() != (x, y))
    moved = place()
    assert moved is not None
    assert moved[1] == y - 30
    # Two notches of the wheel halve it, and it keeps what the pointer is on.
    screen.wheel(left + moved[0], top + moved[1])
    eventually(lambda: place() is None)
    screen.keys("1")
    eventually(lambda: place() is not None)
    screen.keys("0")
    eventually(lambda: place() is None)
    # What is typed into a number is no key of the picture's.
    screen.keys("alt+e", "alt+e", "Tab")
    screen.text("1")
    screen.keys("Tab")
    eventually(lambda: bool(ramp_worker.edges) and ramp_worker.edges[-1] == {"contrast": 1.0})
    assert place() is None
    leave(open_photo)


def test_a_closer_look_asks_once_for_what_ok_asks_for_and_follows_the_edges_where_it_looks(
    gimp: Gimp, ramp_worker: RampWorker, large_photo: Path, editor_workspace: Path
) -> None:
    screen = gimp.screen
    opened = OpenPhoto(gimp, large_photo)
    opened.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    screen.keys("m", "1")
    eventually(lambda: len(ramp_worker.requests) == 2 and ramp_worker.parts != [])
    part = Part(*(ramp_worker.parts[-1] or ()))
    assert Part(0, 0, 5000, 5000).holds(part)
    assert part.width * part.height < 5000 * 5000 / 4
    levels = np.arange(256)[None, :, None].repeat(3, 2)
    eventually(lambda: place_of(levels, opened.dialog(editor_workspace)) is not None)
    screen.keys("alt+e", "alt+e", "Tab", "Up", "Up", "Up")
    eventually(lambda: finished(ramp_worker, {"contrast": 0.03}, part))
    screen.keys("alt+o")
    opened.wait_for_the_end()
    (closer, seen), (done, sent) = ramp_worker.requests[-2:]
    assert seen == sent
    # What a document keeps of a mask is asked for once the mask is made.
    assert {**closer, "edges": done["edges"], "raw": True, "colours": False} == done
    opened.close()


def finished(worker: RampWorker, edges: dict[str, Any], part: Part) -> bool:
    return (edges, list(part)) in list(zip(worker.edges, worker.parts, strict=False))


def test_what_is_out_of_date_is_dimmed_until_it_is_renewed(
    open_photo: OpenPhoto, ramp_worker: RampWorker, photo: Path, editor_workspace: Path
) -> None:
    screen = open_photo.gimp.screen
    block = photo_and_mask(photo)[0][MIDDLE]

    def bright() -> bool:
        return place_of(block, open_photo.dialog(editor_workspace)) is not None

    open_photo.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    screen.keys("o", "1")
    eventually(bright)
    ramp_worker.gate.clear()
    screen.keys("alt+e")
    eventually(lambda: not bright())
    ramp_worker.gate.set()
    eventually(bright)
    screen.keys("alt+e")
    leave(open_photo)
