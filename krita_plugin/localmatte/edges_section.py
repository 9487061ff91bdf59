"""The part of the docker about edges: the controls, and what comes of them on a small picture."""

from __future__ import annotations

from typing import Any, Optional

from krita import Krita

from . import settings, widgets
from .bridge import BridgeError, beside
from .edge_controls import EdgeControls
from .guard import guarded
from .plane import selected
from .preview import Preview
from .remover import FOLDER, Remover
from .target import layer_of
from .thumbnail import Thumbnail
from .words import _


class EdgesSection(widgets.Section):
    """Closed until the user opens it; open, it shows the active layer as it was then.

    Args:
        remover: Whose choices it shows and changes.
    """

    def __init__(self, remover: Remover) -> None:
        self._remover = remover
        self._preview = Preview()
        self._document: Optional[Any] = None
        self._thumbnail = Thumbnail()
        self._controls = EdgeControls()
        super().__init__(
            _("Edges"),
            widgets.column(
                self._thumbnail,
                self._controls,
                widgets.row(
                    widgets.button(_("Preview"), self.look), widgets.button(_("Reset"), self._reset)
                ),
            ),
        )
        self._preview.changed.connect(self._show_preview)
        self._controls.moved.connect(self._move)
        self.opened.connect(self._open)
        self.closed.connect(self._preview.close)
        self.show_choices()

    def show_choices(self) -> None:
        """Show what was chosen."""
        self._controls.show_values(settings.read().edges)

    def forget_other_documents(self) -> None:
        """Let go of the picture where it is of another document; Krita tells of the same often."""
        if Krita.instance().activeDocument() != self._document:
            self.forget()

    def forget(self) -> None:
        """Let go of the picture."""
        self._preview.close()

    @guarded
    def _open(self) -> None:
        widgets.scroll_to(self)
        self.look()

    @guarded
    def look(self) -> None:
        """Look at the active layer anew."""
        choices, model = settings.read(), self._remover.model
        self._document = document = Krita.instance().activeDocument()
        node = document.activeNode() if document else None
        if node is None:
            self._preview.say(_("No layer is chosen."))
        elif model and not model.present:
            self._preview.say(_("Download the model to see a preview."))
        else:
            options = {"model": model.id} if model else {}
            try:
                engine = beside(FOLDER)
                self._preview.look(
                    engine,
                    layer_of(node),
                    selected(document) if choices.inside_selection else None,
                    {**options, "refine": choices.refine},
                    choices.edges,
                )
            except BridgeError as error:
                self._preview.say(str(error))

    @guarded
    def _move(self) -> None:
        edges = self._controls.values
        settings.write(settings.read()._replace(edges=edges))
        self._preview.finish(edges)

    @guarded
    def _reset(self) -> None:
        self._controls.show_values({})
        self._move()

    @guarded
    def _show_preview(self) -> None:
        self._thumbnail.show_image(self._preview.image, self._preview.message)
