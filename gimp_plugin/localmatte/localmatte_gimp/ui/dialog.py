"""The dialog of Remove Background: GIMP's own, with its Reset, Load and Save."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, Gimp, GimpUi, GLib, GObject, Gtk, Pango  # noqa: E402

from localmatte_bridge.models import Model  # noqa: E402
from localmatte_bridge.prompts import Prompts  # noqa: E402
from localmatte_bridge.suggestion import Suggestion  # noqa: E402

from ..document import layers as chosen_layers  # noqa: E402
from ..document.mask import EXISTING  # noqa: E402
from ..document.output import OUTPUTS  # noqa: E402
from ..document.situation import Situation, unreported  # noqa: E402
from ..words import N_, _  # noqa: E402
from . import edge_sliders, help_window  # noqa: E402
from .canvas import LEAST  # noqa: E402
from .model_chooser import ModelChooser  # noqa: E402
from .preset_menu import PresetMenu  # noqa: E402
from .preview import EdgesPreview, Preview, explained  # noqa: E402

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
    suggestion: Optional[Suggestion] = None,
) -> Optional[Prompts]:
    """Let the user choose, and download the model that is chosen if it is not here.

    Args:
        procedure: Whose dialog it is.
        config: Its arguments; the choices land in them.
        models: What the engine knows.
        layers: Those whose background is meant; the first one is previewed.
        suggestion: A more accurate model of which the user is told; None for none.

    Returns:
        Which subject of the first layer is meant; None where the user did not go on.
    """
    GimpUi.init(procedure.get_name())
    window = Window(procedure, config, models, layers, suggestion)
    try:
        return window.run()
    finally:
        window.close()


def ask_edges(
    procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, layers: List[Gimp.Layer]
) -> bool:
    """Let the user choose other edges for masks that localmatte made.

    Args:
        procedure: Whose dialog it is.
        config: Its arguments; the choices land in them.
        layers: Those that have the masks; the first one is previewed.

    Returns:
        Whether the user went on.
    """
    GimpUi.init(procedure.get_name())
    window = EdgesWindow(procedure, config, layers)
    try:
        return bool(window.dialog.run())
    finally:
        window.close()


class _Base:
    """A dialog with controls and a preview.

    Args:
        procedure: Whose dialog it is.
        config: Its arguments.
        title: What stands above it.
        layers: What it is about; the first one is previewed.
        controls: What is beside the preview.
        preview: The preview.
        above: What is above both; None for nothing.

    Attributes:
        dialog: What GIMP made for the procedure, filled.
    """

    def __init__(
        self,
        procedure: Gimp.Procedure,
        config: Gimp.ProcedureConfig,
        title: str,
        layers: List[Gimp.Layer],
        controls: _Controls,
        preview: Preview,
        above: Optional[Gtk.Widget] = None,
    ) -> None:
        self.dialog = GimpUi.ProcedureDialog.new(procedure, config, title)
        self._preview = preview
        self._columns = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=12)
        self._columns.pack_start(controls.widget, False, False, 0)
        self._columns.pack_start(preview.widget, True, True, 0)
        box = self.dialog.get_content_area()
        box.set_spacing(6)
        if above:
            box.pack_start(above, False, False, 0)
        box.pack_start(self._columns, True, True, 0)
        box.pack_start(_last_row(self.dialog), False, False, 0)
        box.show_all()
        self._following = _Following(layers, controls, preview)
        self.dialog.connect("key-press-event", _pressed, preview)
        self.dialog.connect("key-release-event", lambda _dialog, key: preview.release(key))
        self.fit(_workarea())

    def fit(self, screen: Tuple[int, int]) -> Tuple[int, int]:
        """Make the dialog as large as it wants to be, or as there is room on a screen.

        Args:
            screen: The width and height of the room for windows, in logical pixels.

        Returns:
            The dialog's width and height, in logical pixels.
        """
        _least, usual = self.dialog.get_preferred_size()
        _least, inside = self._columns.get_preferred_size()
        width = usual.width + USUAL[0] - LEAST[0]
        height = usual.height + max(0, USUAL[1] - inside.height)
        size = min(width, screen[0] - BORDERS[0]), min(height, screen[1] - BORDERS[1])
        self.dialog.set_default_size(*size)
        return size

    def close(self) -> None:
        """Let go of the engine, and take the window away."""
        self._following.end()
        self._preview.close()
        self.dialog.destroy()


class EdgesWindow(_Base):
    """The dialog of Edges Again.

    Args:
        procedure: Whose dialog it is.
        config: Its arguments; the choices land in them.
        layers: Those that have the masks; the first one is previewed.
    """

    def __init__(
        self, procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, layers: List[Gimp.Layer]
    ) -> None:
        preview = EdgesPreview(config, layers[0])
        super().__init__(
            procedure, config, _("Edges Again"), layers, _Controls(_edges(config)), preview
        )


class Window(_Base):
    """The dialog of Remove Background.

    Args:
        procedure: Whose dialog it is.
        config: Its arguments; the choices land in them.
        models: What the engine knows.
        layers: Those whose background is meant; the first one is previewed.
        suggestion: A more accurate model of which the user is told; None for none.
    """

    def __init__(
        self,
        procedure: Gimp.Procedure,
        config: Gimp.ProcedureConfig,
        models: List[Model],
        layers: List[Gimp.Layer],
        suggestion: Optional[Suggestion] = None,
    ) -> None:
        preview = Preview(config, layers[0])
        self._chooser = ModelChooser(config, models, preview.follow, suggestion)
        super().__init__(
            procedure,
            config,
            _("Remove Background"),
            layers,
            _RemovalControls(config),
            preview,
            self._chooser.widget,
        )
        self._chooser.show_state()

    def run(self) -> Optional[Prompts]:
        """Let the user choose.

        Returns:
            Which subject is meant; None where the user did not go on, which needs a model that is
            here.
        """
        while self.dialog.run():
            if not self._chooser.missing:
                return self._preview.prompts
            self._chooser.fetch()
        return None

    def close(self) -> None:
        """Let go of the engine, and take the window away."""
        self._chooser.close()
        super().close()


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
            self._preview.explain(explained(error, self._layers))
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
    """What is beside the preview.

    Args:
        rows: What can be chosen.

    Attributes:
        widget: To be put into the dialog.
    """

    def __init__(self, rows: List[Gtk.Widget]) -> None:
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        for row in rows:
            box.pack_start(row, False, False, 0)
        self.widget = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER)
        self.widget.set_min_content_height(LEAST_CONTROLS)
        self.widget.set_propagate_natural_height(True)
        self.widget.add(box)
        # What the keyboard comes to is scrolled into view.
        box.set_focus_vadjustment(self.widget.get_vadjustment())

    def follow(self, situation: Situation) -> None:
        """Offer what has a meaning for the layers as they are now."""


class _RemovalControls(_Controls):
    """All that can be chosen for a removal beside the model."""

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
        best = GimpUi.prop_check_button_new(config, "best-edges", _("Best ed_ges"))
        config.bind_property("refine", best, "sensitive", GObject.BindingFlags.SYNC_CREATE)
        super().__init__(
            [
                _labelled(_("Outp_ut:"), _list(config, "output", outputs)),
                self._existing,
                GimpUi.prop_check_button_new(config, "refine", _("Refine _edges")),
                self._inside,
                *_edges(config),
                best,
            ]
        )

    def follow(self, situation: Situation) -> None:
        """Offer what has a meaning for the layers as they are now."""
        self._existing.set_visible(situation.masked)
        self._inside.set_sensitive(situation.selected)


def _edges(config: Gimp.ProcedureConfig) -> List[Gtk.Widget]:
    return [edge_sliders.made(config), PresetMenu(config).widget]


def _workarea() -> Tuple[int, int]:
    """The width and height that the screen has for windows, in logical pixels."""
    display = Gdk.Display.get_default()
    monitor = display.get_primary_monitor() or display.get_monitor(0)
    area = monitor.get_workarea()
    return area.width, area.height


def _list(config: Gimp.ProcedureConfig, argument: str, labels: Dict[str, str]) -> Gtk.Widget:
    rows = Gtk.ListStore(str, str)
    for choice, label in labels.items():
        rows.append([choice, _(label)])
    return GimpUi.prop_string_combo_box_new(config, argument, rows, 0, 1)


def _labelled(text: str, widget: Gtk.Widget) -> Gtk.Box:
    label = Gtk.Label.new_with_mnemonic(text)
    label.set_mnemonic_widget(widget)
    row = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6)
    row.pack_start(label, False, False, 0)
    row.pack_start(widget, True, True, 0)
    return row


def _last_row(dialog: Gtk.Dialog) -> Gtk.Widget:
    label = Gtk.Label(label=_(PROMISE), xalign=0.0, ellipsize=Pango.EllipsizeMode.END)
    label.get_style_context().add_class("dim-label")
    button = Gtk.Button(label=_("_Help"), use_underline=True)
    button.set_tooltip_text(_("What the controls and the keys do"))
    button.connect("clicked", lambda _button: help_window.show(dialog))
    row = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6)
    row.pack_start(label, True, True, 0)
    row.pack_start(button, False, False, 0)
    return row
