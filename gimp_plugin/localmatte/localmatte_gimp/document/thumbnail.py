"""A layer made small, for the preview: GIMP makes small versions of it and keeps them."""

from __future__ import annotations

from typing import Tuple

from gi.repository import Gimp

from . import extent, mask, selection
from .layers import Source, gone
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
    seen, selected = _masked(layer), selection.box(layer)
    if selected is None:
        return seen
    box = [round(side * seen.scale) for side in selected]
    box[2:] = (max(1, side) for side in box[2:])
    return seen._replace(box=box, selected=_selected(layer, seen))


def with_origin(layer: Gimp.Layer) -> Picture:
    """A small version of a layer with what its mask was made of.

    Args:
        layer: The layer.

    Raises:
        BridgeError: It has no mask, or that is not known ("layer").
    """
    opened, seen = mask.opened(Source(layer)), _masked(layer)
    return seen._replace(raw=opened.origin.raw, held=_sampled(opened.held, seen))


def _masked(layer: Gimp.Layer) -> Picture:
    with extent.picture(layer, extent.of(layer)) as picture:
        size = picture.get_width(), picture.get_height()
        scale = min(1.0, SIDE / max(size))
        wanted = [max(1, round(side * scale)) for side in size]
        pixels, width, height, count = _made_small(picture, *wanted)
    seen = Picture(pixels, width, height, LAYOUTS[count], size)
    existing = layer.get_mask()
    if existing:
        values, _width, _height, step = _made_small(existing, width, height)
        seen = seen._replace(existing=values[::step])
    return seen


def _made_small(drawable: Gimp.Drawable, width: int, height: int) -> Tuple[bytes, int, int, int]:
    """A small version's pixels, its width and height, and the bytes of a pixel.

    Args:
        drawable: A layer or a mask.
        width: The width at most.
        height: The height at most.

    Raises:
        BridgeError: It is not there any more ("layer").
    """
    small, width, height, count = drawable.get_thumbnail_data(width, height)
    if small is None:
        raise gone()
    return small.get_data(), width, height, count


def _sampled(plane: bytes, like: Picture) -> bytes:
    """A plane of a layer as the picture of it is; empty where it is."""
    if not plane:
        return b""
    columns, rows = like.layer
    across = [column * columns // like.width for column in range(like.width)]
    starts = (row * rows // like.height * columns for row in range(like.height))
    lines = (plane[start : start + columns] for start in starts)
    return b"".join(bytes(map(line.__getitem__, across)) for line in lines)


def _selected(layer: Gimp.Layer, like: Picture) -> bytes:
    """How far each pixel is selected.

    GIMP ends where it is to make a small version of a mask that no layer has and whose image was
    closed, so the selection itself is asked.
    """
    channel, area = layer.get_image().get_selection(), extent.of(layer)
    across, columns = _overlap(area.x, area.width, channel.get_width(), like.width)
    down, rows = _overlap(area.y, area.height, channel.get_height(), like.height)
    data, count, _rows, step = channel.get_sub_thumbnail_data(
        across.start, down.start, len(across), len(down), len(columns), len(rows)
    )
    small, selected = data.get_data()[::step], bytearray(like.width * like.height)
    for line, row in enumerate(rows):
        start = row * like.width + columns.start
        selected[start : start + count] = small[line * count : (line + 1) * count]
    return bytes(selected)


def _overlap(start: int, length: int, canvas: int, small: int) -> Tuple[range, range]:
    """What of a layer lies on the canvas, along one side.

    Args:
        start: Where the layer starts on the canvas, in pixels.
        length: Its length, in pixels.
        canvas: The canvas's length, in pixels.
        small: The length of the layer's small version, in pixels.

    Returns:
        Places on the canvas, and the places in the small version that they become.
    """
    there = range(max(start, 0), min(start + length, canvas))
    scale = small / length
    first = min(round((there.start - start) * scale), small - 1)
    return there, range(first, max(first + 1, round((there.stop - start) * scale)))
