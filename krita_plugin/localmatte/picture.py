"""What a layer shows, as 8-bit sRGB pixels for the engine."""

from __future__ import annotations

from typing import Any, NamedTuple

from krita import Krita

from .bridge import BridgeError
from .rect import Rect

LAYOUT = "bgra8"
"""How Krita keeps RGBA with 8 bits a channel in memory."""

MODEL, DEPTH, PROFILE = "RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc"
SRGB_PROFILES = (PROFILE, "sRGB built-in")
"""The names that Krita has for sRGB; pixels in another space are converted first."""

OWN_PIXELS = ("paintlayer",)
"""The layers whose own pixels can be read. Masks and effects on them are not in those."""

PROJECTED = ("grouplayer", "vectorlayer", "filelayer", "clonelayer", "filllayer")
"""The layers that only show what they make of others: Krita keeps it for the canvas alone."""


class Picture(NamedTuple):
    """A layer's pixels.

    Attributes:
        rect: Where they lie in the document.
        pixels: Four bytes a pixel in the order of LAYOUT, rows from the top, unpadded.
    """

    rect: Rect
    pixels: Any


def look(document: Any, node: Any) -> Picture:
    """Read what a layer shows, touching neither the layer nor the document.

    A paint layer is read whole, also where it reaches over the canvas; other layers as far
    as the canvas goes.

    Raises:
        BridgeError: The layer has no picture of its own, or shows nothing ("picture").
    """
    bounds = Rect.of(node.bounds())
    kind = node.type()
    if kind in OWN_PIXELS:
        rect, read = bounds, node.pixelData
    elif kind in PROJECTED:
        rect, read = bounds.intersected(canvas(document)), node.projectionPixelData
    else:
        raise BridgeError(
            "picture",
            "This kind of layer has no picture of its own.",
            "Choose a layer that shows something, then try again.",
        )
    if not rect.area:
        raise BridgeError(
            "picture",
            "There is nothing on this layer.",
            "Choose a layer that shows something, then try again.",
        )
    pixels = read(*rect)
    space = node.colorModel(), node.colorDepth(), node.colorProfile()
    if space[:2] == (MODEL, DEPTH) and space[2] in SRGB_PROFILES:
        return Picture(rect, memoryview(pixels))
    return Picture(rect, memoryview(_as_srgb(pixels, rect.width, rect.height, space)))


def canvas(document: Any) -> Rect:
    """The document's visible area."""
    return Rect(0, 0, document.width(), document.height())


def _as_srgb(pixels: Any, width: int, height: int, space: Any) -> Any:
    """Convert pixels in a document that nobody sees.

    Converting the user's layer, or a duplicate of it, would reach their undo history.
    """
    document = Krita.instance().createDocument(width, height, "", *space, 72.0)
    try:
        layer = document.topLevelNodes()[0]
        layer.setPixelData(pixels, 0, 0, width, height)
        layer.setColorSpace(MODEL, DEPTH, PROFILE)
        return layer.pixelData(0, 0, width, height)
    finally:
        document.close()
