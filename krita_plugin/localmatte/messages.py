"""What the user is told: in the canvas, or in a box that does not hold Krita up."""

from __future__ import annotations

from typing import Any, Optional

from krita import Krita

from .qt import QtCore, QtGui, QtWidgets
from .words import N_, _

TITLE = N_("Remove Background")
FLOATING_MS = 4000
LOW_PRIORITY = 2


def main_window() -> Optional[Any]:
    """The Qt window to put dialogs over, if there is one."""
    window = Krita.instance().activeWindow()
    return window.qwindow() if window else None


def show_error(error: BaseException) -> None:
    """Say what went wrong and what to do about it."""
    box = QtWidgets.QMessageBox(main_window())
    box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QtWidgets.QMessageBox.Icon.Warning)
    box.setWindowTitle(_(TITLE))
    mistake = _("localmatte made a mistake; the layer was not changed.")
    box.setText(getattr(error, "message", mistake))
    box.setInformativeText(getattr(error, "hint", f"{type(error).__name__}: {error}"))
    box.setModal(False)
    box.show()


def show_note(text: str) -> None:
    """Say something in passing, over the canvas that the user looks at."""
    window = Krita.instance().activeWindow()
    view = window.activeView() if window else None
    if view:
        view.showFloatingMessage(text, QtGui.QIcon(), FLOATING_MS, LOW_PRIORITY)
