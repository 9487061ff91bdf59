"""What the user is told: over the canvas, or in a box that does not hold Krita up."""

from __future__ import annotations

import functools
import sys
import traceback
from typing import Any, Callable, Optional

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


def show_note(text: str) -> None:
    """Say something in passing, over the canvas that the user looks at.

    Args:
        text: One or two short sentences.
    """
    window = Krita.instance().activeWindow()
    view = window.activeView() if window else None
    if view:
        view.showFloatingMessage(text, QtGui.QIcon(), FLOATING_MS, LOW_PRIORITY)


def show_error(error: BaseException) -> None:
    """Say what went wrong and what to do about it.

    Args:
        error: One with `message` and `hint`, or any other.
    """
    box = QtWidgets.QMessageBox(main_window())
    box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QtWidgets.QMessageBox.Icon.Warning)
    box.setWindowTitle(_(TITLE))
    mistake = _("localmatte made a mistake; the layer was not changed.")
    box.setText(getattr(error, "message", mistake))
    box.setInformativeText(getattr(error, "hint", f"{type(error).__name__}: {error}"))
    box.setModal(False)
    box.show()


def report(error: BaseException) -> None:
    """Show an error; one that nobody foresaw also goes to the terminal with all its details.

    Args:
        error: One with `message` and `hint`, or any other.
    """
    if not hasattr(error, "hint"):
        traceback.print_exception(type(error), error, error.__traceback__, file=sys.stderr)
    show_error(error)


def guarded(slot: Callable[[Any], None]) -> Callable[..., None]:
    """Make a method a slot that raises nothing and ignores what its signal carries.

    An error that leaves a slot makes Krita unable to quit.

    Args:
        slot: The method.

    Returns:
        What a signal may be connected to.
    """

    @functools.wraps(slot)
    def run(self: Any, *_carried: object) -> None:
        try:
            slot(self)
        except Exception as error:
            report(error)

    return run
