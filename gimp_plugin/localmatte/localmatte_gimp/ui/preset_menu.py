"""The menu of presets: edge settings that the user keeps by name."""

from __future__ import annotations

from functools import partial
from typing import Callable

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, Gimp, GimpUi, Gtk  # noqa: E402

from localmatte_bridge import BridgeError  # noqa: E402
from localmatte_bridge.edge_controls import CONTROLS  # noqa: E402
from localmatte_bridge.presets import Presets  # noqa: E402

from .. import engine  # noqa: E402
from ..words import _  # noqa: E402
from . import questions  # noqa: E402

POPUP = (Gdk.Gravity.SOUTH_WEST, Gdk.Gravity.NORTH_WEST)
"""The corner of the button at which the menu opens, and the menu's corner that lies there."""


class PresetMenu:
    """A button that opens the menu.

    Args:
        config: The arguments; the edge controls among them are set and kept.

    Attributes:
        widget: To be put into a window.
    """

    def __init__(self, config: Gimp.ProcedureConfig) -> None:
        self._config = config
        self.widget = Gtk.Button(label=_("_Presets\u2026"), use_underline=True)
        self.widget.set_tooltip_text(_("Use, save and delete edge settings by name"))
        self.widget.connect("clicked", lambda _button: self._explained(self._open))

    def _open(self) -> None:
        presets = engine.presets()
        menu = Gtk.Menu(attach_widget=self.widget)
        names = presets.names()
        for name in names:
            menu.append(self._item(name, partial(self._use, presets, name)))
        if names:
            menu.append(Gtk.SeparatorMenuItem())
        menu.append(self._item(_("Save As\u2026"), partial(self._save, presets)))
        if names:
            delete, deletions = Gtk.MenuItem(label=_("Delete")), Gtk.Menu()
            delete.set_submenu(deletions)
            for name in names:
                deletions.append(self._item(name, partial(presets.remove, name)))
            menu.append(delete)
        menu.show_all()
        menu.popup_at_widget(self.widget, *POPUP, None)

    def _item(self, label: str, action: Callable[[], None]) -> Gtk.MenuItem:
        item = Gtk.MenuItem(label=label)
        item.connect("activate", lambda _item: self._explained(action))
        return item

    def _use(self, presets: Presets, name: str) -> None:
        for control, value in presets.values(name).items():
            self._config.set_property(control, value)

    def _save(self, presets: Presets) -> None:
        name = _asked_name(self.widget.get_toplevel())
        if name:
            values = {each.name: self._config.get_property(each.name) for each in CONTROLS}
            presets.save(name, values)

    def _explained(self, action: Callable[[], None]) -> None:
        """Do something, and say so where it could not be done."""
        try:
            action()
        except BridgeError as error:
            questions.explain(self.widget.get_toplevel(), _("Presets"), error)


def _asked_name(parent: Gtk.Window) -> str:
    """The name that the user types; empty where there is to be none."""
    dialog = GimpUi.Dialog(title=_("Save Preset"), role="localmatte-preset")
    dialog.set_transient_for(parent)
    dialog.set_modal(True)
    dialog.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
    dialog.add_button(_("_Save"), Gtk.ResponseType.ACCEPT)
    dialog.set_default_response(Gtk.ResponseType.ACCEPT)
    entry = Gtk.Entry(activates_default=True)
    label = Gtk.Label.new_with_mnemonic(_("_Name:"))
    label.set_mnemonic_widget(entry)
    row = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6, margin=12)
    row.pack_start(label, False, False, 0)
    row.pack_start(entry, True, True, 0)
    row.show_all()
    dialog.get_content_area().pack_start(row, True, True, 0)
    saved = dialog.run() == Gtk.ResponseType.ACCEPT
    name = str(entry.get_text()).strip()
    dialog.destroy()
    return name if saved else ""
