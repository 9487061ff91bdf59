"""The matting Laplacian as a linear operator, without a matrix.

Closed-form matting (Levin, Lischinski and Weiss 2008) asks that alpha be an affine function
of colour, alpha = a·colour + b, in every 3×3 window. Its Laplacian times a vector is what is
left of the vector after each window's best affine fit is taken away, and that takes nothing
but sums over windows (He, Sun and Tang 2010).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localmatte.refine.parallel import each

Floats = NDArray[np.float32]

REACH = 2
"""How far the product at a pixel looks: a window about each pixel of a window about it."""

TILE_ROWS = 24
"""Rows worked on at a time, so that a tile's planes stay in a core's own cache."""


def window_sums(planes: Floats) -> Floats:
    """Sum over 3×3 windows that fit inside: ...×h×w becomes ...×(h-2)×(w-2)."""
    rows = planes[..., :-2, :] + planes[..., 2:, :]
    rows += planes[..., 1:-1, :]
    sums = rows[..., :-2] + rows[..., 2:]
    sums += rows[..., 1:-1]
    return sums


@dataclass(frozen=True)
class _Tile:
    """A rectangle of pixels with what the product needs, a border of REACH around it.

    Attributes:
        inner: Where the tile lies in the picture.
        outer: Where tile and border lie in the picture padded by REACH.
        colours: 3×(h+4)×(w+4).
        share: One over the pixels in each window, zero outside the picture; (h+2)×(w+2).
        mean: Mean colour of each window, 3×(h+2)×(w+2).
        inverse: Inverse of each window's covariance, 3×3×(h+2)×(w+2), symmetric.
        windows: How many windows each pixel lies in, h×w.
    """

    inner: tuple[slice, slice]
    outer: tuple[slice, slice]
    colours: Floats
    share: Floats
    mean: Floats
    inverse: Floats
    windows: Floats

    def fit(self, values: Floats) -> Floats:
        """Sum over the windows about each pixel of their a and b: 4×h×w.

        Args:
            values: (h+4)×(w+4), the vector on tile and border.
        """
        weighted = np.empty((4, *values.shape), np.float32)
        np.multiply(self.colours, values, out=weighted[:3])
        weighted[3] = values
        means = window_sums(weighted)
        means *= self.share
        cross = means[:3]
        cross -= self.mean * means[3]
        slopes = self.inverse[0] * cross[0]
        slopes += self.inverse[1] * cross[1]
        slopes += self.inverse[2] * cross[2]
        np.multiply(slopes, self.mean, out=cross)
        offset = means[3]
        for plane in cross:
            offset -= plane
        means[:3] = slopes
        return window_sums(means)

    def product(self, values: Floats) -> Floats:
        """Multiply by the Laplacian; h×w."""
        fitted = self.fit(values)
        inside = (slice(None), slice(REACH, -REACH), slice(REACH, -REACH))
        fitted[:3] *= self.colours[inside]
        result = self.windows * values[inside[1:]]
        for plane in fitted:
            result -= plane
        return result

    def diagonal(self) -> Floats:
        """The Laplacian's diagonal; h×w."""
        towards = (self.inverse * self.mean[:, None]).sum(0)
        terms = np.empty((10, *self.share.shape), np.float32)
        terms[0] = 1 + (towards * self.mean).sum(0)
        terms[1:4] = -2 * towards
        pairs = [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)]
        for at, (i, j) in enumerate(pairs):
            terms[4 + at] = self.inverse[i, j] * (1 if i == j else 2)
        sums = window_sums(terms * self.share)
        colours = self.colours[:, REACH:-REACH, REACH:-REACH]
        own = sums[0] + (sums[1:4] * colours).sum(0)
        for at, (i, j) in enumerate(pairs):
            own += sums[4 + at] * colours[i] * colours[j]
        return np.asarray(self.windows - own)


class MattingLaplacian:
    """The Laplacian of one picture, at the pixels where it is wanted.

    Args:
        colours: 3×h×w float32 in 0..1.
        wanted: h×w bool; every product is exact there and in its surroundings' tiles, and
            zero elsewhere.
        epsilon: How much a window's slope a costs, in squared colour.
    """

    def __init__(self, colours: Floats, wanted: NDArray[np.bool_], epsilon: float) -> None:
        self._shape = wanted.shape
        # Centred colours keep the digits of float32 for the differences that matter.
        centre = colours.mean((1, 2), keepdims=True)
        self._centre = centre[:, 0, 0]
        padded = np.pad(colours - centre, ((0, 0), (REACH, REACH), (REACH, REACH)))
        inside = np.pad(np.ones(wanted.shape, np.float32), REACH)
        self._tiles: list[_Tile] = each(
            lambda inner: _tile(padded, inside, inner, epsilon), _rectangles(wanted)
        )

    def _map(self, kind: str, vector: Floats, depth: tuple[int, ...] = ()) -> Floats:
        padded = np.pad(vector, REACH)
        result = np.zeros((*depth, *self._shape), np.float32)

        def work(tile: _Tile) -> None:
            result[(..., *tile.inner)] = getattr(tile, kind)(padded[tile.outer])

        each(work, self._tiles)
        return result
