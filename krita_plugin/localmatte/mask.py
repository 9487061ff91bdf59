"""Puts a matte onto a layer as a transparency mask."""

from __future__ import annotations

from typing import Any

from .picture import canvas
from .rect import Rect

NAME = "Remove Background"

OPAQUE = b"\xff"


def add(document: Any, node: Any, matte: Any, rect: Rect) -> Any:
    """Add a transparency mask to a layer, as one step that can be undone.

    Masks that the layer has already stay as they are and go on hiding what they hide: Krita
    lets a plug-in take one away only in a second step, and somebody may have painted on it.

    The matte holds for `rect`. Around it, as far as the layer and the canvas reach, the mask
    hides nothing; Krita itself fills a mask's unwritten part with zeros, which hide all.

    Args:
        document: The layer's document.
        node: The layer.
        matte: One byte a pixel, rows from the top; 255 shows the pixel.
        rect: Where the matte lies in the document.

    Returns:
        The mask, which Krita may register only when its main loop turns again.
    """
    whole = rect.united(canvas(document)).united(Rect.of(node.bounds()))
    mask = document.createTransparencyMask(NAME)
    # Before the mask is in the document: written later, the pixels would not be in its undo.
    mask.setPixelData(_spread(matte, rect, whole), *whole)
    if not node.addChildNode(mask, None):
        raise RuntimeError("Krita did not take the mask")
    return mask


def _spread(matte: Any, rect: Rect, whole: Rect) -> bytes:
    """The matte inside a larger rectangle that is opaque around it."""
    if len(matte) != rect.area:
        raise ValueError(f"a matte of {len(matte)} bytes for {rect.area} pixels")
    if rect == whole:
        return bytes(matte)
    spread = bytearray(OPAQUE * whole.area)
    view = memoryview(matte)
    for row in range(rect.height):
        start = (rect.y - whole.y + row) * whole.width + rect.x - whole.x
        spread[start : start + rect.width] = view[row * rect.width : (row + 1) * rect.width]
    return bytes(spread)
