"""Shows how far a task is in a small window, where the docker does not show it already."""

from __future__ import annotations

from typing import Optional

from ..messages import TITLE, guarded, main_window
from ..qt import QtCore, QtWidgets
from ..tasks.remover import Remover
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
        self._dialog: Optional[QtWidgets.QProgressDialog] = None
        remover.advanced.connect(self._update)
        remover.recalled.connect(self._raise)

    @guarded
    def _update(self) -> None:
        progress = self._remover.progress
        if progress is None or docker_in_sight():
            self._close()
            return
        if self._dialog is None:
            self._dialog = self._new()
        self._dialog.setLabelText(_("{stage}…").format(stage=progress.stage))
        self._dialog.setValue(round(progress.fraction * STEPS))

    @guarded
    def _raise(self) -> None:
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
        dialog.canceled.connect(self._remover.cancel)
        return dialog

    def _close(self) -> None:
        if self._dialog:
            self._dialog.canceled.disconnect()
            self._dialog.close()
            self._dialog.deleteLater()
            self._dialog = None
