"""Runs inside GIMP: builds what stands in the dialog, and reads it as a screen reader does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import gi

gi.require_version("Atk", "1.0")
gi.require_version("GimpUi", "3.0")
from gi.repository import Atk, Gimp, GimpUi, Gtk  # noqa: E402


def controls(plug_in: str, layer: int) -> list[dict[str, Any]]:
    """Say what everything that takes the keyboard is, does, and whether it does so now.

    Args:
        plug_in: The plug-in's folder.
        layer: The id of the layer that the preview shows.
    """
    sys.path.insert(0, plug_in)
    from localmatte_gimp import engine  # type: ignore[import-not-found]
    from localmatte_gimp.ui import dialog  # type: ignore[import-not-found]

    GimpUi.init("localmatte-tests")
    procedure = Gimp.get_pdb().lookup_procedure("localmatte-remove-background")
    window = dialog.Window(
        procedure, procedure.create_config(), engine.models(), [Gimp.Layer.get_by_id(layer)]
    )
    try:
        return [
            {
                "kind": type(widget).__name__,
                "name": _name(widget),
                "says": widget.get_accessible().get_description() or "",
                "tooltip": widget.get_tooltip_text() or "",
                "usable": widget.get_sensitive(),
            }
            for widget in _shown(window.dialog.get_child())
            if isinstance(widget, Gtk.ComboBox) or widget.get_can_focus()
        ]
    finally:
        window.close()


def _name(widget: Gtk.Widget) -> str:
    accessible = widget.get_accessible()
    labels = accessible.ref_relation_set().get_relation_by_type(Atk.RelationType.LABELLED_BY)
    if labels:
        return " ".join(label.get_name() for label in labels.get_target())
    return accessible.get_name() or ""


def _shown(widget: Gtk.Widget) -> Iterator[Gtk.Widget]:
    """What can be come to; a list's own button is the list, and what only scrolls is nothing."""
    if not widget.get_visible():
        return
    if not isinstance(widget, (Gtk.Window, Gtk.ScrolledWindow)):
        yield widget
    if isinstance(widget, Gtk.Container) and not isinstance(widget, Gtk.ComboBox):
        children: list[Gtk.Widget] = []
        widget.forall(children.append)
        for child in children:
            yield from _shown(child)
