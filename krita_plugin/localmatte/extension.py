"""The plug-in as Krita sees it: its menu entry, and the removal that is under way."""

from __future__ import annotations

import os
from typing import Any, Optional

from krita import Extension, Krita

from .bridge import BridgeError, beside
from .guard import guarded
from .removal import Removal

ACTION = "localmatte_remove_background"
TEXT = "Remove Background…"
MENU = "tools"


class RemoveBackground(Extension):  # type: ignore[misc]
    """Puts Tools ▸ Remove Background… into every window, and runs one removal at a time."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._removal: Optional[Removal] = None

    def setup(self) -> None:
        """Listen for Krita's end."""
        notifier = Krita.instance().notifier()
        notifier.setActive(True)
        notifier.applicationClosing.connect(self._quit)

    def createActions(self, window: Any) -> None:
        """Put the entry into a new window's menu."""
        action = window.createAction(ACTION, TEXT, MENU)
        action.triggered.connect(self._run)

    @guarded
    def _run(self) -> None:
        if self._removal:
            self._removal.raise_()
            return
        document = Krita.instance().activeDocument()
        node = document.activeNode() if document else None
        if node is None:
            raise BridgeError("picture", "No layer is chosen.", "Choose one, then try again.")
        engine = beside(os.path.dirname(os.path.abspath(__file__)))
        self._removal = Removal(engine, document, node, self._forget)

    def _forget(self) -> None:
        self._removal = None

    @guarded
    def _quit(self) -> None:
        if self._removal:
            self._removal.abandon()
