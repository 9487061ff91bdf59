"""The preview of a dialog, which follows what is chosen in it."""

from __future__ import annotations

from typing import Optional

from gi.repository import Gimp, Gtk

from localmatte_bridge import BridgeError
from localmatte_bridge.edge_controls import CONTROLS, changed, scaled

from . import arguments, reduced
from .preview import Preview, Wanted
from .preview_view import PreviewView

SEEN = ("model", "refine", "inside-selection", *(control.name for control in CONTROLS))
"""The arguments that change what is to be seen."""


class Followed:
    """A preview that shows what a procedure's arguments make of a layer.

    Args:
        config: The arguments.
        layer: What is looked at; it is read now, and not again.

    Attributes:
        widget: To be put into the dialog.
    """

    def __init__(self, config: Gimp.ProcedureConfig, layer: Gimp.Layer) -> None:
        self._config = config
        self._preview: Optional[Preview] = None
        try:
            self._picture = reduced.of(layer)
        except BridgeError as error:
            text = "\n".join((error.message, error.hint))
            self.widget: Gtk.Widget = Gtk.Label(label=text, wrap=True, max_width_chars=40)
            return
        view = PreviewView(self._picture)
        self.widget = view.widget
        self._preview = Preview(self._picture, view.progress, view.show, view.explain)
        for name in SEEN:
            config.connect("notify::" + name, lambda *_news: self._follow())
        self._follow()

    def close(self) -> None:
        """Let go of the engine."""
        if self._preview:
            self._preview.close()

    def _follow(self) -> None:
        if self._preview:
            self._preview.want(self._wanted())

    def _wanted(self) -> Wanted:
        inside = self._config.get_property("inside-selection")
        look = {
            "model": self._config.get_property("model"),
            "refine": self._config.get_property("refine"),
            "selection": self._picture.box if inside else None,
        }
        edges = changed(arguments.edges(self._config))
        return Wanted(look, scaled(edges, self._picture.scale), inside)
