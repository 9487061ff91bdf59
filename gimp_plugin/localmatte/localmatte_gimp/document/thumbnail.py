"""A layer made small, for the preview: GIMP makes small versions of it and keeps them."""

from __future__ import annotations

from gi.repository import Gimp

from . import extent, selection
from .picture import SAMPLES, Picture

SIDE = 1000
"""The longer side at most, in pixels; GIMP makes none above 1024."""

LAYOUTS = {size: layout for layout, size in SAMPLES.items()}


def of(layer: Gimp.Layer) -> Picture:
    """A small version of a layer, and of the selection over it.

    Args:
        layer: The layer.

    Raises:
        BridgeError: The selection does not meet the layer ("picture").
    """
    with extent.picture(layer, extent.of(layer)) as picture:
        size = picture.get_width(), picture.get_height()
        scale = min(1.0, SIDE / max(size))
        wanted = [max(1, round(side * scale)) for side in size]
        pixels, width, height, count = picture.get_thumbnail_data(*wanted)
    seen = Picture(pixels.get_data(), width, height, LAYOUTS[count], size)
    if layer.get_mask():
        seen = seen._replace(existing=_small(layer.get_mask(), seen))
    with selection.limits([layer], True) as (limit,):
        if limit is None:
            return seen
        box = [round(side * scale) for side in limit.box]
        box[2:] = (max(1, side) for side in box[2:])
        return seen._replace(box=box, selected=_small(limit.mask, seen))


def _small(mask: Gimp.LayerMask, like: Picture) -> bytes:
    data, _width, _height, step = mask.get_thumbnail_data(like.width, like.height)
    small: bytes = data.get_data()[::step]
    return small
