"""Reads a layer's pixels in the layouts that the engine takes."""

from __future__ import annotations

from typing import Iterator, NamedTuple

from gi.repository import Gegl, Gimp

STRIP_ROWS = 256
"""As fast as reading a layer at once, with a small part of the memory."""


class Depth(NamedTuple):
    """How the pixels of images of one precision travel.

    Attributes:
        pixels: The suffix of the layout that a layer is read in.
        component: Babl's name for that.
        mask: The layout of the matte that comes back.
        mask_format: Babl's name for that. Masks are linear in GIMP: "Y'" would bend them.
    """

    pixels: str
    component: str
    mask: str
    mask_format: str


EIGHT_BITS = Depth("8", "u8", "y8", "Y u8")
SIXTEEN_BITS = Depth("16", "u16", "y16", "Y u16")
DEEPER = Depth("16", "u16", "yf", "Y float")

DEPTHS = {
    Gimp.Precision.U8_NON_LINEAR: EIGHT_BITS,
    Gimp.Precision.U8_PERCEPTUAL: EIGHT_BITS,
    # Eight linear bits hold shadows that eight bits of sRGB would merge.
    Gimp.Precision.U8_LINEAR: Depth("16", "u16", "y8", "Y u8"),
    Gimp.Precision.U16_NON_LINEAR: SIXTEEN_BITS,
    Gimp.Precision.U16_PERCEPTUAL: SIXTEEN_BITS,
    Gimp.Precision.U16_LINEAR: SIXTEEN_BITS,
}

# By (is gray, has alpha). Asking a layer without alpha for one costs seconds in babl.
CHANNELS = {
    (False, False): ("rgb", "R'G'B'"),
    (False, True): ("rgba", "R'G'B'A"),
    (True, False): ("y", "Y'"),
    (True, True): ("ya", "Y'A"),
}


def depth(image: Gimp.Image) -> Depth:
    """How the pixels of this image travel."""
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
    travel = depth(layer.get_image())
    layout, components = CHANNELS[bool(layer.is_gray()), bool(layer.has_alpha())]
    return Source(
        layer,
        layer.get_width(),
        layer.get_height(),
        layout + travel.pixels,
        f"{components} {travel.component}",
    )
