"""Krita's layers and masks with types; their handles stay in this room.

A handle outlives what it stands for and then does nothing, so whoever waits looks a node up again
by its id.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Collection, List, Optional, Sequence, Tuple, Union, cast

from ..qt import QtCore, sip
from .plane import Rect

if TYPE_CHECKING:
    from krita import CloneLayer, GroupLayer
    from krita import Document as DocumentHandle
    from krita import Node as Handle

ColourSpace = Tuple[str, str, str]
"""A colour space of Krita's: its model, its depth and its profile."""

HIDING = "transparencymask"
EFFECTS = ("filtermask", "transformmask", "colorizemask")
"""The masks that change what is seen of a layer, beside the one that hides."""

MASKS = (HIDING, *EFFECTS, "selectionmask")


class Node(ABC):
    """A layer or a mask.

    Args:
        handle: Krita's own.
    """

    def __init__(self, handle: Handle) -> None:
        self.handle = handle

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and bool(self.handle == other.handle)

    __hash__ = None  # type: ignore[assignment]

    @property
    def id(self) -> Any:
        """What the document finds it by: a QUuid."""
        return self.handle.uniqueId()

    @property
    def kind(self) -> str:
        """Krita's word for it, "paintlayer" or "transparencymask" say."""
        return str(self.handle.type())

    @property
    def name(self) -> str:
        """Its name in the list of layers."""
        return str(self.handle.name())

    @property
    @abstractmethod
    def layer(self) -> Layer:
        """The layer that it is, or that it is a mask on."""

    @property
    def visible(self) -> bool:
        """Whether its own eye is open."""
        return bool(self.handle.visible())

    @property
    def locked(self) -> bool:
        """Whether it itself is locked."""
        return bool(self.handle.locked())

    @property
    def parent(self) -> Optional[Layer]:
        """The group or the layer that it is in; None for the root, or where it is gone."""
        handle = self.handle.parentNode()
        return Layer(handle) if handle else None

    @property
    def bounds(self) -> Rect:
        """How far its pixels reach; its area is 0 where it has none."""
        return Rect.of(self.handle.bounds())

    def pixels(self, rect: Rect) -> Any:
        """Read its own pixels.

        Args:
            rect: Where.

        Returns:
            Rows from the top, unpadded, as Krita keeps them: a layer's in its colour space, of a
            mask one byte a pixel.
        """
        return self.handle.pixelData(*rect)

    def write(self, pixels: Any, rect: Rect) -> None:
        """Write its own pixels, as `pixels` gives them.

        Args:
            pixels: As `pixels` gives them.
            rect: Where.
        """
        taken = pixels if isinstance(pixels, QtCore.QByteArray) else bytes(pixels)
        self.handle.setPixelData(taken, *rect)

    def show(self) -> None:
        """Open its own eye."""
        self.handle.setVisible(True)

    def unlock(self) -> None:
        """Let it be changed."""
        self.handle.setLocked(False)

    def rename(self, name: str) -> None:
        """Give it another name.

        Args:
            name: The name.
        """
        self.handle.setName(name)

    def remove(self) -> None:
        """Take it out of its document."""
        self.handle.remove()


class Mask(Node):
    """A mask on a layer, or on the whole document, whose root is its layer then."""

    @property
    def layer(self) -> Layer:
        """The layer that it is on."""
        node: Node = self
        while isinstance(node, Mask):
            parent = node.handle.parentNode()
            assert parent is not None
            node = node_of(parent)
        assert isinstance(node, Layer)
        return node


class Layer(Node):
    """A layer, or a group of layers."""

    @property
    def layer(self) -> Layer:
        """The layer itself, as a mask names its own."""
        return self

    @property
    def is_root(self) -> bool:
        """Whether it is the group that all layers of a document are in, which nobody sees."""
        return self.parent is None

    @property
    def position(self) -> Tuple[int, int]:
        """How far it was moved, right and down."""
        point = self.handle.position()
        return point.x(), point.y()

    @property
    def space(self) -> ColourSpace:
        """Its colour space."""
        return space(self.handle)

    def convert(self, colour_space: ColourSpace) -> None:
        """Convert its pixels, as a step of its document's.

        Args:
            colour_space: The one that is wanted.
        """
        self.handle.setColorSpace(*colour_space)

    @property
    def animated(self) -> bool:
        """Whether it has frames."""
        return bool(self.handle.animated())

    @property
    def is_seen(self) -> bool:
        """Whether its eye is open, and those of all groups that it is in."""
        parent = self.parent
        return self.visible and (parent is None or parent.is_seen)

    @property
    def source(self) -> Optional[Node]:
        """What it is a clone of; None where it is no clone."""
        if self.kind != "clonelayer":
            return None
        source = cast("CloneLayer", self.handle).sourceNode()
        return node_of(source) if source else None

    @property
    def passes_through(self) -> bool:
        """Whether it is a group in pass-through mode, on which Krita ignores masks."""
        return self.kind == "grouplayer" and cast("GroupLayer", self.handle).passThroughMode()

    @property
    def children(self) -> List[Node]:
        """The layers in it and the masks on it, the lowest first."""
        return nodes(self.handle.childNodes())

    def masks(self, kinds: Collection[str] = MASKS) -> List[Mask]:
        """The masks of some kinds on it, the lowest first.

        Args:
            kinds: Krita's words for them.

        Returns:
            The masks.
        """
        children = self.children
        return [node for node in children if isinstance(node, Mask) and node.kind in kinds]

    def shown(self, rect: Rect) -> Any:
        """What is seen of it with its masks, without its opacity, in its colour space.

        Args:
            rect: Where; outside of the canvas Krita keeps nothing of groups and their like.

        Returns:
            Rows from the top, unpadded, in its colour space.
        """
        return self.handle.projectionPixelData(*rect)

    def thumbnail(self, width: int, height: int) -> Any:
        """A QImage of what is seen of it, in sRGB.

        Args:
            width: In pixels.
            height: In pixels.

        Returns:
            The QImage, of exactly that size.
        """
        return self.handle.thumbnail(width, height)

    def duplicate(self) -> Layer:
        """A copy with all that is in it and on it, which is in no document yet."""
        return Layer(self.handle.duplicate())

    def add(self, node: Node, above: Optional[Node] = None) -> None:
        """Put a new node into it or onto it.

        Args:
            node: The node.
            above: The child that it comes above; None for the top.

        Raises:
            RuntimeError: Krita refuses it.
        """
        if not self.handle.addChildNode(node.handle, above.handle if above else None):
            raise RuntimeError(f"Krita did not add the {node.kind}")


def node_of(handle: Handle) -> Node:
    """The layer or the mask of a handle.

    Args:
        handle: Krita's own.

    Returns:
        It with its type.
    """
    return Mask(handle) if handle.type() in MASKS else Layer(handle)


def nodes(handles: Sequence[Handle]) -> List[Node]:
    """The nodes of a list of Krita's, whose handles end when Python is done with them.

    Krita hands a single handle over to Python; one in a list only from 5.3 on. Krita 5.2 keeps
    that handle for good, and with it the layer's pixels, even when its document is closed.

    Args:
        handles: Krita's own.

    Returns:
        Them with their types, in the same order.
    """
    for handle in handles:
        sip.transferback(handle)
    return [node_of(handle) for handle in handles]


def space(handle: Union[Handle, DocumentHandle]) -> ColourSpace:
    """The colour space of a layer's, or of a document's, handle.

    Args:
        handle: Krita's own.

    Returns:
        Its model, its depth and its profile.
    """
    return handle.colorModel(), handle.colorDepth(), handle.colorProfile()
