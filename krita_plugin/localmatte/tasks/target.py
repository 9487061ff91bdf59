"""The layers that a request is about, found again after time has passed."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence

from ..bridge import BridgeError
from ..document import mask
from ..document.document import Document
from ..document.layer import Layer, Node
from ..document.plane import Rect
from ..words import _


class TargetLost(Exception):
    """The layer cannot take the mask any more.

    Args:
        message: One sentence that says why.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Target:
    """A layer of a document, which `check` finds again.

    Args:
        document: An open document.
        layer: Its layer.
    """

    def __init__(self, document: Document, layer: Layer) -> None:
        self.document = document
        self.layer = layer
        self._id = layer.id
        self._canvas = document.canvas
        self._position = layer.position

    @classmethod
    def of(cls, document: Document, nodes: Sequence[Node]) -> List[Target]:
        """The layers of several nodes, each once.

        Args:
            document: An open document.
            nodes: Layers, and masks, whose layers are meant.

        Returns:
            One for each layer, in the order of the nodes.

        Raises:
            BridgeError: A mask is the whole document's ("picture").
        """
        layers: Dict[Any, Layer] = {}
        for node in nodes:
            layer = layer_of(node)
            layers.setdefault(layer.id, layer)
        return [cls(document, layer) for layer in layers.values()]

    def check(self) -> None:
        """Look the layer up.

        Raises:
            TargetLost: The document was closed or its size changed, or the layer is gone.
        """
        if not self.document.is_open:
            raise TargetLost(_("The document was closed before the background was removed."))
        node = self.document.find(self._id)
        if node is None:
            raise TargetLost(_("The layer no longer exists. Nothing was changed."))
        if self.document.canvas != self._canvas:
            raise TargetLost(_("The image was resized in the meantime. No mask was added."))
        self.layer = node.layer

    def refresh(self) -> None:
        """Count moves of the layer from now on."""
        self._position = self.layer.position

    def check_lock(self) -> None:
        """See whether the layer may be given a mask, as Krita itself does.

        Raises:
            BridgeError: It is locked, a group that it is in, or its existing mask ("locked").
        """
        layer: Optional[Layer] = self.layer
        while layer is not None:
            if layer.locked:
                raise _locked(_("The layer “{layer}” is locked.").format(layer=layer.name))
            layer = layer.parent
        for old in mask.existing(self.layer):
            if old.locked:
                sentence = _("The mask “{mask}” on the layer “{layer}” is locked.")
                raise _locked(sentence.format(mask=old.name, layer=self.layer.name))

    def followed(self, rect: Rect) -> Rect:
        """Where something on the layer lies now that the layer may have been moved.

        Args:
            rect: Where it lay when the layer was read.

        Returns:
            Where it lies now.
        """
        x, y = self.layer.position
        return rect.moved(x - self._position[0], y - self._position[1])


def layer_of(node: Node) -> Layer:
    """The layer that a node is, or that it is a mask on.

    Args:
        node: The node.

    Returns:
        The layer.

    Raises:
        BridgeError: It is a mask on the whole document ("picture").
    """
    layer = node.layer
    if layer.is_root:
        raise BridgeError(
            "picture",
            _("“{mask}” belongs to the whole image, not to a layer.").format(mask=node.name),
            _("Select a layer and try again."),
        )
    return layer


def _locked(sentence: str) -> BridgeError:
    hint = _("Unlock it, or set Output to a new layer, and try again.")
    return BridgeError("locked", sentence, hint)
