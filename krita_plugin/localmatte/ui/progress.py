"""Shows how far a task is in a small window, where the docker does not show it already."""

from __future__ import annotations

from typing import Any

from ..messages import TITLE, guarded
from ..qt import QtCore, QtWidgets, alive
from ..tasks.remover import Remover
from ..windows import main_window
from ..words import _
from .docker import docker_in_sight
from .widgets import STEPS

DELAY_MS = 300
"""Quicker requests show nothing, so that no window flickers."""

MINIMUM_WIDTH = 360


class ProgressWindow:
    """A small window with a bar and Cancel, which takes neither focus nor control.

    It is there while something is under way and no docker is in sight.

    Args:
        remover: What it shows, and what it cancels.
    """

    def __init__(self, remover: Remover) -> None:
        self._remover = remover
        self._dialog: Any = None
        remover.advanced.connect(self._update)
        remover.recalled.connect(self._raise)

    @guarded
    def _update(self) -> None:
        progress = self._remover.progress
        if progress is None or docker_in_sight():
            self._close()
            return
        if not alive(self._dialog):
            window = main_window()
            if window is None:
                return
            self._dialog = self._new(window)
        self._dialog.setLabelText(_("{stage}…").format(stage=progress.stage))
        self._dialog.setValue(round(progress.fraction * STEPS))

    @guarded
    def _raise(self) -> None:
        if alive(self._dialog):
            self._dialog.show()
            self._dialog.raise_()

    def _new(self, window: Any) -> Any:
        dialog = QtWidgets.QProgressDialog(window)
        dialog.setWindowTitle(_(TITLE))
        dialog.setWindowModality(QtCore.Qt.WindowModality.NonModal)
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_ShowWithoutActivating)
        dialog.setRange(0, STEPS)
        dialog.setAutoClose(False)
        dialog.setAutoReset(False)
        dialog.setMinimumWidth(MINIMUM_WIDTH)
        dialog.setMinimumDuration(DELAY_MS)
        dialog.setValue(0)
        dialog.canceled.connect(self._remover.cancel)
        return dialog

    def _close(self) -> None:
        dialog, self._dialog = self._dialog, None
        if alive(dialog):
            dialog.canceled.disconnect()
            dialog.close()
            dialog.deleteLater()
