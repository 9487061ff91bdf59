"""Large pictures made small, without a copy at their full size."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from localmatte.imaging import filters
from localmatte.imaging.filters import LANCZOS, Filter, weights
from localmatte.system.parallel import each

STRIP = 32
"""Rows and columns made at a time, twice as many where a picture is enlarged: more would multiply
by more zeros beside the filter, fewer would be more calls."""

STRIP_BLOCKS = 32
"""Rows of blocks averaged at a time; a strip of a large picture stays in a core's own cache."""


def downscaled(
    rgb: NDArray[np.uint8],
    width: int,
    height: int,
    method: Filter = LANCZOS,
    gap: float = 3.0,
) -> NDArray[np.uint8]:
    """Resample a picture, after an average over whole blocks of pixels.

    BLAS sums in an order that depends on the processor and on where in a matrix a pixel lies, so
    exact halves are rounded either way: a few samples in a million (a few hundred where a side is
    divided by two) differ by 1 of 255 between processors, or between planes that are the same.

    Args:
        rgb: H×W×3 uint8; may be a view with gaps between its pixels.
        width: Wanted width in pixels.
        height: Wanted height in pixels.
        method: The filter that ends the work.
        gap: How many times the wanted size the average leaves at least, as Pillow's
            `reducing_gap` does. At 3, u2netp's matte of a 12-megapixel photo moves by less
            than 0.2/255 on average.

    Returns:
        3×height×width uint8.
    """
    across = int(rgb.shape[1] / width / gap) or 1
    down = int(rgb.shape[0] / height / gap) or 1
    planes = rgb.transpose(2, 0, 1)
    if across > 1 or down > 1:
        planes = _averaged(rgb, across, down)
    found = np.empty((3, height, width), np.uint8)
    step = rgb.shape[0] / down / height, rgb.shape[1] / across / width
    columns = filters.stretches(method, width, step[1], planes.shape[2], _strip(step[1]))

    def resample(run: slice) -> None:
        rows, lengthwise = weights(method, run, step[0], planes.shape[1])
        lines = np.ascontiguousarray(planes[:, rows]).astype(np.float32)
        # Whole numbers between both directions, as Pillow has them: what a network makes of a
        # picture depends on that more than one would think.
        tall = _whole(lengthwise @ lines).reshape(-1, planes.shape[2])
        found[:, run] = _whole(filters.across(tall, columns)).reshape(3, -1, width)

    each(resample, filters.runs(height, _strip(step[0])))
    return found


def _whole(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rounded and held inside 0..255, in place."""
    return np.rint(np.clip(values, 0, 255, out=values), out=values)


def _strip(step: float) -> int:
    return STRIP if step > 1 else 2 * STRIP


def _averaged(rgb: NDArray[np.uint8], across: int, down: int) -> NDArray[np.uint8]:
    """The mean of each block of down×across pixels, 3×h×w; at the edges pixels repeat."""
    height, width = -(-rgb.shape[0] // down), -(-rgb.shape[1] // across)
    means = np.empty((3, height, width), np.uint8)
    # The largest sum of a block has to fit.
    sums = np.uint16 if 255 * across * down < 1 << 16 else np.uint32
    half, count = sums(across * down // 2), sums(across * down)

    def average(top: int) -> None:
        strip = _dense(rgb[top * down : (top + STRIP_BLOCKS) * down])
        strip = _filled(strip, down, axis=0)
        lines = sum((strip[row::down] for row in range(1, down)), strip[::down].astype(sums))
        lines = _filled(lines, across, axis=1)
        for plane, channel in zip(means, lines.transpose(2, 0, 1), strict=True):
            blocks = sum((channel[:, column::across] for column in range(across)), half)
            plane[top : top + STRIP_BLOCKS] = blocks // count

    each(average, range(0, height, STRIP_BLOCKS))
    return means


def _dense(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same without gaps between the pixels, which would slow numpy down."""
    if pixels.strides[1:] == (3, 1) or pixels.strides[1] < pixels.strides[2]:
        return pixels
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)).transpose(1, 2, 0)


def _filled(pixels: NDArray[Any], count: int, axis: int) -> NDArray[Any]:
    """Repeat the last row or column until their number is a multiple of `count`."""
    missing = -pixels.shape[axis] % count
    if not missing:
        return pixels
    widths = [(0, missing if n == axis else 0) for n in range(pixels.ndim)]
    return np.pad(pixels, widths, mode="edge")
