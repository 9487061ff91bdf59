"""The dialog of Remove Background: GIMP's own, with its Reset, Load and Save."""

from __future__ import annotations

from typing import Any, Dict, List

import gi

gi.require_version("GimpUi", "3.0")
from gi.repository import Gimp, GimpUi, Gtk  # noqa: E402

Model = Dict[str, Any]

PROMISE = "Everything stays on this computer."


def ask(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, models: List[Model]) -> bool:
    """Let the user choose; the choices land in `config`.

    Args:
        procedure: Whose dialog it is.
        config: Its arguments: "model" and "refine".
        models: The engine's catalogue, one row a model.

    Returns:
        Whether the user went on.
    """
    GimpUi.init(procedure.get_name())
    dialog = GimpUi.ProcedureDialog.new(procedure, config, "Remove Background")
    dialog.set_default_size(420, -1)
    box = dialog.get_content_area()
    box.pack_start(_model_row(config, models), False, False, 0)
    dialog.fill(["refine"])
    box.pack_start(_note(PROMISE), False, False, 0)
    box.show_all()
    try:
        return bool(dialog.run())
    finally:
        dialog.destroy()


def _model_row(config: Gimp.ProcedureConfig, models: List[Model]) -> Gtk.Widget:
    rows = Gtk.ListStore(str, str)
    for model in models:
        rows.append([model["id"], _describe(model)])
    combo = GimpUi.prop_string_combo_box_new(config, "model", rows, 0, 1)
    label = Gtk.Label.new_with_mnemonic("_Model:")
    label.set_mnemonic_widget(combo)
    row = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6)
    row.pack_start(label, False, False, 0)
    row.pack_start(combo, True, True, 0)
    return row


def _describe(model: Model) -> str:
    size = f"{model['bytes'] / 1e6:.1f} MB"
    here = size if model["present"] else f"{size}, not here yet"
    return f"{model['tier']}: {model['title']} ({here})"


def _note(text: str) -> Gtk.Widget:
    label = Gtk.Label(label=text, xalign=0.0)
    label.get_style_context().add_class("dim-label")
    return label
