"""A layer with all its pixels, for a closer look in the preview, read bit by bit."""

from __future__ import annotations

from typing import Iterator, Optional

from gi.repository import Gimp

from . import extent, layers, mask, pixels, selection
from .picture import Picture, Plane


def reading(layer: Gimp.Layer) -> Iterator[Optional[Picture]]:
    """Read a layer, the selection over it and its mask; a window stays alive between two steps.

    Args:
        layer: The layer.

    Yields:
        None after each step, and the picture after the last one.

    Raises:
        BridgeError: The layer went meanwhile ("layer"), or the selection does not meet it
            ("picture").
    """
    area = extent.of(layer)
    layout, babl_format = pixels.LAYOUTS[bool(layer.is_gray()), bool(layer.has_alpha())]
    read = bytearray()
    with extent.picture(layer, area) as picture:
        strips = pixels.strips(picture, babl_format)
        if picture is not layer:
            # A plug-in that is cancelled ends at once, and would leave the copy behind.
            read += b"".join(strips)
        while True:
            # A layer that has gone must not be asked for its pixels.
            layers.check_there([layer])
            strip = next(strips, None) if picture is layer else None
            if strip is None:
                break
            read += strip
            yield None
    size = area.width, area.height
    whole = Picture(read, *size, layout, size)
    if layer.get_mask():
        whole = whole._replace(existing=_over(layer.get_mask(), whole))
    with selection.limits([layer], True) as (limit,):
        if limit:
            whole = whole._replace(box=limit.box, selected=_over(limit.mask, whole))
    yield whole


def _over(channel: Gimp.LayerMask, whole: Picture) -> Plane:
    held = b"".join(pixels.strips(channel, pixels.EIGHT_BITS.format))
    size = channel.get_width(), channel.get_height()
    return mask.fitted(held, size, (whole.width, whole.height), 1)
