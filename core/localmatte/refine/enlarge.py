"""Alpha found at a reduced size, carried to the full-resolution picture.

What is enlarged is not alpha but the affine functions of colour that alpha follows, as the
guided filter does it (He and Sun 2015, "Fast guided filter"): the picture's own edges, at its
own resolution, then make alpha's edges.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from localmatte.parallel import FEW, each
from localmatte.pixels import quantised
from localmatte.progress import CancelToken
from localmatte.refine.laplacian import MattingLaplacian, rectangles
from localmatte.refine.trimap import Trimap, grown

Floats = NDArray[np.float32]

EPSILON = 1e-4
"""Smooths the functions more than the solution does, so that grain is not taken for edges."""

HAZE = 0.05
"""The solution leaves this much of alpha in clean parts, and lacks as much in solid ones."""

STRIP_ROWS = 16
"""Rows finished at a time; a strip stays in a core's own cache."""


def carry(
    rgb: NDArray[np.uint8],
    colours: Floats,
    parts: Trimap,
    alpha: Floats,
    dtype: DTypeLike,
    cancel: CancelToken,
) -> NDArray[Any]:
    """Give alpha at the picture's own size.

    Args:
        rgb: The picture, H×W×3 uint8.
        colours: The same picture reduced, 3×h×w float32 in 0..1.
        parts: The trimap at the reduced size.
        alpha: The solution at the reduced size.
        dtype: Float32, or uint8 or uint16 for whole numbers rounded to the nearest.
        cancel: Stops the work between pieces.

    Returns:
        H×W of that dtype; exactly 0 and full where the trimap is sure.

    Raises:
        CancelledError: When `cancel` was called.
    """
    height, width = rgb.shape[:2]
    touched = grown(parts.unknown, 1)
    functions = _functions(colours, parts, alpha, touched)
    down = _Between.of(height, alpha.shape[0])
    across = _Between.of(width, alpha.shape[1])
    # Where nothing is unknown the nearest sure value is the value.
    sure = quantised(parts.alpha, dtype)
    sharp = sure.take(across.nearest, axis=1).take(down.nearest, axis=0)

    def finish(piece: tuple[slice, slice]) -> None:
        cancel.check()
        rows, columns = piece
        lines = down.blend(functions, rows, axis=1)
        values = across.blend(lines, columns, axis=2)
        pixels = rgb[piece].transpose(2, 0, 1)
        result = values[3]
        for plane, slope in zip(pixels, values[:3], strict=True):
            slope *= plane
            result += slope
        sharp[piece] = quantised(np.clip(result, 0, 1), dtype)

    each(finish, _pieces(touched, down, across), FEW)
    return sharp


def _functions(colours: Floats, parts: Trimap, alpha: Floats, touched: NDArray[np.bool_]) -> Floats:
    """The planes of a, for colours in 0..255, and of b; constant where the trimap is sure."""
    clear = np.clip((alpha - HAZE) / (1 - 2 * HAZE), 0, 1)
    functions = MattingLaplacian(colours, touched, EPSILON).coefficients(clear)
    functions[:3] /= 255
    functions[:, ~touched] = 0
    functions[3, ~touched] = parts.alpha[~touched]
    return functions


@dataclass(frozen=True)
class _Between:
    """Where each of many positions lies between the few along one axis.

    Attributes:
        first: The nearest of the few at or before each position.
        part: How far each position lies from there to the next, 0..1.
        few: How many there are.
    """

    first: NDArray[np.intp]
    part: Floats
    few: int

    @classmethod
    def of(cls, many: int, few: int) -> _Between:
        at = np.clip((np.arange(many) + 0.5) * few / many - 0.5, 0, few - 1)
        first = at.astype(np.intp)
        return cls(first, (at - first).astype(np.float32), few)

    @property
    def nearest(self) -> NDArray[np.intp]:
        """Which of the few lies nearest to each position."""
        return self.first + (self.part >= 0.5)

    def blend(self, values: Floats, positions: slice, axis: int) -> Floats:
        """Interpolate linearly along an axis, at some of the positions."""
        first = self.first[positions]
        part = self.part[positions].reshape([-1 if n == axis else 1 for n in range(values.ndim)])
        low, high = int(first[0]), min(int(first[-1]) + 2, self.few)
        near = values[(slice(None),) * axis + (slice(low, high),)]
        ahead = np.diff(near, axis=axis, append=near.take([-1], axis))
        blended = near.take(first - low, axis)
        blended += part * ahead.take(first - low, axis)
        return blended

    def covered(self, few: slice) -> slice:
        """The positions that lie nearest to a run of the few."""
        scale = len(self.first) / self.few
        return slice(math.ceil(few.start * scale - 0.5), math.ceil(few.stop * scale - 0.5))


def _pieces(
    touched: NDArray[np.bool_], down: _Between, across: _Between
) -> Iterator[tuple[slice, slice]]:
    """Cut what has to be finished into strips of full-resolution rows."""
    for rows, columns in rectangles(touched):
        whole = down.covered(rows)
        for top in range(whole.start, whole.stop, STRIP_ROWS):
            strip = slice(top, min(top + STRIP_ROWS, whole.stop))
            yield strip, across.covered(columns)
