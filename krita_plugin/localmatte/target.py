"""The layer that a request is about, found again after time has passed."""

from __future__ import annotations

from typing import Any, Optional, Tuple

from .picture import canvas
from .rect import Rect

MASKS = (
    "transparencymask",
    "filtermask",
    "transformmask",
    "selectionmask",
    "colorizemask",
)


class TargetLost(Exception):
    """The layer cannot take the mask any more.

    Args:
        message: One sentence that says why.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Target:
    """A layer of a document.

    Krita's own handles outlive what they stand for and then do nothing, so the layer is
    looked up by its id each time.

    Args:
        document: An open document.
        node: Its layer, or a mask, whose layer is meant then.
    """

    def __init__(self, document: Any, node: Any) -> None:
        self._chosen = node.uniqueId()
        while node.type() in MASKS:
            node = node.parentNode()
        self.document = document
        self.node = node
        self._id = node.uniqueId()
        self._canvas = canvas(document)
        self._position = _position(node)

    def check(self) -> None:
        """Look the layer up.

        Raises:
            TargetLost: The document was closed or its size changed, or the layer is gone.
        """
        if self.document.rootNode() is None:
            raise TargetLost("The document was closed; its background was not removed.")
        node = self.document.nodeByUniqueID(self._id)
        if node is None:
            raise TargetLost("The layer is gone; nothing was changed.")
        if canvas(self.document) != self._canvas:
            raise TargetLost("The picture's size was changed meanwhile; no mask was added.")
        self.node = node

    def elsewhere(self) -> Optional[Any]:
        """The layer or mask that the user has gone on to meanwhile, if any."""
        active = self.document.activeNode()
        return None if active is None or active.uniqueId() == self._chosen else active

    def followed(self, rect: Rect) -> Rect:
        """Where something on the layer lies now that the layer may have been moved."""
        x, y = _position(self.node)
        return rect.moved(x - self._position[0], y - self._position[1])


def _position(node: Any) -> Tuple[int, int]:
    point = node.position()
    return point.x(), point.y()
