"""Puts clean colours into a layer where its mask is soft, and none where the mask hides all.

What a mask hides could be read back from a file that is given away; the layer that is made to be
given away holds no colours there.
"""

from __future__ import annotations

import re
from typing import Iterator, Pattern, Tuple

from gi.repository import Gegl, Gimp

from . import pixels

CLEAN = "R'G'B' u8"
"""How clean colours travel, in sRGB."""

SOFT = re.compile(rb"[^\x00\xff]+")
"""A run of pixels that an 8-bit mask shows in part."""

HIDDEN = re.compile(rb"\x00+")
"""A run of pixels that the mask hides."""


def clean(layer: Gimp.Layer, mask: Gimp.Channel, colours: memoryview) -> None:
    """Give a layer clean colours, and none where its mask hides them.

    Args:
        layer: A layer that no image holds yet.
        mask: Of the layer's size.
        colours: Three bytes for each of its pixels.
    """
    width, height = layer.get_width(), layer.get_height()
    babl_format, sample = pixels.exact_format(layer)
    alpha = sample if layer.has_alpha() else 0
    buffer, shown = layer.get_buffer(), mask.get_buffer()
    for top in range(0, height, pixels.STRIP_ROWS):
        rows = min(pixels.STRIP_ROWS, height - top)
        area = Gegl.Rectangle.new(0, top, width, rows)
        part = shown.get(area, 1.0, "Y u8", Gegl.AbyssPolicy.NONE)
        if part.count(b"\xff") == len(part):
            continue
        old = buffer.get(area, 1.0, babl_format, Gegl.AbyssPolicy.NONE)
        # GIMP brings the colours into the layer's own space.
        start = 3 * width * top
        buffer.set(area, CLEAN, bytes(colours[start : start + 3 * width * rows]))
        new = buffer.get(area, 1.0, babl_format, Gegl.AbyssPolicy.NONE)
        pixel = len(old) // len(part)
        mixed = _mixed(old, new, _runs(SOFT, part), pixel, alpha)
        mixed = _mixed(mixed, bytes(len(old)), _runs(HIDDEN, part), pixel, alpha)
        buffer.set(area, babl_format, mixed)
    buffer.flush()


def _runs(kind: Pattern[bytes], mask: bytes) -> Iterator[Tuple[int, int]]:
    return (found.span() for found in kind.finditer(mask))


def _mixed(
    old: bytes, new: bytes, runs: Iterator[Tuple[int, int]], pixel: int, alpha: int
) -> bytes:
    """Old pixels, and in the runs the new ones' colours.

    Args:
        old: Pixels.
        new: As many, of the same format.
        runs: Where the new ones' colours are wanted: first pixel, and the one after the last.
        pixel: Bytes of a pixel.
        alpha: How many of them, at its end, are alpha, which stays.
    """
    mixed = bytearray(old)
    for first, end in runs:
        span = slice(first * pixel, end * pixel)
        mixed[span] = new[span]
        for byte in range(pixel - alpha, pixel):
            place = slice(first * pixel + byte, end * pixel, pixel)
            mixed[place] = old[place]
    return bytes(mixed)
