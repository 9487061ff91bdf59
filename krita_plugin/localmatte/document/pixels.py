"""What a layer shows, as 8-bit sRGB pixels for the engine, and colours on their way back."""

from __future__ import annotations

from typing import Any, Callable, Iterator, NamedTuple, Optional, Tuple

from ..bridge import BridgeError
from ..words import _
from .document import Document, hidden
from .layer import EFFECTS, HIDING, ColourSpace, Layer, Node
from .plane import Rect

LAYOUT = "bgra8"
"""How Krita keeps RGBA with 8 bits a channel in memory."""

SRGB: ColourSpace = ("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc")
SRGB_PROFILES = (SRGB[2], "sRGB built-in")
"""The names that Krita has for sRGB; pixels in another space are converted first."""

OWN_PIXELS = ("paintlayer",)
"""The layers whose own pixels can be read. Masks and effects on them are not in those."""

PROJECTED = ("grouplayer", "vectorlayer", "filelayer", "clonelayer", "filllayer")
"""The layers that only show what they make of others: Krita keeps it for the canvas alone."""

LATE = ("transformmask", "colorizemask")
"""The masks whose effect Krita draws in its own time: two looks at it may differ by themselves."""

LARGEST_PIXELS = 1 << 27
"""The most of a mask, unless the canvas is larger. A mask covers the layer and the canvas; where a
dot far away would make it larger, only the canvas is looked at and masked."""


class Pixels(NamedTuple):
    """A layer's pixels.

    Attributes:
        rect: Where they lie in the document.
        data: Four bytes a pixel in the order of LAYOUT, rows from the top, unpadded.
        unconverted: The same in the layer's own colour space, as Krita keeps them.
    """

    rect: Rect
    data: Any
    unconverted: Any


def read(document: Document, layer: Layer, part: Optional[Rect] = None) -> Pixels:
    """Read what a layer shows, touching neither the layer nor the document.

    A paint layer is read whole, also where it reaches over the canvas; other layers, and those
    with effects, as far as the canvas goes. Transparency masks are left out of account.

    Args:
        document: The layer's document.
        layer: The layer.
        part: Read no more than what lies in it.

    Returns:
        What it shows, in sRGB.

    Raises:
        BridgeError: The layer has no picture of its own, or shows nothing ("picture").
    """
    rect, read_part = _readable(document, layer)
    rect = rect.intersected(part) if part else rect
    if not rect.area:
        if layer.bounds.area and not part:
            raise BridgeError(
                "picture",
                _("This layer is outside the canvas."),
                _("Move it onto the canvas and try again."),
            )
        raise BridgeError(
            "picture",
            _("This layer is empty."),
            _("Select a layer with visible content and try again."),
        )
    unconverted = read_part(rect)
    data = memoryview(converted(unconverted, rect, layer.space, SRGB))
    return Pixels(rect, data, unconverted)


def read_exactly(document: Document, layer: Layer, rect: Rect) -> Pixels:
    """Read what a part of a layer shows, as `read` does; what is not there is transparent.

    Args:
        document: The layer's document.
        layer: The layer.
        rect: The part.

    Returns:
        What it shows, in sRGB.

    Raises:
        BridgeError: The layer has no picture of its own ("picture").
    """
    unconverted = read_unconverted(document, layer, rect)
    data = memoryview(converted(unconverted, rect, layer.space, SRGB))
    return Pixels(rect, data, unconverted)


def region(document: Document, layer: Layer) -> Rect:
    """What of a layer `read` reads.

    Args:
        document: The layer's document.
        layer: The layer.

    Returns:
        A part of the document; its area is 0 where there is nothing to read.

    Raises:
        BridgeError: The layer has no picture of its own ("picture").
    """
    return _readable(document, layer)[0].intersected(layer.bounds)


def read_unconverted(document: Document, layer: Layer, rect: Rect) -> Any:
    """Read what a part of a layer shows in the layer's own colour space, as `read` does.

    Args:
        document: The layer's document.
        layer: The layer.
        rect: Where; of what is not looked at, nothing is seen.

    Returns:
        Rows from the top, unpadded.

    Raises:
        BridgeError: As `read` does.
    """
    return _readable(document, layer)[1](rect)


def is_drawn_late(layer: Layer) -> bool:
    """Whether what is seen of a layer may change a while after somebody changed something.

    Args:
        layer: The layer.

    Returns:
        True where it, or a layer that it is made of, has a mask of those kinds.
    """
    return any(node.kind in LATE for node in _made_of(layer))


def sources(document: Document, layer: Layer) -> Iterator[Any]:
    """What Krita makes the look of a layer of.

    Args:
        document: The layer's document.
        layer: The layer.

    Yields:
        The own pixels of it and of all that is in it and on it, and of what is cloned, but for the
        masks on itself that hide.
    """
    for node in _made_of(layer):
        hides_it = node.kind == HIDING and node.layer == layer
        if not hides_it:
            yield node.pixels(extent(document, node))


def _made_of(layer: Layer) -> Iterator[Node]:
    yield layer
    parts = [layer.source] if layer.source else []
    for node in [*parts, *layer.children]:
        if isinstance(node, Layer):
            yield from _made_of(node)
        else:
            yield node


def shows_its_own(layer: Layer) -> bool:
    """Whether a layer's own pixels are what is seen of it, but for transparency masks.

    Args:
        layer: The layer.

    Returns:
        False for groups and their like, too.
    """
    return layer.kind in OWN_PIXELS and not any(mask.visible for mask in layer.masks(EFFECTS))


def extent(document: Document, layer: Node) -> Rect:
    """How far a layer or a mask reaches, as far as that is looked at.

    Args:
        document: The layer's document.
        layer: The layer or the mask.

    Returns:
        Its bounds, or the part of them on the canvas.
    """
    bounds, canvas = layer.bounds, document.canvas
    near = bounds.united(canvas).area <= most_pixels(document)
    return bounds if near else bounds.intersected(canvas)


def most_pixels(document: Document) -> int:
    """How large a mask may be.

    Args:
        document: The document that it is in.

    Returns:
        In pixels.
    """
    return max(LARGEST_PIXELS, document.canvas.area)


def converted(pixels: Any, rect: Rect, before: ColourSpace, after: ColourSpace) -> Any:
    """Convert pixels from one colour space to another, in a document that nobody sees.

    Converting the user's layer, or a duplicate of it, would reach their undo history.

    Args:
        pixels: As Krita keeps them in memory.
        rect: Of which only the size counts.
        before: Their colour space.
        after: The one that is wanted.

    Returns:
        The pixels, as Krita keeps them in that space.
    """
    if _plain(before) == _plain(after):
        return pixels
    with hidden((rect.width, rect.height), before) as document:
        whole = document.canvas
        layer = document.root.children[0].layer
        layer.write(pixels, whole)
        layer.convert(after)
        return layer.pixels(whole)


def _readable(document: Document, layer: Layer) -> Tuple[Rect, Callable[[Rect], Any]]:
    """How far a layer can be read, and what reads it."""
    if layer.passes_through:
        raise BridgeError(
            "picture",
            _("A group in pass-through mode cannot have a mask."),
            _("Turn off pass-through, or select a layer in the group, and try again."),
        )
    if shows_its_own(layer):
        return extent(document, layer), layer.pixels
    hidden_in_part = any(mask.visible for mask in layer.masks((HIDING,)))
    copied = hidden_in_part or _is_out_of_date(layer)
    if layer.kind in OWN_PIXELS or (layer.kind in PROJECTED and copied):
        return document.canvas, lambda rect: _unmasked(document, layer, rect)
    if layer.kind in PROJECTED:
        return extent(document, layer).intersected(document.canvas), layer.shown
    raise BridgeError(
        "picture",
        _("This layer type has no pixels."),
        _("Select a layer with visible content and try again."),
    )


def _is_out_of_date(layer: Layer) -> bool:
    """Whether what Krita keeps of a layer may be old: it draws no effects while they are hidden."""
    return not layer.is_seen and any(node.kind in EFFECTS for node in _made_of(layer))


def _unmasked(document: Document, layer: Layer, rect: Rect) -> Any:
    """What a layer and its effects show without transparency masks, by a copy of it."""
    with document.aside() as other:
        other.root.add(layer.duplicate())
        # The handle of the copy itself would write to the user's undo history.
        copy = other.root.children[-1].layer
        copy.show()
        for mask in copy.masks((HIDING,)):
            mask.remove()
        other.refresh_now()
        return copy.shown(rect)


def _plain(space: ColourSpace) -> ColourSpace:
    """The same name for sRGB wherever it is meant."""
    return SRGB if space[:2] == SRGB[:2] and space[2] in SRGB_PROFILES else space
