"""The dialog of Remove Background: GIMP's own, with its Reset, Load and Save."""

from __future__ import annotations

from typing import List

import gi

gi.require_version("GimpUi", "3.0")
from gi.repository import Gimp, GimpUi, Gtk  # noqa: E402

from localmatte_bridge import BridgeError  # noqa: E402

from . import engine, mask, questions  # noqa: E402
from .models import Model  # noqa: E402

PROMISE = "Everything stays on this computer."


def ask(
    procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, models: List[Model], masked: bool
) -> bool:
    """Let the user choose, and fetch the model that was chosen if it is not here.

    Args:
        procedure: Whose dialog it is.
        config: Its arguments; the choices land in them.
        models: What the engine knows.
        masked: Whether a layer has a mask, so that there is a choice what becomes of it.

    Returns:
        Whether the user went on.
    """
    GimpUi.init(procedure.get_name())
    dialog = GimpUi.ProcedureDialog.new(procedure, config, "Remove Background")
    dialog.set_default_size(640, -1)
    box = dialog.get_content_area()
    box.pack_start(_labelled("_Model:", model_list(config, models)), False, False, 0)
    if masked:
        box.pack_start(_labelled("E_xisting mask:", _mask_list(config)), False, False, 0)
    dialog.fill(["refine"])
    box.pack_start(_note(PROMISE), False, False, 0)
    box.show_all()
    missing = {model.id: model for model in models if not model.present}
    try:
        while dialog.run():
            model = missing.get(config.get_property("model"))
            if model is None or _fetch(dialog, model):
                return True
        return False
    finally:
        dialog.destroy()


def _fetch(dialog: GimpUi.ProcedureDialog, model: Model) -> bool:
    """Bring a model here; returns False where the user has to choose again."""
    if model.accept and not questions.accept_licence(dialog, model):
        return False
    dialog.hide()
    # What follows waits for the engine, so the window has to go at once.
    while Gtk.events_pending():
        Gtk.main_iteration()
    try:
        engine.pull(model)
    except BridgeError as error:
        questions.explain(dialog, error)
        return False
    return True


def model_list(config: Gimp.ProcedureConfig, models: List[Model]) -> Gtk.Widget:
    """The list of the models, smallest tier first; the choice lands in the argument "model"."""
    rows = Gtk.ListStore(str, str)
    for model in models:
        rows.append([model.id, model.label])
    return GimpUi.prop_string_combo_box_new(config, "model", rows, 0, 1)


def _mask_list(config: Gimp.ProcedureConfig) -> Gtk.Widget:
    rows = Gtk.ListStore(str, str)
    for choice in (mask.REPLACE, *mask.COMBINATIONS):
        rows.append([choice, choice.capitalize()])
    return GimpUi.prop_string_combo_box_new(config, "existing-mask", rows, 0, 1)


def _labelled(text: str, widget: Gtk.Widget) -> Gtk.Widget:
    label = Gtk.Label.new_with_mnemonic(text)
    label.set_mnemonic_widget(widget)
    row = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6)
    row.pack_start(label, False, False, 0)
    row.pack_start(widget, True, True, 0)
    return row


def _note(text: str) -> Gtk.Widget:
    label = Gtk.Label(label=text, xalign=0.0)
    label.get_style_context().add_class("dim-label")
    return label
