"""What the user is told: over the canvas, or in a box that does not hold Krita up."""

from __future__ import annotations

import functools
import sys
import traceback
from typing import Any, Callable, List, Optional

from krita import Krita

from .bridge import summary
from .qt import QtCore, QtGui, QtWidgets
from .windows import main_window
from .words import N_, _

TITLE = N_("Remove Background")
FLOATING_MS = 4000
LOW_PRIORITY = 2

remedies: List[Callable[[BaseException], bool]] = []
"""What can do something about an error; each says whether it does."""


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
    """Say in a sentence what went wrong and what to do about it, and the rest under Details.

    Args:
        error: One with `message` and `hint`, or any other.
    """
    box = new_box(_(TITLE), QtWidgets.QMessageBox.Icon.Warning)
    if box is None:
        return
    mistake = _("An unexpected error occurred. The layer was not changed.")
    message = getattr(error, "message", mistake)
    box.setText(summary(message))
    if summary(message) != message:
        box.setDetailedText(message)
    box.setInformativeText(getattr(error, "hint", f"{type(error).__name__}: {error}"))
    box.show()


def new_box(title: str, icon: Any) -> Optional[Any]:
    """A message box that does not hold Krita up, to be filled and shown.

    Args:
        title: Its window's.
        icon: Its QMessageBox.Icon.

    Returns:
        The box; None where Krita has closed its windows.
    """
    window = main_window()
    if window is None:
        return None
    box = QtWidgets.QMessageBox(window)
    box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(icon)
    box.setWindowTitle(title)
    box.setModal(False)
    return box


def report(error: BaseException) -> None:
    """Show an error; one that nobody foresaw also goes to the terminal with all its details.

    Args:
        error: One with `message` and `hint`, or any other. One that a remedy of `remedies` takes
            is not shown.
    """
    if any(remedy(error) for remedy in remedies):
        return
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


def later(call: Callable[[], None], milliseconds: int = 0) -> None:
    """Call something when Krita's main loop turns again, unless Krita has closed by then.

    Args:
        call: What it raises is shown.
        milliseconds: How long it waits.
    """

    def run() -> None:
        try:
            if main_window() is not None:
                call()
        except Exception as error:
            report(error)

    QtCore.QTimer.singleShot(milliseconds, run)
