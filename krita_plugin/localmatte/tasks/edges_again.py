"""Edges Again: masks that localmatte made, whose edges the user sets again, and their preview."""

from __future__ import annotations

from typing import Any, Dict, Optional

from ..bridge import Asked, BridgeError, Model, changed
from ..document import kept, mask, pixels, reduced
from ..document.document import Document
from ..document.layer import Layer
from ..document.plane import NOTHING, Plane, Rect
from ..document.steps import steps
from ..words import _
from .observer import GLANCE, Observer, Sight, digest
from .preview import Preview
from .remover import Chosen, Remover
from .target import Target, TargetLost


class EdgesAgain:
    """Masks whose edges are set again.

    Args:
        chosen: Their layers.

    Attributes:
        target: The first of the layers, whose mask is seen.
        edges: The controls that do something; at first, those with which its mask was made.

    Raises:
        BridgeError: Its mask was not made by localmatte, or that is not known any more.
    """

    def __init__(self, chosen: Chosen) -> None:
        self._ids = [node.id for node in chosen.nodes]
        self._document = chosen.document
        self.target = Target.of(chosen.document, chosen.nodes[:1])[0]
        found = kept.found(chosen.document, self.target.layer)
        self.edges: Dict[str, float] = found.opened.origin.edges

    def apply(self, remover: Remover) -> None:
        """Set the edges of all of them.

        Args:
            remover: What does the work.

        Raises:
            BridgeError: It cannot be done.
        """
        self.check()
        nodes = list(filter(None, map(self._document.find, self._ids)))
        remover.set_edges(Chosen(self._document, nodes), changed(self.edges))

    def check(self) -> None:
        """Look up what is seen.

        Raises:
            BridgeError: It is gone ("layer").
        """
        try:
            self.target.check()
        except TargetLost:
            raise BridgeError(
                "layer",
                _("The layer or its image no longer exists, or the image was resized."),
                _("Close this window."),
            ) from None


class EdgesObserver(Observer):
    """Looks at the layer, its mask, and what that was made of.

    Args:
        again: What is looked at.

    Attributes:
        found: What the mask was made of; None before it was looked at.
        shown: What the mask shows there.
    """

    def __init__(self, again: EdgesAgain) -> None:
        super().__init__()
        self._again = again
        self.found: Optional[kept.Found] = None
        self.shown = Plane(Rect(0, 0, 0, 0), b"")

    def look(self, side: int, model: Optional[Model], lacking: Optional[Model] = None) -> Asked:
        """What is to be seen now.

        Args:
            side: The longer side of the small picture, in pixels.
            model: Of no concern; none is run.
            lacking: The same.

        Returns:
            All that the preview depends on.

        Raises:
            BridgeError: There is nothing to show.
        """
        try:
            self._again.check()
            self._read_again(self._again.target.document, self._again.target.layer, side)
        except BridgeError:
            self.forget()
            raise
        sight = self.sight
        assert sight is not None
        return Asked(
            layer=(sight.document.root.id, sight.layer.id, sight.region, side),
            picture=sight.keys[0],
            edges=tuple(sorted(changed(self._again.edges).items())),
        )

    def _read_again(self, document: Document, layer: Layer, side: int) -> None:
        glance = (
            *(layer.bounds, layer.position, side, steps.count),
            reduced.pixels(layer.thumbnail(GLANCE, GLANCE)),
        )
        if self.sight and glance == self._glance:
            return
        self._glance = glance
        self.found = kept.found(document, layer)
        region = self.found.rect
        self.shown = mask.shown_by_existing(layer, region)
        picture = reduced.picture(layer, region, side)
        key = digest(reduced.pixels(picture)), digest(self.shown.pixels)
        if self.sight and (self.sight.region, self.sight.keys[0]) == (region, key):
            return
        self.sight = Sight(document, layer, region, picture, None, (key, None, None))


class EdgesPreview(Preview):
    """What a window shows of other edges.

    Args:
        remover: Tells of Krita's end.
        again: What is looked at.
    """

    def __init__(self, remover: Remover, again: EdgesAgain) -> None:
        self._seen = EdgesObserver(again)
        super().__init__(remover, self._seen)

    def mean(self, prompts: Any) -> None:
        """Which subject is meant was said when the mask was made."""

    def _offers(self, asked: Asked) -> bool:
        return False

    def _read_full(self, sight: Sight) -> pixels.Pixels:
        return pixels.read_exactly(sight.document, sight.layer, sight.region)

    def _options(self, box: Optional[Rect], scale: float) -> Dict[str, Any]:
        found, sight = self._seen.found, self._seen.sight
        assert found is not None
        assert sight is not None
        opened = found.opened

        def fitting(values: Any) -> Any:
            plane = Plane(found.rect, values)
            if scale == 1.0:
                return plane.pixels
            whole = Rect(0, 0, sight.picture.width(), sight.picture.height())
            small = reduced.plane(plane, sight.region, scale)
            return small.clipped(whole).spread(whole, NOTHING).pixels

        return {
            "mask": [fitting(self._seen.shown.pixels)],
            "raw": opened.origin.raw,
            "held": [fitting(opened.held)] if opened.held else None,
        }
