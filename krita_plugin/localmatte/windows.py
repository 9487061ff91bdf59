"""Krita's main windows: which one is there, and that none of them closes at a bad moment."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator, Optional

from krita import Krita

from .qt import QtCore, alive

RETRY_MS = 20
"""How soon a window that was not to close yet is asked again."""


def main_window() -> Optional[Any]:
    """The Qt window to put dialogs over; None where Krita has closed them all.

    A dialog without it would keep Krita's process running after the last window.
    """
    window = Krita.instance().activeWindow()
    found: Any = window.qwindow() if window else None
    return found if alive(found) and found.isVisible() else None


class Watch(QtCore.QObject):  # type: ignore[misc]
    """Knows when a main window begins to close, which may take a question, and when it has closed.

    Attributes:
        last_closed: Emitted when no main window is left.
    """

    last_closed = QtCore.pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self._holds = 0
        self._closing = False

    @property
    def quiet(self) -> bool:
        """Whether the user may be told something: no window is closing, and one is there."""
        return not self._closing and main_window() is not None

    def over(self, window: Any) -> None:
        """Look after a main window.

        Args:
            window: Its QMainWindow.
        """
        window.installEventFilter(self)

    @contextmanager
    def held_open(self) -> Iterator[None]:
        """Put off the end of all windows while the block runs.

        Krita's main loop may turn while a document changes, and a Krita that ends within a change
        crashes.
        """
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1

    def eventFilter(self, window: Any, event: Any) -> bool:
        """See a window's close event through to its end.

        Args:
            window: The QMainWindow.
            event: Any event of its.

        Returns:
            Whether the window is done with the event.
        """
        if event.type() != QtCore.QEvent.Type.Close or self._closing:
            return False
        if self._holds:
            event.ignore()
            QtCore.QTimer.singleShot(RETRY_MS, lambda: alive(window) and window.close())
            return True
        self._closing = True
        try:
            QtCore.QCoreApplication.sendEvent(window, event)
        finally:
            self._closing = False
        if main_window() is None:
            self.last_closed.emit()
        return True


watch = Watch()
"""Of all windows."""
