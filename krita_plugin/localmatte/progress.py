"""Shows how far a request is in a small window, where the docker does not show it already."""

from __future__ import annotations

from typing import Callable, Optional

from .bridge import Progress
from .docking import docker_in_sight
from .messages import TITLE, main_window
from .qt import QtCore, QtWidgets
from .words import _

STEPS = 1000
DELAY_MS = 300
"""Quicker requests show nothing, so that no window flickers."""

MINIMUM_WIDTH = 360


class ProgressWindow:
    """A small window with a bar and Cancel, which takes neither focus nor control.

    It is there while something is under way and no docker is in sight.

    Args:
        on_cancel: Called when the user presses Cancel or closes the window.
    """

    def __init__(self, on_cancel: Callable[[], None]) -> None:
        self._on_cancel = on_cancel
        self._dialog: Optional[QtWidgets.QProgressDialog] = None

    def update(self, progress: Optional[Progress]) -> None:
        """Show how far it is; None where nothing is under way."""
        if progress is None or docker_in_sight():
            self._close()
            return
        if self._dialog is None:
            self._dialog = self._new()
        self._dialog.setLabelText(_("{stage}…").format(stage=progress.stage))
        self._dialog.setValue(round(progress.fraction * STEPS))

    def raise_(self) -> None:
        """Bring it to the front, if it is there."""
        if self._dialog:
            self._dialog.show()
            self._dialog.raise_()

    def _new(self) -> QtWidgets.QProgressDialog:
        dialog = QtWidgets.QProgressDialog(main_window())
        dialog.setWindowTitle(_(TITLE))
        dialog.setWindowModality(QtCore.Qt.WindowModality.NonModal)
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_ShowWithoutActivating)
        dialog.setRange(0, STEPS)
        dialog.setAutoClose(False)
        dialog.setAutoReset(False)
        dialog.setMinimumWidth(MINIMUM_WIDTH)
        dialog.setMinimumDuration(DELAY_MS)
        dialog.setValue(0)
        dialog.canceled.connect(self._on_cancel)
        return dialog

    def _close(self) -> None:
        if self._dialog:
            self._dialog.canceled.disconnect()
            self._dialog.close()
            self._dialog.deleteLater()
            self._dialog = None
