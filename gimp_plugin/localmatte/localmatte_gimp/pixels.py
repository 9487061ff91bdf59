"""Reads a layer's pixels in the layouts that the engine takes."""

from __future__ import annotations

from typing import Iterator, NamedTuple

from gi.repository import Gegl, Gimp

STRIP_ROWS = 256
"""As fast as reading a layer at once, with a small part of the memory."""


class Depth(NamedTuple):
    """How the matte for images of one precision travels.

    Attributes:
        layout: The wire's name for its layout.
        format: Babl's name for it. Masks are linear in GIMP: "Y'" would bend them.
    """

    layout: str
    format: str


EIGHT_BITS = Depth("y8", "Y u8")
SIXTEEN_BITS = Depth("y16", "Y u16")
DEEPER = Depth("yf", "Y float")

DEPTHS = {
    Gimp.Precision.U8_LINEAR: EIGHT_BITS,
    Gimp.Precision.U8_NON_LINEAR: EIGHT_BITS,
    Gimp.Precision.U8_PERCEPTUAL: EIGHT_BITS,
    Gimp.Precision.U16_LINEAR: SIXTEEN_BITS,
    Gimp.Precision.U16_NON_LINEAR: SIXTEEN_BITS,
    Gimp.Precision.U16_PERCEPTUAL: SIXTEEN_BITS,
}

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


class Source(NamedTuple):
    """A layer as a source of pixels: its own, without mask, opacity or filters.

    Attributes:
        layer: The layer.
        width: In pixels; parts beyond the canvas count.
        height: In pixels.
        layout: The wire's name for the layout.
        format: Babl's name for it. Without a colour space of its own it means sRGB, to
            which the layer's colours are converted.
    """

    layer: Gimp.Layer
    width: int
    height: int
    layout: str
    format: str

    def strips(self) -> Iterator[bytes]:
        """The pixels, top to bottom, in strips of whole rows."""
        buffer = self.layer.get_buffer()
        for top in range(0, self.height, STRIP_ROWS):
            rows = min(STRIP_ROWS, self.height - top)
            area = Gegl.Rectangle.new(0, top, self.width, rows)
            yield buffer.get(area, 1.0, self.format, Gegl.AbyssPolicy.NONE)


def source(layer: Gimp.Layer) -> Source:
    """The layer as a source of pixels."""
    layout, babl_format = LAYOUTS[bool(layer.is_gray()), bool(layer.has_alpha())]
    return Source(layer, layer.get_width(), layer.get_height(), layout, babl_format)
