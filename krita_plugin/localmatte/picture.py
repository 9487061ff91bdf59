"""What a layer shows, as 8-bit sRGB pixels for the engine, and colours on their way back."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable, Iterator, NamedTuple, Optional, Sequence, Tuple

from krita import Krita

from .bridge import BridgeError
from .nodes import children
from .rect import Rect
from .words import _

Space = Tuple[str, str, str]
"""A colour space of Krita's: its model, its depth and its profile."""

LAYOUT = "bgra8"
"""How Krita keeps RGBA with 8 bits a channel in memory."""

SRGB: Space = ("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc")
SRGB_PROFILES = (SRGB[2], "sRGB built-in")
"""The names that Krita has for sRGB; pixels in another space are converted first."""

OWN_PIXELS = ("paintlayer",)
"""The layers whose own pixels can be read. Masks and effects on them are not in those."""

PROJECTED = ("grouplayer", "vectorlayer", "filelayer", "clonelayer", "filllayer")
"""The layers that only show what they make of others: Krita keeps it for the canvas alone."""

HIDING = "transparencymask"
EFFECTS = ("filtermask", "transformmask", "colorizemask")
"""The masks that change what is seen of a layer, beside the one that hides."""

LARGEST = 1 << 27
"""Pixels. Of a larger layer only the canvas is looked at and masked, if that is smaller: a dot
far away is enough to make a layer so large, and would cost gigabytes."""


class Picture(NamedTuple):
    """A layer's pixels.

    Attributes:
        rect: Where they lie in the document.
        pixels: Four bytes a pixel in the order of LAYOUT, rows from the top, unpadded.
    """

    rect: Rect
    pixels: Any


def look(document: Any, node: Any, part: Optional[Rect] = None) -> Picture:
    """Read what a layer shows, touching neither the layer nor the document.

    A paint layer is read whole, also where it reaches over the canvas; other layers, and those
    with effects, as far as the canvas goes. Transparency masks are left out of account.

    Args:
        document: The layer's document.
        node: The layer.
        part: Read no more than what lies in it.

    Raises:
        BridgeError: The layer has no picture of its own, or shows nothing ("picture").
    """
    rect, read = _readable(document, node)
    rect = rect.intersected(part) if part else rect
    if not rect.area:
        raise BridgeError(
            "picture",
            _("There is nothing on this layer."),
            _("Choose a layer that shows something, then try again."),
        )
    pixels = converted(read(*rect), rect.width, rect.height, space(node), SRGB)
    return Picture(rect, memoryview(pixels))


def own(document: Any, node: Any, rect: Rect) -> Any:
    """A layer's pixels in its own colour space."""
    return _readable(document, node)[1](*rect)


def owns_its_look(node: Any) -> bool:
    """Whether a layer's own pixels are what is seen of it, but for transparency masks."""
    return node.type() in OWN_PIXELS and not _masks(node, EFFECTS)


def extent(document: Any, node: Any) -> Rect:
    """How far a layer reaches, as far as that is looked at."""
    bounds, whole = Rect.of(node.bounds()), canvas(document)
    return bounds if bounds.area <= max(LARGEST, whole.area) else bounds.intersected(whole)


def canvas(document: Any) -> Rect:
    """The document's visible area."""
    return Rect(0, 0, document.width(), document.height())


def space(node: Any) -> Space:
    """The colour space of a layer, or of a document."""
    return node.colorModel(), node.colorDepth(), node.colorProfile()


@contextmanager
def aside(document: Any) -> Iterator[Any]:
    """A document like the user's that nobody sees: what is done there is no step of theirs."""
    size = document.width(), document.height()
    made = Krita.instance().createDocument(*size, "", *space(document), document.resolution())
    try:
        yield made
    finally:
        made.close()


def converted(pixels: Any, width: int, height: int, before: Space, after: Space) -> Any:
    """Convert pixels from one colour space to another, in a document that nobody sees.

    Converting the user's layer, or a duplicate of it, would reach their undo history.
    """
    if _plain(before) == _plain(after):
        return pixels
    document = Krita.instance().createDocument(width, height, "", *before, 72.0)
    try:
        (layer,) = children(document.rootNode())
        layer.setPixelData(pixels, 0, 0, width, height)
        layer.setColorSpace(*after)
        return layer.pixelData(0, 0, width, height)
    finally:
        document.close()


def _readable(document: Any, node: Any) -> Tuple[Rect, Callable[..., Any]]:
    kind = node.type()
    if kind == "grouplayer" and node.passThroughMode():
        raise BridgeError(
            "picture",
            _("A group in pass-through mode takes no mask."),
            _("Turn that mode off or choose a layer in the group, then try again."),
        )
    if owns_its_look(node):
        return extent(document, node), node.pixelData
    if kind in OWN_PIXELS or (kind in PROJECTED and _masks(node, (HIDING,))):
        return canvas(document), lambda *rect: _unmasked(document, node, rect)
    if kind in PROJECTED:
        return extent(document, node).intersected(canvas(document)), node.projectionPixelData
    raise BridgeError(
        "picture",
        _("This kind of layer has no picture of its own."),
        _("Choose a layer that shows something, then try again."),
    )


def _masks(node: Any, kinds: Sequence[str]) -> bool:
    """Whether a mask of one of these kinds is at work on a layer."""
    return any(mask.visible() and mask.type() in kinds for mask in children(node))


def _unmasked(document: Any, node: Any, rect: Sequence[int]) -> Any:
    """What a layer and its effects show without transparency masks, by a copy of it."""
    with aside(document) as other:
        other.rootNode().addChildNode(node.duplicate(), None)
        # The handle of the copy itself would write to the user's undo history.
        copy = children(other.rootNode())[-1]
        for mask in children(copy):
            if mask.type() == HIDING:
                mask.remove()
        other.refreshProjection()
        other.waitForDone()
        return copy.projectionPixelData(*rect)


def _plain(found: Space) -> Space:
    """The same name for sRGB wherever it is meant."""
    return SRGB if found[:2] == SRGB[:2] and found[2] in SRGB_PROFILES else found
