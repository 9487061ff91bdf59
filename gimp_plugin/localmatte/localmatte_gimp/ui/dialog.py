"""The dialog of Remove Background: GIMP's own, with its Reset, Load and Save."""

from __future__ import annotations

from typing import Dict, List, Optional

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, Gimp, GimpUi, GLib, Gtk, Pango  # noqa: E402

from localmatte_bridge import BridgeError  # noqa: E402
from localmatte_bridge.models import Model  # noqa: E402

from .. import engine  # noqa: E402
from ..document import layers as chosen_layers  # noqa: E402
from ..document.mask import EXISTING  # noqa: E402
from ..document.output import OUTPUTS  # noqa: E402
from ..document.situation import Situation, unreported  # noqa: E402
from ..words import N_, _  # noqa: E402
from . import edge_sliders, questions  # noqa: E402
from .canvas import LEAST  # noqa: E402
from .preview import Preview  # noqa: E402

LOOK_EVERY = 500
"""Milliseconds between two looks at whether the document has changed."""

USUAL = (480, 420)
"""The preview's width and height in logical pixels where there is room."""

BORDERS = (16, 64)
"""What a desktop puts around a window, across and down, in pixels."""

LEAST_CONTROLS = 100
"""The height of the controls, in pixels, where there is no more room; they scroll then."""

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
    controls, preview = _Controls(config), Preview(config, layers[0])
    columns = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=12)
    columns.pack_start(controls.widget, False, False, 0)
    columns.pack_start(preview.widget, True, True, 0)
    box = dialog.get_content_area()
    box.pack_start(_labelled(_("_Model:"), model_list(config, models)), False, False, 0)
    box.pack_start(_needs(config, models), False, False, 0)
    box.pack_start(columns, True, True, 0)
    box.pack_start(_note(_(PROMISE)), False, False, 0)
    box.show_all()
    following = _Following(layers, controls, preview)
    dialog.connect("key-press-event", _pressed, preview)
    dialog.connect("key-release-event", lambda _dialog, event: preview.release(event))
    _fit(dialog, columns)
    missing = {model.id: model for model in models if not model.present}
    try:
        while dialog.run():
            model = missing.get(config.get_property("model"))
            if model is None or _fetch(dialog, model):
                return True
        return False
    finally:
        following.end()
        preview.close()
        dialog.destroy()


def _pressed(dialog: Gtk.Dialog, event: Gdk.EventKey, preview: Preview) -> bool:
    """Keys without modifiers are the preview's, where no text is typed."""
    return not isinstance(dialog.get_focus(), Gtk.Entry) and preview.press(event)


class _Following:
    """Keeps the dialog to what the document is like."""

    def __init__(self, layers: List[Gimp.Layer], controls: _Controls, preview: Preview) -> None:
        self._layers, self._controls, self._preview = layers, controls, preview
        self._situation: Optional[Situation] = None
        self._look()
        self._timer = GLib.timeout_add(LOOK_EVERY, self._look)

    def end(self) -> None:
        """Look no more."""
        GLib.source_remove(self._timer)

    def _look(self) -> bool:
        try:
            with unreported():
                self._follow(Situation.of(self._layers))
        except Exception as error:
            # The document can go between two calls; the next look finds it gone.
            self._preview.explain(engine.unexpected(error))
        return True

    def _follow(self, situation: Situation) -> None:
        if situation == self._situation:
            return
        self._situation = situation
        self._controls.follow(situation)
        if situation.there:
            self._preview.read()
        else:
            self._preview.explain(chosen_layers.gone())


class _Controls:
    """All that can be chosen beside the model.

    Attributes:
        widget: To be put into the dialog.
    """

    def __init__(self, config: Gimp.ProcedureConfig) -> None:
        outputs = {key: output.label for key, output in OUTPUTS.items()}
        existing = {key: choice.label for key, choice in EXISTING.items()}
        self._existing = _labelled(_("E_xisting mask:"), _list(config, "existing-mask", existing))
        self._existing.set_no_show_all(True)
        for part in self._existing.get_children():
            part.show()
        self._inside = GimpUi.prop_check_button_new(
            config, "inside-selection", _("Only _inside the selection")
        )
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        for row in (
            _labelled(_("Outp_ut:"), _list(config, "output", outputs)),
            self._existing,
            GimpUi.prop_check_button_new(config, "refine", _("Refine _edges")),
            self._inside,
            edge_sliders.made(config),
        ):
            box.pack_start(row, False, False, 0)
        self.widget = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER)
        self.widget.set_min_content_height(LEAST_CONTROLS)
        self.widget.set_propagate_natural_height(True)
        self.widget.add(box)
        # What the keyboard comes to is scrolled into view.
        box.set_focus_vadjustment(self.widget.get_vadjustment())

    def follow(self, situation: Situation) -> None:
        """Offer what has a meaning for the layers as they are now."""
        self._existing.set_visible(situation.masked)
        self._inside.set_sensitive(situation.selected)


def _fit(dialog: Gtk.Dialog, columns: Gtk.Widget) -> None:
    """Make the dialog as large as it wants to be, or as there is room on the screen."""
    _least, usual = dialog.get_preferred_size()
    _least, inside = columns.get_preferred_size()
    display = Gdk.Display.get_default()
    monitor = display.get_primary_monitor() or display.get_monitor(0)
    screen = monitor.get_workarea()
    width = usual.width + USUAL[0] - LEAST[0]
    height = usual.height + max(0, USUAL[1] - inside.height)
    dialog.set_default_size(
        min(width, screen.width - BORDERS[0]), min(height, screen.height - BORDERS[1])
    )


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
        questions.explain(
            dialog, _("Download Failed"), error, _("Or choose a model that is already downloaded.")
        )
        return False
    return True


def model_list(config: Gimp.ProcedureConfig, models: List[Model]) -> Gtk.Widget:
    """Make the list of the models, smallest tier first.

    Args:
        config: Its argument "model" is where the choice lands.
        models: What the engine knows, in the order in which they are listed.

    Returns:
        A combo box, which follows the argument as well.
    """
    rows = Gtk.ListStore(str, str)
    for model in models:
        rows.append([model.id, _("{tier}: {model}").format(tier=model.tier, model=model.label)])
    combo = GimpUi.prop_string_combo_box_new(config, "model", rows, 0, 1)
    # The longest line would make the dialog wider than a small screen.
    combo.set_property("ellipsize", Pango.EllipsizeMode.END)
    return combo


def _needs(config: Gimp.ProcedureConfig, models: List[Model]) -> Gtk.Widget:
    """What the chosen model needs, below the list."""
    needs = {model.id: model.needs for model in models}
    label = _note("")

    def show(*_changed: object) -> None:
        label.set_text(needs.get(config.get_property("model"), ""))

    config.connect("notify::model", show)
    show()
    return label


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
