"""The dialog of Remove Background: GIMP's own, with its Reset, Load and Save."""

from __future__ import annotations

from typing import Dict, List

import gi

gi.require_version("GimpUi", "3.0")
from gi.repository import Gimp, GimpUi, Gtk, Pango  # noqa: E402

from localmatte_bridge import BridgeError  # noqa: E402
from localmatte_bridge.models import Model  # noqa: E402

from .. import engine  # noqa: E402
from ..document import selection  # noqa: E402
from ..document.mask import EXISTING  # noqa: E402
from ..document.output import OUTPUTS  # noqa: E402
from ..words import N_, _  # noqa: E402
from . import edge_sliders, questions  # noqa: E402
from .preview import Preview  # noqa: E402

PROMISE = N_("Everything stays on this computer.")


def ask(
    procedure: Gimp.Procedure,
    config: Gimp.ProcedureConfig,
    models: List[Model],
    layers: List[Gimp.Layer],
) -> bool:
    """Let the user choose, and fetch the model that was chosen if it is not here.

    Args:
        procedure: Whose dialog it is.
        config: Its arguments; the choices land in them.
        models: What the engine knows.
        layers: Those whose background is meant; the first one is previewed.

    Returns:
        Whether the user went on.
    """
    GimpUi.init(procedure.get_name())
    dialog = GimpUi.ProcedureDialog.new(procedure, config, _("Remove Background"))
    preview = Preview(config, layers[0])
    columns = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=12)
    columns.pack_start(_choices(config, layers), True, True, 0)
    columns.pack_start(preview.widget, False, False, 0)
    box = dialog.get_content_area()
    box.pack_start(_labelled(_("_Model:"), model_list(config, models)), False, False, 0)
    box.pack_start(columns, True, True, 0)
    box.pack_start(_note(_(PROMISE)), False, False, 0)
    box.show_all()
    missing = {model.id: model for model in models if not model.present}
    try:
        while dialog.run():
            model = missing.get(config.get_property("model"))
            if model is None or _fetch(dialog, model):
                return True
        return False
    finally:
        preview.close()
        dialog.destroy()


def _choices(config: Gimp.ProcedureConfig, layers: List[Gimp.Layer]) -> Gtk.Widget:
    outputs = {key: output.label for key, output in OUTPUTS.items()}
    existing = {key: choice.label for key, choice in EXISTING.items()}
    box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
    rows = [_labelled(_("Ma_ke:"), _list(config, "output", outputs))]
    if any(layer.get_mask() for layer in layers):
        rows.append(_labelled(_("E_xisting mask:"), _list(config, "existing-mask", existing)))
    inside = GimpUi.prop_check_button_new(
        config, "inside-selection", _("Only _inside the selection")
    )
    inside.set_sensitive(selection.exists(layers[0].get_image()))
    rows += [GimpUi.prop_check_button_new(config, "refine", _("Refine _edges")), inside]
    for row in (*rows, edge_sliders.made(config)):
        box.pack_start(row, False, False, 0)
    return box


def _fetch(dialog: GimpUi.ProcedureDialog, model: Model) -> bool:
    """Bring a model here; returns False where the user has to choose again."""
    if model.accept and not questions.accept_licence(dialog, model):
        return False
    dialog.hide()
    # What follows waits for the engine, so the window has to go at once.
    while Gtk.events_pending():
        Gtk.main_iteration()
    try:
        engine.pull(model.id, model.title, model.accept)
    except BridgeError as error:
        questions.explain(dialog, _("No Download"), error, _("Or choose a model that is here."))
        return False
    return True


def model_list(config: Gimp.ProcedureConfig, models: List[Model]) -> Gtk.Widget:
    """The list of the models, smallest tier first.

    Args:
        config: Its argument "model" is where the choice lands.
        models: What the engine knows.
    """
    rows = Gtk.ListStore(str, str)
    for model in models:
        rows.append([model.id, _("{tier}: {model}").format(tier=model.tier, model=model.label)])
    combo = GimpUi.prop_string_combo_box_new(config, "model", rows, 0, 1)
    # The longest line would make the dialog wider than a small screen.
    combo.set_property("ellipsize", Pango.EllipsizeMode.END)
    return combo


def _list(config: Gimp.ProcedureConfig, argument: str, labels: Dict[str, str]) -> Gtk.Widget:
    rows = Gtk.ListStore(str, str)
    for choice, label in labels.items():
        rows.append([choice, _(label)])
    return GimpUi.prop_string_combo_box_new(config, argument, rows, 0, 1)


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
