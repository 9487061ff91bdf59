"""A new layer above another one that shows only the subject, put there in one undo step.

Clean colours are how its soft edges look without the background that shines through them.
"""

from __future__ import annotations

from typing import Any, Generator, Iterator, Tuple

from ..words import _
from . import mask
from .document import Document
from .layer import ColourSpace, Layer, Mask
from .pixels import SRGB, converted, read_unconverted, shows_its_own
from .plane import Plane, Rect

BAND_PIXELS = 2_000_000
"""About so many pixels get their colours before Krita's main loop turns again."""

STRIP_PIXELS = 1 << 20
"""So many pixels are turned at once, so that other threads get their turn between strips."""

SAMPLE_BYTES = {"U8": 1, "U16": 2, "F16": 2, "F32": 4}
"""The bytes of a channel in Krita's depths; the last channel is always the alpha."""

IS_SOFT = b"\0" + b"\1" * 254 + b"\0"
"""Of each byte of a matte whether it is neither wholly transparent nor wholly opaque."""

IS_HIDDEN = b"\1" + b"\0" * 255
"""Of each byte of a mask whether it hides its pixel."""


def with_mask(document: Document, layer: Layer, shown: Plane) -> Mask:
    """Add a copy of a layer with a mask.

    Args:
        document: The layer's document.
        layer: The layer.
        shown: Opaque where the copy is to be seen.

    Returns:
        The mask.

    Raises:
        RuntimeError: Krita refuses the layer.
    """
    with document.aside() as other:
        return _added(document, layer, other, layer.duplicate(), shown)


def with_clean_colours(
    document: Document, layer: Layer, shown: Plane, found: Plane, colours: bytes
) -> Generator[None, None, Mask]:
    """Add a layer with a mask, and with clean colours at its soft edges.

    It pauses now and then for Krita's main loop; the document changes in the last step.

    A paint layer is copied with its colour space; what another layer, or one with effects,
    shows becomes a paint layer in the document's.

    Args:
        document: The layer's document.
        layer: The layer.
        shown: Opaque where the new layer is to be seen.
        found: The matte as the engine found it.
        colours: The clean colours over the same place, four bytes a pixel, BGRA in sRGB.

    Returns:
        The mask.

    Raises:
        RuntimeError: Krita refuses the layer.
    """
    rect, matte = found
    pixels = read_unconverted(document, layer, rect)
    yield
    with document.aside() as other:
        if shows_its_own(layer):
            copy = layer.duplicate()
        else:
            copy = other.new_paint_layer()
            pixels = converted(pixels, rect, layer.space, copy.space)
        clean = converted(colours, rect, SRGB, copy.space)
        planes = bytes(pixels), bytes(clean), matte, bytes(shown.clipped(rect).pixels)
        rows = max(1, BAND_PIXELS // rect.width)
        for top in range(0, rect.height, rows):
            yield
            band = Rect(rect.x, rect.y + top, rect.width, min(rows, rect.height - top))
            own, new, soft, mask_part = (
                _lines(plane, rect.height, top, band.height) for plane in planes
            )
            copy.write(cleaned(own, new, soft, mask_part, copy.space), band)
        yield
        return _added(document, layer, other, copy, shown)


def bgra(rgb: Any) -> bytes:
    """Colours as Krita keeps them, opaque.

    Args:
        rgb: Three bytes a pixel.

    Returns:
        Four bytes a pixel.
    """
    view = memoryview(rgb)
    strips = []
    for start in range(0, len(view), 3 * STRIP_PIXELS):
        strip = view[start : start + 3 * STRIP_PIXELS]
        turned = bytearray(b"\xff" * (len(strip) // 3 * 4))
        for channel in range(3):
            turned[channel::4] = strip[2 - channel :: 3]
        strips.append(turned)
    return b"".join(strips)


def cleaned(own: Any, clean: Any, matte: Any, shown: Any, space: ColourSpace) -> bytes:
    """A layer's pixels with clean colours at the soft edges, and none where nothing is shown.

    Where the matte is wholly opaque the pixels stay as they are, in all their depth. Where the
    mask hides them, no colour is left that somebody could read back; the alpha stays everywhere.

    Args:
        own: The layer's pixels.
        clean: Clean colours in the same colour space.
        matte: A byte for each pixel.
        shown: What the layer's mask shows, a byte for each pixel.
        space: The colour space.

    Returns:
        The pixels.
    """
    pixel = len(own) // len(matte)
    alpha = range(pixel - SAMPLE_BYTES[space[1]], pixel)
    made = bytearray(own)
    for colours, runs in (
        (clean, _runs(bytes(matte).translate(IS_SOFT))),
        (None, _runs(bytes(shown).translate(IS_HIDDEN))),
    ):
        for first, last in runs:
            start, stop = first * pixel, last * pixel
            made[start:stop] = colours[start:stop] if colours else bytes(stop - start)
            for byte in alpha:
                made[start + byte : stop : pixel] = own[start + byte : stop : pixel]
    return bytes(made)


def _runs(marks: bytes) -> Iterator[Tuple[int, int]]:
    """Where runs of ones begin and end; a regular expression takes ten times as long."""
    end = 0
    while (start := marks.find(1, end)) >= 0:
        end = marks.find(0, start)
        end = end if end >= 0 else len(marks)
        yield start, end


def _lines(plane: bytes, height: int, top: int, count: int) -> memoryview:
    """Some rows of a plane that has `height` of them."""
    row = len(plane) // height
    return memoryview(plane)[top * row : (top + count) * row]


def _added(
    document: Document,
    layer: Layer,
    other: Document,
    copy: Layer,
    shown: Plane,
) -> Mask:
    copy.rename(_("{layer} cut out").format(layer=layer.name))
    copy.unlock()
    other.root.add(copy)
    # A handle goes on to write to the undo history of the document that it was got from.
    copy = other.root.children[-1].layer
    mask.put(other, copy, shown)
    made = copy.duplicate()
    group = layer.parent
    assert group is not None
    group.add(made, layer)
    return mask.existing(made)[0]
