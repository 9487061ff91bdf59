"""Shows how far a request is, beside the work and never in its way."""

from __future__ import annotations

from typing import Callable

from .messages import TITLE, main_window
from .qt import QtCore, QtWidgets

STEPS = 1000
DELAY_MS = 300
"""Quicker requests show nothing, so that no window flickers."""

MINIMUM_WIDTH = 360


class ProgressWindow:
    """A small window with a bar and Cancel, which takes neither focus nor control.

    Args:
        on_cancel: Called once when the user presses Cancel or closes the window.
    """

    def __init__(self, on_cancel: Callable[[], None]) -> None:
        self._dialog = dialog = QtWidgets.QProgressDialog(main_window())
        dialog.setWindowTitle(TITLE)
        dialog.setWindowModality(QtCore.Qt.WindowModality.NonModal)
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_ShowWithoutActivating)
        dialog.setLabelText("Starting…")
        dialog.setRange(0, STEPS)
        dialog.setAutoClose(False)
        dialog.setAutoReset(False)
        dialog.setMinimumWidth(MINIMUM_WIDTH)
        dialog.setMinimumDuration(DELAY_MS)
        dialog.setValue(0)
        dialog.canceled.connect(on_cancel)

    def update(self, fraction: float, stage: str) -> None:
        """Show a fraction in 0..1 and what is being done."""
        self._dialog.setLabelText(f"{stage}…")
        self._dialog.setValue(round(fraction * STEPS))

    def raise_(self) -> None:
        """Bring it to the front."""
        self._dialog.show()
        self._dialog.raise_()

    def close(self) -> None:
        """Take it away; nobody is told of a cancel."""
        self._dialog.canceled.disconnect()
        self._dialog.close()
        self._dialog.deleteLater()
