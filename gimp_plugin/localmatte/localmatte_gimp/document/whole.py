"""A layer with all its pixels, for a closer look in the preview, read bit by bit."""

from __future__ import annotations

from typing import Iterator, Optional

from gi.repository import Gegl, Gimp

from . import extent, mask, pixels, selection
from .layers import Source
from .picture import Picture, Plane


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
        existing, channel = layer.get_mask(), layer.get_image().get_selection()
        selected_as = pixels.values_format(channel)
        selected = extent.copied(channel, scratch) if box else None
        mask_of_it = extent.copied(existing, scratch) if existing else None
        for strip in pixels.strips(copy, babl_format):
            read += strip
            yield None
        size = area.width, area.height
        whole = Picture(read, *size, layout, size, box)
        if mask_of_it:
            area_of_it = Gegl.Rectangle.new(0, 0, *size)
            whole = whole._replace(
                existing=_plane(mask_of_it, area_of_it, pixels.EIGHT_BITS.format)
            )
        if selected:
            whole = whole._replace(
                selected=_plane(selected, Gegl.Rectangle.new(*area), selected_as)
            )
        if opened:
            whole = whole._replace(raw=opened.origin.raw, held=opened.held)
    yield whole


def _plane(mask: Gimp.Layer, area: Gegl.Rectangle, babl_format: str) -> Plane:
    """A mask's values in an area, with zeros beyond the mask."""
    values: bytes = mask.get_buffer().get(area, 1.0, babl_format, Gegl.AbyssPolicy.NONE)
    return values
