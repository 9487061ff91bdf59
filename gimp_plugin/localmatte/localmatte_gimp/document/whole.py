"""A layer with all its pixels, for a closer look in the preview, read bit by bit."""

from __future__ import annotations

from typing import Iterator, NamedTuple, Optional

from gi.repository import Gegl, Gimp

from . import extent, mask, pixels, selection
from .layers import Source
from .picture import Picture, Plane


class _Copy(NamedTuple):
    """A copy of a mask or of a selection.

    Attributes:
        drawable: It, in a scratch image.
        format: Babl's name for the format in which its values are what GIMP itself goes by.
    """

    drawable: Gimp.Drawable
    format: str

    def over(self, area: Gegl.Rectangle) -> Plane:
        """Its values in an area, a byte each, with zeros beyond it."""
        buffer = self.drawable.get_buffer()
        values: bytes = buffer.get(area, 1.0, self.format, Gegl.AbyssPolicy.NONE)
        return values


def reading(layer: Gimp.Layer, with_origin: bool = False) -> Iterator[Optional[Picture]]:
    """Read a layer, the selection over it and its mask; a window stays alive between two steps.

    Args:
        layer: The layer.
        with_origin: Whether what its mask was made of is read in the place of the selection.

    Yields:
        None after each step, and the picture after the last one.

    Raises:
        BridgeError: What its mask was made of is not known ("layer"), or the selection does not
            meet it ("picture").
    """
    area = extent.of(layer)
    layout, babl_format = pixels.LAYOUTS[bool(layer.is_gray()), bool(layer.has_alpha())]
    opened = mask.opened(Source(layer)) if with_origin else None
    # GIMP ends a plug-in that reads what has gone, so copies are read.
    with extent.scratch(layer, area) as scratch:
        copy, read = extent.read_from(layer, scratch), bytearray()
        box = None if opened else selection.box(layer)
        selected = _copied_selection(layer.get_image(), scratch) if box else None
        existing = _copied_mask(layer, area, scratch)
        for strip in pixels.strips(copy, babl_format):
            read += strip
            yield None
        size = area.width, area.height
        whole = Picture(read, *size, layout, size, box)
        if existing:
            whole = whole._replace(existing=existing.over(Gegl.Rectangle.new(0, 0, *size)))
        if selected:
            whole = whole._replace(selected=selected.over(Gegl.Rectangle.new(*area)))
        if opened:
            whole = whole._replace(raw=opened.origin.raw, held=opened.held)
    yield whole


def _copied_selection(image: Gimp.Image, scratch: Gimp.Image) -> _Copy:
    channel = image.get_selection()
    return _Copy(extent.copied(channel, scratch), pixels.values_format(channel))


def _copied_mask(layer: Gimp.Layer, area: extent.Extent, scratch: Gimp.Image) -> Optional[_Copy]:
    mask = layer.get_mask()
    if not mask:
        return None
    copy = extent.copied_mask(mask, scratch, area.width, area.height)
    return _Copy(copy, pixels.EIGHT_BITS.format)
