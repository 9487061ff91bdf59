"""The plug-in's entries in Krita's menu."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from krita import Extension, Krita

from ..messages import TITLE, guarded
from ..qt import QtGui, QtWidgets, alive
from ..tasks.edges_again import EdgesAgain
from ..tasks.remover import Remover, chosen_now
from ..windows import main_window, watch
from ..words import _
from .docker import SETTINGS, show_docker
from .edges_window import EdgesWindow
from .models_section import MODELS

if TYPE_CHECKING:
    from krita import Window

PLACE = "tools"
MENU = "localmatte_menu"
ICON = Path(__file__).parents[1] / "localmatte_bridge" / "icon.svg"
"""Shown on a toolbar; Krita's menus have no icons."""


class RemoveBackground(Extension):
    """Puts Tools ▸ Remove Background into every window.

    Args:
        parent: What owns it.
        remover: What does the work.
    """

    def __init__(self, parent: Krita, remover: Remover) -> None:
        super().__init__(parent)
        self._remover = remover
        self._edges: Any = None

    def setup(self) -> None:
        """Listen for Krita's end."""
        notifier = Krita.instance().notifier()
        notifier.setActive(True)
        notifier.applicationClosing.connect(self._quit)
        watch.last_closed.connect(self._quit)

    def createActions(self, window: Window) -> None:
        """Put the entries into a new window's menu, in an order that Krita would not keep."""
        watch.over(window.qwindow())
        menu = QtWidgets.QMenu(MENU, window.qwindow())
        window.createAction(MENU, _(TITLE), PLACE).setMenu(menu)
        for name, text, slot in (
            ("localmatte_remove_background", _(TITLE), self._remover.run),
            ("localmatte_edges_again", _("Edges Again…"), self._show_edges),
            (
                "localmatte_refine_inside_selection",
                _("Refine Inside Selection"),
                self._remover.refine_inside_selection,
            ),
            (
                "localmatte_finish_painted_edges",
                _("Finish Painted Edges"),
                self._remover.finish_painted_edges,
            ),
            (
                "localmatte_keep_selected",
                _("Keep What Is Selected"),
                self._remover.keep_selected,
            ),
            (
                "localmatte_remove_selected",
                _("Remove What Is Selected"),
                self._remover.remove_selected,
            ),
            ("localmatte_models", _("Models…"), self._show_models),
            ("localmatte_settings", _("Settings…"), self._show_settings),
        ):
            # Krita's list of shortcuts shows all plug-ins' actions together.
            full = text if text == _(TITLE) else f"{_(TITLE)}: {text}"
            action = window.createAction(name, full, "")
            # Krita has it from the .action file, in English.
            action.setStatusTip(_(action.statusTip()))
            if text == _(TITLE):
                action.setIcon(QtGui.QIcon(str(ICON)))
            action.triggered.connect(slot)
            _entry(action, text, menu)

    @guarded
    def _show_edges(self) -> None:
        if alive(self._edges):
            self._edges.raise_()
            self._edges.activateWindow()
            return
        window = main_window()
        if window is not None:
            self._edges = EdgesWindow(window, EdgesAgain(chosen_now()), self._remover)
            self._edges.show()

    @guarded
    def _show_models(self) -> None:
        show_docker(MODELS)

    @guarded
    def _show_settings(self) -> None:
        show_docker(SETTINGS)

    @guarded
    def _quit(self) -> None:
        self._remover.abandon()


def _entry(action: Any, text: str, menu: Any) -> None:
    """What stands for an action in a menu that says already what its entries are about."""
    entry = menu.addAction(text)
    entry.triggered.connect(action.trigger)

    def follow() -> None:
        entry.setEnabled(action.isEnabled())
        entry.setStatusTip(action.statusTip())
        # Qt gives keys to the first of two actions that have them, or to none.
        key = action.shortcut().toString(QtGui.QKeySequence.SequenceFormat.NativeText)
        entry.setText(f"{text}\t{key}" if key else text)

    action.changed.connect(follow)
    follow()
