"""Alpha found at a reduced size, carried to the full-resolution picture.

What is enlarged is not alpha but the affine functions of colour that alpha follows, as the
guided filter does it (He and Sun 2015, "Fast guided filter"): the picture's own edges, at its
own resolution, then make alpha's edges.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from localmatte.imaging import filters
from localmatte.imaging.filters import LINEAR, weights
from localmatte.progress import CancelToken
from localmatte.refine.laplacian import MattingLaplacian, rectangles
from localmatte.refine.trimap import Trimap, grown
from localmatte.system.parallel import each

Floats = NDArray[np.float32]

EPSILON = 1e-4
"""Smooths the functions more than the solution does, so that grain is not taken for edges."""

STRIP_ROWS = 64
"""Rows finished at a time; a strip stays in a core's own cache."""

RUN = 64
"""Columns made at a time."""


def upsampled(
    rgb: NDArray[np.uint8],
    colours: Floats,
    parts: Trimap,
    alpha: Floats,
    cancel: CancelToken,
) -> Floats:
    """Give alpha at the picture's own size.

    Args:
        rgb: The picture, H×W×3 uint8.
        colours: The same picture reduced, 3×h×w float32 in 0..1.
        parts: The trimap at the reduced size.
        alpha: The solution at the reduced size, h×w float32 in 0..1.
        cancel: Stops the work between pieces.

    Returns:
        H×W float32 in 0..1; exactly 0 and 1 where the trimap is sure.

    Raises:
        CancelledError: When `cancel` was called.
    """
    height, width = rgb.shape[:2]
    touched = grown(parts.unknown, 1)
    functions = _functions(colours, parts, alpha, touched)
    down, across = height / alpha.shape[0], width / alpha.shape[1]
    # Where nothing is unknown the nearest sure value is the value.
    wide = parts.alpha.take(nearest_of(width, across), axis=1)
    sharp, nearest = np.empty((height, width), np.float32), nearest_of(height, down)

    def fill(rows: slice) -> None:
        np.take(wide, nearest[rows], axis=0, out=sharp[rows], mode="clip")

    each(fill, filters.runs(height, STRIP_ROWS))
    stretches = filters.stretches(LINEAR, width, 1 / across, alpha.shape[1], RUN)

    def finish(piece: tuple[slice, slice]) -> None:
        cancel.check()
        rows, columns = piece
        read, lengthwise = weights(LINEAR, rows, 1 / down, alpha.shape[0])
        lines = (lengthwise @ functions[:, read]).reshape(-1, alpha.shape[1])
        first, last = columns.start // RUN, -(-columns.stop // RUN)
        wide = filters.across(lines, stretches[first:last])
        inner = slice(columns.start - first * RUN, columns.stop - first * RUN)
        values = wide.reshape(4, -1, wide.shape[1])[..., inner]
        pixels = np.ascontiguousarray(rgb[piece].transpose(2, 0, 1)).astype(np.float32)
        pixels *= values[:3]
        result = values[3] + pixels[0]
        result += pixels[1]
        result += pixels[2]
        np.clip(result, 0, 1, out=sharp[piece])

    each(finish, _pieces(touched, down, across))
    return sharp


def _functions(colours: Floats, parts: Trimap, alpha: Floats, touched: NDArray[np.bool_]) -> Floats:
    """The planes of a, for colours in 0..255, and of b; constant where the trimap is sure."""
    functions = MattingLaplacian(colours, touched, EPSILON).coefficients(alpha)
    functions[:3] *= touched / np.float32(255)
    np.copyto(functions[3], parts.alpha, where=~touched)
    return functions


def nearest_of(many: int, scale: float) -> NDArray[np.intp]:
    """Which of the few along an axis lies nearest to each of many.

    Args:
        many: How many there are at the larger size.
        scale: How much larger that is.

    Returns:
        The number of one of the few for each of the many, int of the length `many`.
    """
    return ((np.arange(many) + 0.5) / scale).astype(np.intp)


def _covered(few: slice, scale: float) -> slice:
    """Those of the many along an axis that lie nearest to a run of the few."""
    return slice(math.ceil(few.start * scale - 0.5), math.ceil(few.stop * scale - 0.5))


def _pieces(
    touched: NDArray[np.bool_], down: float, across: float
) -> Iterator[tuple[slice, slice]]:
    """Cut what has to be finished into strips of full-resolution rows."""
    for rows, columns in rectangles(touched):
        whole = _covered(rows, down)
        for top in range(whole.start, whole.stop, STRIP_ROWS):
            strip = slice(top, min(top + STRIP_ROWS, whole.stop))
            yield strip, _covered(columns, across)
