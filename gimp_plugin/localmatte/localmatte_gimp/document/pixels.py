"""The layouts in which pixels and masks travel, and their way out of and into GIMP."""

from __future__ import annotations

import struct
from typing import Iterator, NamedTuple, Tuple

import gi

gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp  # noqa: E402

STRIP_ROWS = 256
"""As fast as reading a layer at once, with a small part of the memory."""


class Depth(NamedTuple):
    """How the matte for images of one precision travels.

    Attributes:
        layout: The wire's name for its layout.
        format: Babl's name for it. Masks are linear in GIMP: "Y'" would bend them.
        white: A pixel that is wholly shown.
    """

    layout: str
    format: str
    white: bytes


EIGHT_BITS = Depth("y8", "Y u8", b"\xff")
SIXTEEN_BITS = Depth("y16", "Y u16", b"\xff\xff")
DEEPER = Depth("yf", "Y float", struct.pack("f", 1))

DEPTHS = {
    Gimp.Precision.U8_LINEAR: EIGHT_BITS,
    Gimp.Precision.U8_NON_LINEAR: EIGHT_BITS,
    Gimp.Precision.U8_PERCEPTUAL: EIGHT_BITS,
    Gimp.Precision.U16_LINEAR: SIXTEEN_BITS,
    Gimp.Precision.U16_NON_LINEAR: SIXTEEN_BITS,
    Gimp.Precision.U16_PERCEPTUAL: SIXTEEN_BITS,
}

PLAIN = (Gimp.Precision.U8_NON_LINEAR, Gimp.Precision.U8_PERCEPTUAL)
"""Precisions in which a pixel is as it travels."""

# By (is gray, has alpha). The networks see eight bits of sRGB, whatever the precision.
# Asking a layer without alpha for one costs seconds in babl.
LAYOUTS = {
    (False, False): ("rgb8", "R'G'B' u8"),
    (False, True): ("rgba8", "R'G'B'A u8"),
    (True, False): ("y8", "Y' u8"),
    (True, True): ("ya8", "Y'A u8"),
}


def depth(image: Gimp.Image) -> Depth:
    """How mattes for this image travel."""
    return DEPTHS.get(image.get_precision(), DEEPER)


def exact_format(layer: Gimp.Layer) -> Tuple[str, int]:
    """Babl's name for a format that holds the layer's pixels as they are, and a sample's bytes."""
    _layout, babl_format = LAYOUTS[bool(layer.is_gray()), bool(layer.has_alpha())]
    if layer.get_image().get_precision() in PLAIN:
        return babl_format, 1
    return babl_format.replace("u8", "float"), 4


def values_format(channel: Gimp.Channel) -> str:
    """Babl's name for the format in which a channel's values are what GIMP itself goes by.

    The quick mask leaves a selection whose values pass for bent by a gamma curve, and are not.

    Args:
        channel: A channel, or the selection.
    """
    bent = Babl.format_get_encoding(channel.get_format()).startswith("Y'")
    return "Y' u8" if bent else EIGHT_BITS.format


def strips(drawable: Gimp.Drawable, babl_format: str) -> Iterator[bytes]:
    """Read a drawable's pixels in strips of whole rows.

    Args:
        drawable: A layer, or a mask.
        babl_format: Babl's name for the format that the pixels are converted to, e.g. "Y u8".

    Yields:
        Up to STRIP_ROWS rows from the top to the bottom, unpadded, over the drawable's whole width.
    """
    width, height = drawable.get_width(), drawable.get_height()
    buffer = drawable.get_buffer()
    for top in range(0, height, STRIP_ROWS):
        area = Gegl.Rectangle.new(0, top, width, min(STRIP_ROWS, height - top))
        yield buffer.get(area, 1.0, babl_format, Gegl.AbyssPolicy.NONE)


def write(target: Gimp.Layer, babl_format: str, source: Gimp.Layer) -> None:
    """Copy a layer's pixels to another one of its size.

    Args:
        target: The layer that is overwritten, without an undo step.
        babl_format: Babl's name for the format in which they pass; exact_format() loses nothing.
        source: The layer that is read.
    """
    width, top = target.get_width(), 0
    buffer = target.get_buffer()
    for strip in strips(source, babl_format):
        rows = min(STRIP_ROWS, target.get_height() - top)
        buffer.set(Gegl.Rectangle.new(0, top, width, rows), babl_format, strip)
        top += rows
    buffer.flush()
