"""Sees what a preview has to show: the layer that the user is in, what is selected, the choices."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple, Optional, Tuple

from .. import settings
from ..bridge import Asked, BridgeError, Model
from ..document import mask, pixels, reduced
from ..document.document import Document
from ..document.layer import Layer
from ..document.plane import Plane, Rect
from ..document.steps import steps
from ..qt import QtCore, QtWidgets
from ..words import _
from .output import OUTPUTS
from .target import layer_of

GLANCE = 64
"""The side of the picture by which a change without an undo step is noticed, in pixels."""


class Sight(NamedTuple):
    """What was seen of the document.

    Attributes:
        document: The document.
        layer: Its layer.
        region: What of the layer is looked at, in the document's pixels.
        picture: The region in small, a QImage.
        selected: What is selected of the layer; None where nothing is, or where that does not
            count.
        keys: What tells this picture, selection and existing mask from others.
    """

    document: Document
    layer: Layer
    region: Rect
    picture: Any
    selected: Optional[Plane]
    keys: Tuple[Any, Any, Any]

    @property
    def scale(self) -> float:
        """The small picture's, as a share."""
        return float(self.picture.width() / self.region.width)


class Observer:
    """Looks at the document, and reads a layer only when something of it may have changed."""

    def __init__(self) -> None:
        self.sight: Optional[Sight] = None
        self._glance: Any = None

    def forget(self) -> None:
        """Let go of what was read."""
        self.sight = self._glance = None

    def look(self, side: int, model: Optional[Model], lacking: Optional[Model] = None) -> Asked:
        """What is to be seen now.

        Args:
            side: The longer side of the small picture, in pixels.
            model: The chosen model; None where it is not known.
            lacking: What has to be downloaded first.

        Returns:
            All that the preview depends on; `sight` holds the pixels.

        Raises:
            BridgeError: There is nothing to show.
        """
        choices = settings.read()
        document = Document.active()
        node = document.active_node if document else None
        if document is None or node is None:
            self.forget()
            raise BridgeError("picture", _("No layer is selected."))
        try:
            layer = layer_of(node)
            region = pixels.region(document, layer)
            if not region.area:
                raise BridgeError("picture", _("This layer is empty."))
        except BridgeError:
            self.forget()
            raise
        self._read(document, layer, region, side, choices)
        sight = self.sight
        assert sight is not None
        picture, selection, existing = sight.keys
        if lacking:
            hint = _("Download the model to see a preview.")
            raise BridgeError("models", lacking.absence if lacking.refines else hint)
        if sight.selected and not sight.selected.rect.area:
            raise BridgeError("picture", _("The selection doesn't overlap the layer."))
        return Asked(
            layer=(document.root.id, layer.id, region, layer.position, side),
            picture=picture,
            selection=selection,
            model=model.id if model else "",
            refine=choices.refine,
            best_edges=choices.refine and choices.best_edges,
            edges=tuple(sorted(choices.edges.items())),
            existing=existing or ("", None),
        )

    def _read(
        self, document: Document, layer: Layer, region: Rect, side: int, choices: settings.Settings
    ) -> None:
        before = self.sight
        same_layer = before is not None and before.layer.id == layer.id
        glance = (
            *(document.root.id, layer.id, region, side, steps.count, choices.inside_selection),
            *(_combination(layer, choices), document.selection_glance(layer)),
            reduced.pixels(layer.thumbnail(GLANCE, GLANCE)),
        )
        if same_layer and glance == self._glance:
            return
        if same_layer and QtWidgets.QApplication.mouseButtons() != QtCore.Qt.MouseButton.NoButton:
            # In the middle of a stroke.
            return
        self._glance = glance
        picture = reduced.picture(layer, region, side)
        selected = document.selected(layer, region) if choices.inside_selection else None
        combination = _combination(layer, choices)
        existing = digest(mask.shown_by_existing(layer, region).pixels) if combination else None
        keys = (
            digest(reduced.pixels(picture)),
            (selected.rect, digest(selected.pixels)) if selected else None,
            (combination, existing) if combination else None,
        )
        if before and same_layer and (before.region, before.keys) == (region, keys):
            return
        self.sight = Sight(document, layer, region, picture, selected, keys)


def _combination(layer: Layer, choices: settings.Settings) -> str:
    """How an existing mask meets the new one; empty where none does."""
    output = OUTPUTS.get(choices.output)
    counts = choices.existing in mask.COMBINATIONS and not (output and output.selects)
    return choices.existing if counts and mask.existing(layer) else ""


def digest(content: Any) -> bytes:
    """What tells pixels from others.

    Args:
        content: Their bytes.
    """
    return hashlib.blake2b(bytes(content), digest_size=16).digest()
