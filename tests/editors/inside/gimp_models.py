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

    combo = model_chooser.model_list(config, known)
    return [list(row) for row in combo.get_model()]


def said(plug_in: str, model: str) -> list[str]:
    """What stands below that list once a model is chosen in it."""
    config, known = _begun(plug_in)
    from localmatte_gimp.ui import model_chooser

    chooser = model_chooser.ModelChooser(config, known, lambda: None)
    config.set_property("model", model)
    texts = [label.get_text() for label in _labels(chooser.widget)]
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


def _labels(widget: Gtk.Widget) -> list[Gtk.Label]:
    if isinstance(widget, Gtk.Label):
        return [widget]
    inside = widget.get_children() if isinstance(widget, Gtk.Container) else []
    return [label for child in inside for label in _labels(child)]
