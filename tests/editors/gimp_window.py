"""A photo in GIMP's window, as the tests see and handle it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.editors.gimp_host import Gimp

DIALOG = "Remove Background"
WINDOW = "– GIMP"
SIZE = (1280, 780)

MENU = ("alt+r", "k")
"""Opens Filters > Remove Background."""

COLOURED = 10_000
"""Pixels with a colour, at least, where the dialog shows a picture."""

BOARD = (0x80, 0xB0)
"""The greys of the checkerboard behind what is cut out."""

CANCEL_BUTTON = (985, 783)
"""In the status bar, while a command runs."""


class OpenImage:
    """An image in GIMP's window.

    Args:
        gimp: The GIMP.
        image: The image's id.
        layer: The id of a layer of it.
    """

    def __init__(self, gimp: Gimp, image: int, layer: int) -> None:
        self.gimp, self.image, self.layer = gimp, image, layer
        self.display = gimp.call("gimp_documents.show", image=image)
        self.window = gimp.screen.wait_for(WINDOW)
        gimp.screen.place(self.window, 0, 0, *SIZE)
        gimp.screen.focus(self.window)
        gimp.screen.keys("ctrl+shift+j")
        time.sleep(1)

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.gimp.call("gimp_documents.state", image=self.image)
        return state

    def layer_state(self) -> dict[str, Any]:
        layer: dict[str, Any] = self.state()["layers"][0]
        return layer

    def choose(self, entry: str) -> None:
        """Choose an entry of Filters > Remove Background by its mnemonic."""
        # On a busy machine the keyboard may still be with a window that has just gone.
        self.gimp.screen.focus(self.window)
        self.gimp.screen.keys(*MENU, entry)

    def open_dialog(self) -> str:
        """Remove Background, by the menus' mnemonics; returns the dialog's window."""
        self.choose("r")
        return self.gimp.screen.wait_for(DIALOG)

    def dialog(self, folder: Path) -> npt.NDArray[np.int64]:
        """What the dialog's window shows, H×W×3 in 0..255, by way of a picture in a folder."""
        screen = self.gimp.screen
        picture = folder / "dialog.png"
        screen.shoot(picture, screen.wait_for(DIALOG))
        return np.asarray(Image.open(picture).convert("RGB")).astype(np.int64)

    def previews(self, folder: Path) -> bool:
        """Whether the dialog shows a picture; all else in it is grey."""
        pixels = self.dialog(folder)
        return int((np.ptp(pixels, axis=2) > 30).sum()) > COLOURED

    def confirm(self) -> None:
        self.gimp.screen.keys("Return")
        self.gimp.screen.wait_gone(DIALOG)
        self.wait_for_the_end()
        assert self.layer_state()["mask"] is not None

    def cancel(self) -> None:
        """Press the button in GIMP's status bar that ends the command."""
        self.gimp.screen.click(*CANCEL_BUTTON)
        eventually(lambda: not self.gimp.plug_in_runs())

    def close(self) -> None:
        self.gimp.call("gimp_documents.close", display=self.display)

    def wait_for_the_end(self) -> None:
        """Wait until the command has ended, so that nothing changes under the test's eyes."""
        eventually(lambda: not self.gimp.plug_in_runs())


class OpenPhoto(OpenImage):
    """A photo in GIMP's window."""

    def __init__(self, gimp: Gimp, path: Path) -> None:
        super().__init__(gimp, *gimp.call("gimp_documents.open_file", path=str(path)))


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def board(opened: OpenImage, folder: Path) -> int:
    """How many pixels of the dialog show the checkerboard."""
    pixels = opened.dialog(folder)
    grey = np.ptp(pixels, axis=2) == 0
    return sum(int((grey & (abs(pixels[..., 0] - level) <= 1)).sum()) for level in BOARD)


def place_of(
    block: npt.NDArray[Any], shot: npt.NDArray[np.int64], tolerance: int = 0
) -> tuple[int, int] | None:
    """Where a picture shows a block of pixels: x and y; None where it does not.

    Args:
        block: H×W×3 in 0..255.
        shot: The picture, H×W×3 in 0..255.
        tolerance: How far each value may be off.
    """
    height, width = block.shape[:2]
    inside = shot[: len(shot) - height + 1, : shot.shape[1] - width + 1]
    # Few places have the first and the last pixel.
    last = shot[height - 1 :, width - 1 :]
    near = (abs(inside - block[0, 0]).max(2) <= tolerance) & (
        abs(last - block[-1, -1]).max(2) <= tolerance
    )
    for y, x in np.argwhere(near):
        if abs(shot[y : y + height, x : x + width] - block).max() <= tolerance:
            return int(x), int(y)
    return None
