"""The window of Models…: what is here, and what can be fetched or removed."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, List, Optional

import gi

gi.require_version("GimpUi", "3.0")
from gi.repository import GimpUi, GLib, Gtk, Pango  # noqa: E402

from localmatte_bridge import BridgeError  # noqa: E402
from localmatte_bridge.models import Model, duration, memory, size, space_used  # noqa: E402

from .. import engine  # noqa: E402
from ..words import N_, _  # noqa: E402
from . import questions  # noqa: E402
from .download import Download  # noqa: E402

COLUMNS = (
    (N_("Model"), False),
    (N_("Best for"), True),
    (N_("Size"), False),
    (N_("Memory"), False),
    (N_("Time"), False),
    (N_("Status"), False),
    (N_("Licence"), True),
)
"""What is said of each model, and whether that is long, so that it gives way to the rest."""

NOTHING = [""] * len(COLUMNS)
"""What stands beside a tier's name, its tooltip included."""

SIZE = (900, 480)


def open_alone(name: str, models: List[Model]) -> None:
    """Show the models in a window that belongs to no other one of ours.

    Args:
        name: The procedure's.
        models: The engine's.
    """
    GimpUi.init(name)
    show(models)


def show(models: List[Model], parent: Optional[Gtk.Window] = None) -> None:
    """Show the models until the user closes the window.

    Args:
        models: The engine's.
        parent: The window that it belongs to; None where it stands alone.
    """
    window = _Window(models, parent)
    window.dialog.run()
    window.end()


class _Window:
    def __init__(self, models: List[Model], parent: Optional[Gtk.Window]) -> None:
        self._parent = parent
        self._download: Optional[Download] = None
        self._failed = ""
        self._models: List[Model] = []
        self._rows = Gtk.TreeStore(int, *[str] * (len(COLUMNS) + 1))
        self._list = self._made_list()
        self._progress = Gtk.ProgressBar(show_text=True, text="")
        self._fetch = _button(_("_Download"), self._start)
        self._cancel = _button(_("Ca_ncel Download"), self._stop)
        self._remove = _button(_("_Remove"), self._take_away)
        self._import = _button(_("_Import\u2026"), self._bring)
        self._space = Gtk.Label(xalign=1.0)
        self.dialog = self._made_dialog()
        self._fill(models)
        self._update()

    def end(self) -> None:
        """Take the window away; a download under way is cancelled."""
        self._stop()
        self.dialog.destroy()

    def _made_list(self) -> Gtk.TreeView:
        view = Gtk.TreeView(model=self._rows, enable_search=False)
        for place, (title, long) in enumerate(COLUMNS, 1):
            cell = Gtk.CellRendererText()
            if long:
                cell.set_property("ellipsize", Pango.EllipsizeMode.END)
            column = Gtk.TreeViewColumn(_(title), cell, text=place)
            column.set_expand(long)
            column.set_resizable(True)
            view.append_column(column)
        view.set_tooltip_column(len(COLUMNS) + 1)
        view.get_selection().connect("changed", lambda _chosen: self._update())
        return view

    def _made_dialog(self) -> Gtk.Dialog:
        dialog = GimpUi.Dialog(title=_("Models"), role="localmatte-models")
        if self._parent:
            dialog.set_transient_for(self._parent)
            dialog.set_modal(True)
        dialog.add_button(_("_Close"), Gtk.ResponseType.CLOSE)
        dialog.set_default_size(*SIZE)
        scrolled = Gtk.ScrolledWindow(shadow_type=Gtk.ShadowType.IN)
        scrolled.add(self._list)
        buttons = Gtk.Box(spacing=6)
        for button in (self._fetch, self._cancel, self._remove, self._import):
            buttons.pack_start(button, False, False, 0)
        buttons.pack_end(self._space, False, False, 0)
        box = dialog.get_content_area()
        box.set_border_width(12)
        box.set_spacing(6)
        box.pack_start(scrolled, True, True, 0)
        box.pack_start(self._progress, False, False, 0)
        box.pack_start(buttons, False, False, 0)
        box.show_all()
        return dialog

    def _fill(self, models: List[Model]) -> None:
        """Show the models below their tiers; what was chosen stays so."""
        chosen = self._chosen()
        self._models = models
        self._rows.clear()
        tiers = {}
        for number, model in enumerate(models):
            if model.tier not in tiers:
                tiers[model.tier] = self._rows.append(None, [-1, model.tier, *NOTHING])
            here = _("downloaded") if model.present else ""
            needs = memory(model.memory_mb) if model.memory_mb else ""
            takes = duration(model.seconds) if model.seconds else ""
            texts = [model.name, model.good_at, size(model.bytes), needs, takes, here, model.terms]
            told = GLib.markup_escape_text("\n".join(filter(None, (model.terms, model.costs))))
            row = self._rows.append(tiers[model.tier], [number, *texts, told])
            if chosen and chosen.id == model.id:
                self._list.expand_all()
                self._list.get_selection().select_iter(row)
        self._list.expand_all()
        self._space.set_text(space_used(models))

    def _chosen(self) -> Optional[Model]:
        _rows, row = self._list.get_selection().get_selected()
        number = self._rows[row][0] if row else -1
        return self._models[number] if number >= 0 else None

    def _update(self) -> None:
        """Let only those buttons be pressed that do something."""
        model = self._chosen()
        idle = self._download is None
        self._fetch.set_sensitive(idle and model is not None and not model.present)
        self._remove.set_sensitive(idle and model is not None and model.present)
        self._import.set_sensitive(idle)
        self._cancel.set_sensitive(not idle)

    def _start(self) -> None:
        model = self._chosen()
        if model is None or (model.accept and not questions.accept_licence(self.dialog, model)):
            return
        self._show_progress(_("Downloading {model}").format(model=model.title), 0)
        self._begin(engine.pull_request(model.id, model.accept), _("Download Failed"))

    def _bring(self) -> None:
        path = questions.model_file(self.dialog)
        if path:
            self._show_progress(_("Importing {file}").format(file=os.path.basename(path)), 0)
            self._begin(engine.import_request(path), _("Import Failed"))

    def _begin(self, request: Dict[str, Any], failed: str) -> None:
        self._failed = failed
        self._download = Download(request, self._show_progress, self._ended)
        self._update()

    def _stop(self) -> None:
        if self._download:
            self._download.cancel()

    def _show_progress(self, stage: str, fraction: float) -> None:
        self._progress.set_text(stage)
        self._progress.set_fraction(fraction)

    def _ended(self, reason: Optional[BridgeError]) -> None:
        self._download = None
        self._show_progress("", 0)
        if reason:
            questions.explain(self.dialog, self._failed, reason)
        self._ask_again()

    def _take_away(self) -> None:
        model = self._chosen()
        if model:
            self._explained(_("Model Not Removed"), lambda: engine.remove(model.id))
        self._ask_again()

    def _ask_again(self) -> None:
        self._explained(_("Models Not Available"), lambda: self._fill(engine.models()))
        self._update()

    def _explained(self, title: str, action: Callable[[], None]) -> None:
        """Do something, and say so under a title where it could not be done."""
        try:
            action()
        except BridgeError as error:
            questions.explain(self.dialog, title, error)
        except Exception as error:
            questions.explain(self.dialog, title, engine.unexpected(error))


def _button(label: str, press: Callable[[], None]) -> Gtk.Button:
    button = Gtk.Button.new_with_mnemonic(label)
    button.connect("clicked", lambda _button: press())
    return button
