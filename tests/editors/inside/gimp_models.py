"""Runs inside GIMP: builds the dialog's choice of the model from the real engine."""

from __future__ import annotations

import sys
from typing import Any

import gi

gi.require_version("GimpUi", "3.0")
from gi.repository import Gimp, GimpUi, Gtk  # noqa: E402


def listed(plug_in: str) -> list[list[str]]:
    """The rows of the list in the dialog of the plug-in in that folder: id and text."""
    config, known = _begun(plug_in)
    from localmatte_gimp.ui import model_chooser  # type: ignore[import-not-found]

    chooser = model_chooser.ModelChooser(config, known, lambda: None)
    (combo,) = _within(chooser.widget, Gtk.ComboBox)
    rows = [list(row) for row in combo.get_model()]
    chooser.widget.destroy()
    return rows


def said(plug_in: str, model: str) -> list[str]:
    """What stands below that list once a model is chosen in it."""
    config, known = _begun(plug_in)
    from localmatte_gimp.ui import model_chooser

    chooser = model_chooser.ModelChooser(config, known, lambda: None)
    config.set_property("model", model)
    texts = [label.get_text() for label in _within(chooser.widget, Gtk.Label)]
    chooser.widget.destroy()
    return texts


def _begun(plug_in: str) -> tuple[Any, Any]:
    """The arguments of Remove Background, and the models that the engine knows."""
    sys.path.insert(0, plug_in)
    from localmatte_gimp import engine  # type: ignore[import-not-found]

    from localmatte_bridge.models import from_rows

    GimpUi.init("localmatte-tests")
    procedure = Gimp.get_pdb().lookup_procedure("localmatte-remove-background")
    with engine.connect() as client:
        known = from_rows(client.ask("models").header["models"])
    return procedure.create_config(), known


def _within(widget: Gtk.Widget, kind: type[Any]) -> list[Any]:
    """The widgets of a kind that are in another one, which may be of that kind itself."""
    if isinstance(widget, kind):
        return [widget]
    inside = widget.get_children() if isinstance(widget, Gtk.Container) else []
    return [found for child in inside for found in _within(child, kind)]
