"""What stands in the menu where the plug-in cannot be used: an entry that says why.

It imports nothing of the plug-in before it is clicked.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from krita import Extension, Krita

if TYPE_CHECKING:
    from krita import Window

GROUP, FAILURE = "localmatte", "failure"
"""Where Krita's settings hold why the plug-in could not be loaded last; empty where it was."""

LEAST = (5, 2)
"""The oldest Krita whose interface has what is used."""

BRIDGE = "localmatte_bridge"
ENTRY = "localmatte_unusable"


def _(text: str) -> str:
    """The text in Krita's language, or as it is where the words cannot be had."""
    try:
        from .words import _ as translated
    except Exception:
        return text
    return translated(text)


class CannotRun(Exception):
    """The plug-in cannot run here.

    Args:
        message: What is wrong.
        hint: What to do.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def check(version: str, folder: str) -> None:
    """Make sure that the plug-in can run.

    What is said of the source code is in English: the translations lie in the bridge, which is
    what is missing beside it.

    Args:
        version: Krita's, for example "5.2.9".
        folder: The plug-in's.

    Raises:
        CannotRun: Krita is too old, or the folder holds a part of the plug-in only.
    """
    if not os.path.isdir(os.path.join(folder, BRIDGE)):
        raise CannotRun(
            "This is localmatte's source code, which Krita cannot run.",
            "Install it with 'python3 install' in its folder, or import the zip for Krita of a "
            "release.",
        )
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < LEAST:
        raise CannotRun(
            _("localmatte needs Krita {least} or newer; this is Krita {version}.").format(
                least=".".join(map(str, LEAST)), version=version
            ),
            _("Update Krita."),
        )


class Unusable(Extension):
    """Puts an entry into every window's Tools menu that says why nothing else is there.

    Args:
        parent: What owns it.
        error: What is wrong.
    """

    def __init__(self, parent: Krita, error: BaseException) -> None:
        super().__init__(parent)
        # Its traceback would hold whatever was half made.
        self._message = getattr(error, "message", "")
        self._hint = getattr(error, "hint", "")
        self._said = f"{type(error).__name__}: {error}"

    def setup(self) -> None:
        """Nothing has to be set up."""

    def createActions(self, window: Window) -> None:
        """Put the entry into a new window's menu."""
        action = window.createAction(ENTRY, _("Remove Background") + "…", "tools")
        action.triggered.connect(self._say)

    def _say(self) -> None:
        from .qt import QtCore, QtWidgets

        # What `createActions` was given is gone by now.
        window = Krita.instance().activeWindow()
        box = QtWidgets.QMessageBox(window.qwindow() if window else None)
        box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QtWidgets.QMessageBox.Icon.Warning)
        box.setWindowTitle(_("Remove Background"))
        box.setText(self._message or _("The plug-in is damaged and cannot be loaded."))
        box.setInformativeText(self._hint or _("Install it again, then restart Krita."))
        if not self._message:
            box.setDetailedText(self._said)
        box.setModal(False)
        box.show()
