"""Runs inside GIMP: builds the dialog for one desktop after the other, and measures it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, Gimp, GimpUi, Gtk  # noqa: E402

BUTTONS = 60
"""The width of a slider's two buttons, in logical pixels."""

ENDS = ("GtkComboBox", "GtkStack")
"""In these a text that is too long ends in dots, and is read in full elsewhere."""


def faults(plug_in: str, layer: int, desktops: list[dict[str, Any]]) -> dict[str, list[str]]:
    """What is cut off or out of reach, by the desktops' names.

    Args:
        plug_in: The plug-in's folder.
        layer: The id of the layer that the preview shows.
        desktops: Each one's name; the room for windows in logical pixels ("room"); and its
            language, theme, font and whether it runs from right to left, where they differ.
    """
    sys.path.insert(0, plug_in)
    from localmatte_gimp import engine  # type: ignore[import-not-found]

    from localmatte_bridge import words

    GimpUi.init("localmatte-tests")
    models, found = engine.models(), {}
    settings = Gtk.Settings.get_default()
    usual = {name: settings.get_property(name) for name in ("gtk-theme-name", "gtk-font-name")}
    for desktop in desktops:
        words.speak([desktop.get("language", "en")])
        settings.set_property("gtk-theme-name", desktop.get("theme", usual["gtk-theme-name"]))
        settings.set_property("gtk-font-name", desktop.get("font", usual["gtk-font-name"]))
        right = Gtk.TextDirection.RTL if desktop.get("right") else Gtk.TextDirection.LTR
        Gtk.Widget.set_default_direction(right)
        found[desktop["name"]] = [
            fault
            for window in _windows(models, layer)
            for fault in _measured(window, desktop["room"])
        ]
    for name, value in usual.items():
        settings.set_property(name, value)
    Gtk.Widget.set_default_direction(Gtk.TextDirection.LTR)
    words.speak(["en"])
    return found


def _windows(models: list[Any], layer: int) -> Iterator[Any]:
    """Each dialog with a preview, one after the other."""
    from localmatte_gimp.ui import dialog  # type: ignore[import-not-found]

    layers = [Gimp.Layer.get_by_id(layer)]
    for name, make in (
        ("remove-background", lambda *of: dialog.Window(*of, models, layers)),
        ("edges-again", lambda *of: dialog.EdgesWindow(*of, layers)),
    ):
        procedure = Gimp.get_pdb().lookup_procedure(f"localmatte-{name}")
        yield make(procedure, procedure.create_config())


def _measured(window: Any, room: tuple[int, int]) -> list[str]:
    try:
        width, height = window.fit(tuple(room))
        least, _usual = window.dialog.get_preferred_size()
        found = []
        if least.width > room[0] or least.height > room[1]:
            found.append(f"needs {least.width} x {least.height}")
        window.dialog.resize(width, height)
        window.dialog.show()
        while Gtk.events_pending():
            Gtk.main_iteration()
        place = window.dialog.get_allocation()
        for widget in _shown(window.dialog.get_child()):
            found += _faults_of(widget, window.dialog, place)
        return found
    finally:
        window.close()


def _faults_of(widget: Gtk.Widget, dialog: Gtk.Window, room: Gdk.Rectangle) -> Iterator[str]:
    size = widget.get_allocation()
    if isinstance(widget, Gtk.Label):
        across, _down = widget.get_layout().get_pixel_size()
        elsewhere = _ends_in(widget, ENDS) or widget.get_tooltip_text()
        if widget.get_layout().is_ellipsized() and not elsewhere:
            yield f"dots: {widget.get_text()}"
        elif across > size.width and not widget.get_line_wrap():
            yield f"cut: {widget.get_text()}"
    if isinstance(widget, GimpUi.SpinScale):
        texts = widget.get_accessible().get_name(), widget.get_text()
        across = sum(widget.create_pango_layout(text).get_pixel_size()[0] for text in texts)
        if across + BUTTONS > size.width:
            yield f"cut: {texts[0]}"
    scrolls = _ends_in(widget, ("GtkScrolledWindow",))
    if isinstance(widget, (Gtk.Button, Gtk.ComboBox)) and not scrolls:
        x, y = widget.translate_coordinates(dialog, 0, 0)
        inside = x >= 0 and y >= 0 and x + size.width <= room.width
        if not inside or y + size.height > room.height:
            yield f"out of reach: {type(widget).__name__} {widget.get_tooltip_text()}"


def _ends_in(widget: Gtk.Widget, kinds: tuple[str, ...]) -> bool:
    while widget is not None:
        if widget.__gtype__.name in kinds:
            return True
        widget = widget.get_parent()
    return False


def _shown(widget: Gtk.Widget) -> Iterator[Gtk.Widget]:
    if not widget.get_visible() or not widget.get_child_visible():
        return
    yield widget
    if isinstance(widget, Gtk.Container):
        children: list[Gtk.Widget] = []
        widget.forall(children.append)
        for child in children:
            yield from _shown(child)
