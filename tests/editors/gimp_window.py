"""A photo in GIMP's window, as the tests see and handle it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.editors.gimp_host import Gimp

DIALOG = "Remove Background"
WINDOW = "– GIMP"
SIZE = (1280, 780)

CANCEL_BUTTON = (985, 783)
"""In the status bar, while a command runs."""


class OpenPhoto:
    """A photo in GIMP's window."""

    def __init__(self, gimp: Gimp, path: Path) -> None:
        self.gimp = gimp
        self.image, self.layer = gimp.call("gimp_documents.open_file", path=str(path))
        self.display = gimp.call("gimp_documents.show", image=self.image)
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

    def open_dialog(self) -> str:
        """Filters > Remove Background, by its mnemonics; returns the dialog's window."""
        self.gimp.screen.keys("alt+r", "k")
        return self.gimp.screen.wait_for(DIALOG)

    def confirm(self) -> None:
        self.gimp.screen.keys("Return")
        self.gimp.screen.wait_gone(DIALOG)
        self.wait_for_the_end()
        assert self.layer_state()["mask"] is not None

    def cancel(self) -> None:
        """Press the button in GIMP's status bar that ends the command."""
        self.gimp.screen.click(*CANCEL_BUTTON)
        eventually(lambda: not self.gimp.plug_in_runs(), seconds=5)

    def close(self) -> None:
        self.gimp.call("gimp_documents.close", display=self.display)

    def wait_for_the_end(self) -> None:
        """Wait until the command has ended, so that nothing changes under the test's eyes."""
        eventually(lambda: not self.gimp.plug_in_runs())


def eventually(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
