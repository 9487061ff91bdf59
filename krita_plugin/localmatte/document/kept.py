"""The masks as localmatte made them, kept in their documents; what was painted since differs."""

from __future__ import annotations

import re
import zlib
from typing import Any, NamedTuple, Optional, Tuple

from ..bridge import BridgeError, KeptMask, Opened, Origin, history, kept_mask
from ..words import _
from . import mask as masks
from .document import Document
from .layer import Layer, Mask
from .pixels import is_drawn_late, read_unconverted
from .plane import NOTHING, Plane, Rect

PREFIX = "krita_attribute:localmatte-mask "
"""What they are called in a document, before the masks' ids: Krita's exports of other formats
write annotations into the picture, but for those whose names begin with its word for attributes."""

ORIGIN = "krita_attribute:localmatte-matte "
"""What that is called of which they were made, before the masks' ids."""

PLACES = re.compile(rb"((?:-?\d{1,9} ){12})((?:[0-9a-f]{8})*)\n")
"""Where the mask was, and what of the layer was looked at; the layer's position, and the size of
its bounds. Then the sums of what was looked at."""

ORIGIN_PLACES = re.compile(rb"((?:-?\d{1,9} ){6})\n")
"""What of the layer was looked at, and the layer's position."""

BANDS = 64
"""So many sums, each of some rows, tell whether a layer is what it was."""

GONE = 4
"""So many masks that are gone are still known, since undo may bring them back."""


class Made(NamedTuple):
    """What a mask was made of.

    Attributes:
        rect: What of the layer was looked at.
        sums: Those of its pixels then, as `sums_of` returns them; none where they are drawn late.
        origin_rect: What of the layer `origin` is of.
        origin: What was found there, where that is known.
    """

    rect: Rect
    sums: Tuple[int, ...]
    origin_rect: Rect
    origin: Optional[Origin]


class Before(NamedTuple):
    """What a mask was when localmatte made it.

    Attributes:
        shown: What it showed; None where the layer was resized or rotated since.
        levels: How many values that is kept in.
    """

    shown: Optional[Plane]
    levels: int


class Found(NamedTuple):
    """What was found on a layer when its mask was made.

    Attributes:
        rect: Where that is now.
        opened: What was found, and what of the mask stays.
    """

    rect: Rect
    opened: Opened


def sums_of(pixels: Any, rows: int) -> Tuple[int, ...]:
    """Sums of pixels, each of some rows.

    Args:
        pixels: Row by row.
        rows: How many rows they have.

    Returns:
        At most BANDS sums; none where there are no rows.
    """
    view = memoryview(pixels)
    if not rows or not view.nbytes:
        return ()
    step = -(-rows // BANDS) * (view.nbytes // rows)
    return tuple(zlib.crc32(view[start : start + step]) for start in range(0, view.nbytes, step))


def keep(document: Document, mask: Mask, layer: Layer, shown: Plane, made: Made) -> None:
    """Keep with a document what a mask of it shows now.

    Args:
        document: The document.
        mask: The mask, which Krita may not have registered yet.
        layer: The layer that it is on.
        shown: What it shows.
        made: What it was made of.
    """
    record = history.pack(made.origin) if made.origin else b""
    size = shown.rect.width, shown.rect.height
    packed = kept_mask.pack(bytes(shown.pixels), *size, beside=len(record))
    if not packed:
        return
    unique = mask.id.toString()
    if record:
        places = _numbers(*made.origin_rect, *layer.position)
        document.annotate(ORIGIN + unique, places + b"\n" + record)
    places = _numbers(*shown.rect, *made.rect, *layer.position, *layer.bounds[2:])
    sums = "".join(f"{number:08x}" for number in made.sums).encode()
    document.annotate(PREFIX + unique, places + sums + b"\n" + packed)
    gone = [
        other[len(PREFIX) :]
        for other in document.annotations(PREFIX)
        if other != PREFIX + unique and document.find_in_words(other[len(PREFIX) :]) is None
    ]
    for other in gone[:-GONE]:
        for prefix in (PREFIX, ORIGIN):
            document.forget(prefix + other)


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
    numbers = list(map(int, found.group(1).split()))
    place, seen = Rect(*numbers[:4]), Rect(*numbers[4:8])
    position, size = (numbers[8], numbers[9]), (numbers[10], numbers[11])
    then = kept_mask.unpack(held[found.end() :], place.width, place.height)
    if then is None:
        return None
    if size != layer.bounds[2:]:
        words = found.group(2).decode()
        sums = tuple(int(words[start : start + 8], 16) for start in range(0, len(words), 8))
        if not _looks(document, layer, _followed(layer, seen, position), sums):
            return Before(None, then.levels)
    there = Plane(_followed(layer, place, position), then.mask)
    return Before(there.clipped(rect).spread(rect, NOTHING), then.levels)


def found(document: Document, layer: Layer) -> Found:
    """What was found on a layer when its mask was made.

    Args:
        document: The document.
        layer: The layer.

    Returns:
        It, and what of the mask stays when it is made of that again.

    Raises:
        BridgeError: The layer has no mask, that is not known, or the layer was resized or rotated
            since ("layer").
    """
    former = masks.existing(layer)
    if not former:
        raise missing(layer)
    place, origin = _origin(document, former[0], layer) if len(former) == 1 else _UNKNOWN
    then, now = None, b""
    if origin:
        then = before(document, former[0], layer, place)
        now = bytes(masks.shown_by_existing(layer, place).pixels)
    size = place.width, place.height
    return Found(place, history.opened(layer.name, origin, _kept(then), now, size))


def followed(document: Document, layer: Layer, shown: Plane) -> Tuple[Rect, Optional[Origin]]:
    """What a mask is made of that takes the place of the one that a layer has.

    Args:
        document: The document.
        layer: The layer.
        shown: What the new one shows.

    Returns:
        What of the layer that is of, and what it is; None where that is not known.
    """
    former = masks.existing(layer)
    if len(former) != 1:
        return _UNKNOWN
    place, origin = _origin(document, former[0], layer)
    if origin is None:
        return _UNKNOWN
    then = before(document, former[0], layer, place)
    now = bytes(shown.clipped(place).spread(place, NOTHING).pixels)
    return place, history.followed(origin, _kept(then), now)


def missing(layer: Layer) -> BridgeError:
    """What is wrong where a layer has no mask of localmatte's ("layer").

    Args:
        layer: The layer.
    """
    return BridgeError(
        "layer",
        _("“{layer}” has no mask named “{mask}”.").format(layer=layer.name, mask=_(masks.NAME)),
        _("Remove the background first, or give your mask that name."),
    )


_UNKNOWN: Tuple[Rect, Optional[Origin]] = (Rect(0, 0, 0, 0), None)


def _kept(then: Optional[Before]) -> Optional[KeptMask]:
    if then is None:
        return None
    return KeptMask(bytes(then.shown.pixels) if then.shown else b"", then.levels)


def _origin(document: Document, mask: Mask, layer: Layer) -> Tuple[Rect, Optional[Origin]]:
    """What a mask was made of, and what of the layer that is of."""
    held = document.annotation(ORIGIN + mask.id.toString())
    places = ORIGIN_PLACES.match(held)
    if places is None:
        return _UNKNOWN
    numbers = list(map(int, places.group(1).split()))
    place = _followed(layer, Rect(*numbers[:4]), (numbers[4], numbers[5]))
    return place, history.unpack(held[places.end() :], place.width, place.height)


def _looks(document: Document, layer: Layer, rect: Rect, sums: Tuple[int, ...]) -> bool:
    """Whether most of a layer is what it was: one that grew, or lost some, was not resized."""
    if not sums or is_drawn_late(layer) or not rect.area:
        return False
    now = sums_of(read_unconverted(document, layer, rect), rect.height)
    pairs = zip(now, sums)  # noqa: B905  # Python 3.8
    return len(now) == len(sums) and 2 * sum(new == old for new, old in pairs) >= len(sums)


def _followed(layer: Layer, rect: Rect, position: Tuple[int, int]) -> Rect:
    """Where something lies on a layer that may have been moved since it was at a position."""
    x, y = layer.position
    return rect.moved(x - position[0], y - position[1])


def _numbers(*numbers: int) -> bytes:
    return "".join(f"{number} " for number in numbers).encode()
