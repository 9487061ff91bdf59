"""The layers that a request is about, found again after time has passed."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence, Tuple

from krita import Krita

from .bridge import BridgeError
from .nodes import owned
from .picture import canvas
from .rect import Rect
from .words import _

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
        node = layer_of(node)
        self.document = document
        self.node = node
        self._id = node.uniqueId()
        self._canvas = canvas(document)
        self._position = _position(node)

    @classmethod
    def of(cls, document: Any, nodes: Sequence[Any]) -> List[Target]:
        """The layers of several nodes, each once."""
        layers: Dict[Any, Any] = {}
        for node in map(layer_of, nodes):
            layers.setdefault(node.uniqueId(), node)
        return [cls(document, layer) for layer in layers.values()]

    def check(self) -> None:
        """Look the layer up.

        Raises:
            TargetLost: The document was closed or its size changed, or the layer is gone.
        """
        if self.document.rootNode() is None:
            raise TargetLost(_("The document was closed; its background was not removed."))
        node = self.document.nodeByUniqueID(self._id)
        if node is None:
            raise TargetLost(_("The layer is gone; nothing was changed."))
        if canvas(self.document) != self._canvas:
            raise TargetLost(_("The picture's size was changed meanwhile; no mask was added."))
        self.node = node

    def refresh(self) -> None:
        """Count moves of the layer from now on."""
        self._position = _position(self.node)

    def check_lock(self) -> None:
        """See whether the layer may be given a mask; Krita itself refuses that of a locked one.

        Raises:
            BridgeError: It is locked, or a group that it is in ("locked").
        """
        node = self.node
        while node is not None:
            if node.locked():
                raise BridgeError(
                    "locked",
                    _("The layer “{layer}” is locked.").format(layer=node.name()),
                    _("Unlock it, or choose to make a new layer, then try again."),
                )
            node = node.parentNode()

    def followed(self, rect: Rect) -> Rect:
        """Where something on the layer lies now that the layer may have been moved."""
        x, y = _position(self.node)
        return rect.moved(x - self._position[0], y - self._position[1])


def chosen_nodes(document: Any) -> List[Any]:
    """The nodes that are selected in the list of layers, the active one first."""
    active = document.activeNode()
    if active is None:
        return []
    window = Krita.instance().activeWindow()
    view = window.activeView() if window else None
    if view is None or view.document() != document:
        return [active]
    return [active, *(node for node in owned(view.selectedNodes()) if node != active)]


def layer_of(node: Any) -> Any:
    """The layer that a node is, or that it is a mask of."""
    while node.type() in MASKS:
        node = node.parentNode()
    return node


def _position(node: Any) -> Tuple[int, int]:
    point = node.position()
    return point.x(), point.y()
