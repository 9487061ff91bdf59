"""The choice of the model in the dialog, and the download of one that is not here yet."""

from __future__ import annotations

from typing import Callable, List, Optional, Tuple

import gi

gi.require_version("GimpUi", "3.0")
from gi.repository import Gimp, GimpUi, Gtk, Pango  # noqa: E402

from localmatte_bridge import BridgeError  # noqa: E402
from localmatte_bridge.models import Model, missing, size  # noqa: E402
from localmatte_bridge.suggestion import Suggestion  # noqa: E402

from .. import engine  # noqa: E402
from ..words import _  # noqa: E402
from . import models_window, questions, suggestion_row  # noqa: E402
from .download import Download  # noqa: E402


class ModelChooser:
    """A list of the models, and below it what is to be done about one that is not here.

    Args:
        config: Its argument "model" is where the choice lands.
        models: What the engine knows.
        changed: Called when models came or went.
        suggestion: A more accurate model; None for none.

    Attributes:
        widget: To be put into a window.
    """

    def __init__(
        self,
        config: Gimp.ProcedureConfig,
        models: List[Model],
        changed: Callable[[], None],
        suggestion: Optional[Suggestion] = None,
    ) -> None:
        self._config, self._models, self._changed = config, models, changed
        self._download: Optional[Download] = None
        self._rows = Gtk.ListStore(str, str)
        _fill(self._rows, models)
        self._list = _list(config, self._rows)
        self._state = Gtk.Label(xalign=0.0, ellipsize=Pango.EllipsizeMode.END)
        self._progress = Gtk.ProgressBar(show_text=True, ellipsize=Pango.EllipsizeMode.END)
        self._fetch = Gtk.Button(use_underline=True)
        self._fetch.connect("clicked", lambda _button: self.fetch())
        self._cancel = Gtk.Button(label=_("Ca_ncel Download"), use_underline=True)
        self._cancel.connect("clicked", lambda _button: self._stop())
        self._needs = Gtk.Label(xalign=0.0, ellipsize=Pango.EllipsizeMode.END)
        self._needs.get_style_context().add_class("dim-label")
        self._below = Gtk.Stack()
        self._below.add_named(_row((self._state, True), (self._fetch, False)), "missing")
        self._below.add_named(_row((self._progress, True), (self._cancel, False)), "coming")
        self._below.show_all()
        self._below.set_no_show_all(True)
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.widget.pack_start(self._chooser(), False, False, 0)
        self.widget.pack_start(self._needs, False, False, 0)
        self.widget.pack_start(self._below, False, False, 0)
        config.connect("notify::model", lambda *_news: self._chosen())
        for name in ("refine", "best-edges"):
            config.connect("notify::" + name, lambda *_news: self.show_state())
        if suggestion:
            self._suggest(suggestion)

    @property
    def missing(self) -> Optional[Model]:
        """A model that is needed and not on this computer: the chosen one, or for best edges."""
        chosen, *best = map(self._config.get_property, ("model", "refine", "best-edges"))
        return missing(self._models, chosen, all(best))

    def fetch(self) -> None:
        """Download the model that is missing, if its licence is accepted where that is needed."""
        model = self.missing
        window = self.widget.get_toplevel()
        if self._download or not model:
            return
        if model.accept and not questions.accept_licence(window, model):
            return
        self._tell(_("Downloading {model}").format(model=model.title), 0)
        request = engine.pull_request(model.id, model.accept)
        self._download = Download(request, self._tell, self._ended)
        self.show_state()

    def show_state(self) -> None:
        """Say whether what is needed is here, and let OK be pressed only where it is."""
        model = self.missing
        chosen = self._config.get_property("model")
        self._needs.set_text(next((m.costs for m in self._models if m.id == chosen), ""))
        self._below.set_visible(model is not None)
        if model:
            self._state.set_text(model.absence)
            self._fetch.set_label(_("Do_wnload {size}").format(size=size(model.bytes)))
        self._below.set_visible_child_name("coming" if self._download else "missing")
        dialog = self.widget.get_toplevel()
        if isinstance(dialog, Gtk.Dialog):
            # Nobody is to get a result that was never seen.
            dialog.set_response_sensitive(Gtk.ResponseType.OK, model is None)

    def close(self) -> None:
        """Stop a download; what has come of it is kept."""
        self._changed = _nothing
        self._stop()

    def _chooser(self) -> Gtk.Widget:
        label = Gtk.Label.new_with_mnemonic(_("_Model:"))
        label.set_mnemonic_widget(self._list)
        button = Gtk.Button(label=_("Mo_dels\u2026"), use_underline=True)
        button.set_tooltip_text(_("Download, import and remove models"))
        button.connect("clicked", lambda _button: self._manage())
        return _row((label, False), (self._list, True), (button, False))

    def _suggest(self, suggestion: Suggestion) -> None:
        """Show a more accurate model until the user chooses one."""

        def take() -> None:
            self._config.set_property("model", suggestion.model.id)
            self.fetch()

        row = suggestion_row.made(suggestion, take)
        self.widget.pack_start(row, False, False, 0)
        self._config.connect("notify::model", lambda *_news: row.hide())

    def _chosen(self) -> None:
        self._stop()
        self.show_state()

    def _manage(self) -> None:
        self._stop()
        models_window.show(self._models, self.widget.get_toplevel())
        self._ask_again()

    def _stop(self) -> None:
        if self._download:
            self._download.cancel()

    def _tell(self, stage: str, fraction: float) -> None:
        self._progress.set_text(stage)
        self._progress.set_fraction(fraction)

    def _ended(self, reason: Optional[BridgeError]) -> None:
        self._download = None
        if self._changed is _nothing:
            return
        if reason:
            questions.explain(self.widget.get_toplevel(), _("Download Failed"), reason)
        self._ask_again()

    def _ask_again(self) -> None:
        try:
            self._models = engine.models()
        except BridgeError as error:
            questions.explain(self.widget.get_toplevel(), _("Models Not Available"), error)
        _fill(self._rows, self._models)
        self.show_state()
        self._changed()


def _list(config: Gimp.ProcedureConfig, rows: Gtk.ListStore) -> Gtk.Widget:
    """A combo box of the models, which sets the argument "model" and follows it."""
    combo = GimpUi.prop_string_combo_box_new(config, "model", rows, 0, 1)
    # The longest line would make the dialog wider than a small screen.
    combo.set_property("ellipsize", Pango.EllipsizeMode.END)
    return combo


def _fill(rows: Gtk.ListStore, models: List[Model]) -> None:
    """Say what each model is; a row that is there stays, and what is chosen with it."""
    known = {row[0]: row for row in rows}
    for model in models:
        if model.refines:
            continue
        text = _("{tier}: {model}").format(tier=model.tier, model=model.label)
        if model.id in known:
            known[model.id][1] = text
        else:
            rows.append([model.id, text])


def _row(*parts: Tuple[Gtk.Widget, bool]) -> Gtk.Widget:
    """Widgets beside one another, and whether each takes the room that is left."""
    row = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6)
    for widget, grows in parts:
        row.pack_start(widget, grows, grows, 0)
    return row


def _nothing() -> None:
    pass
