"""The masks as localmatte made them, kept in their documents: what was painted since differs."""

from __future__ import annotations

import re
from typing import NamedTuple, Optional

from ..bridge import kept_mask
from .document import Document
from .layer import Layer, Mask
from .plane import NOTHING, Plane, Rect

PREFIX = "krita_attribute:localmatte-mask "
"""What they are called in a document, before the masks' ids: Krita's exports of other formats
write annotations into the picture, but for those whose names begin with its word for attributes."""

PLACES = re.compile(rb"((?:-?\d{1,9} ){8})\n")
"""Where the mask, and where the layer was: two rectangles."""

GONE = 4
"""So many masks that are gone are still known, since undo may bring them back."""


class Before(NamedTuple):
    """What a mask was when localmatte made it.

    Attributes:
        shown: What it showed; None where the layer was resized or rotated since.
        levels: How many values that is kept in.
    """

    shown: Optional[Plane]
    levels: int


def keep(document: Document, mask: Mask, layer: Layer, shown: Plane) -> None:
    """Keep with a document what a mask of it shows now.

    Args:
        document: The document.
        mask: The mask, which Krita may not have registered yet.
        layer: The layer that it is on.
        shown: What it shows.
    """
    packed = kept_mask.pack(bytes(shown.pixels), shown.rect.width, shown.rect.height)
    if not packed:
        return
    places = (*shown.rect, *layer.position, *layer.bounds[2:])
    name = PREFIX + mask.id.toString()
    document.annotate(name, "".join(f"{number} " for number in places).encode() + b"\n" + packed)
    gone = [
        other
        for other in document.annotations(PREFIX)
        if other != name and document.find_in_words(other[len(PREFIX) :]) is None
    ]
    for other in gone[:-GONE]:
        document.forget(other)


def before(document: Document, mask: Mask, layer: Layer, rect: Rect) -> Optional[Before]:
    """What a mask showed when localmatte made it.

    Args:
        document: The document.
        mask: The mask.
        layer: The layer that it is on.
        rect: Where.

    Returns:
        It; None where localmatte did not make it.
    """
    held = document.annotation(PREFIX + mask.id.toString())
    found = PLACES.match(held)
    if found is None:
        return None
    left, top, width, height, x, y, *size = map(int, found.group(1).split())
    then = kept_mask.unpack(held[found.end() :], width, height)
    if then is None:
        return None
    if tuple(size) != layer.bounds[2:]:
        return Before(None, then.levels)
    to_x, to_y = layer.position
    there = Plane(Rect(left + to_x - x, top + to_y - y, width, height), then.mask)
    return Before(there.clipped(rect).spread(rect, NOTHING), then.levels)
