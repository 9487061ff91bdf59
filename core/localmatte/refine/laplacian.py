"""The matting Laplacian as a linear operator, without a matrix.

Closed-form matting (Levin, Lischinski and Weiss 2008) asks that alpha be an affine function
of colour, alpha = a·colour + b, in every 3×3 window. Its Laplacian times a vector is what is
left of the vector after each window's best affine fit is subtracted, and that takes nothing
but sums over windows (He, Sun and Tang 2010).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rectangle = tuple[slice, slice]

REACH = 2
"""How far away the product at a pixel reads: a window about each pixel of a window about it."""

PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
"""The distinct entries of a symmetric 3×3 matrix."""

TILE_ROWS = 48
"""Rows worked on at a time, so that a tile's planes stay in a core's own cache."""

TILE_GAP = 32
"""As many columns without work are worth a tile's own border."""


def window_sums(planes: Floats) -> Floats:
    """Sum over 3×3 windows.

    Args:
        planes: ...×h×w floats.

    Returns:
        ...×(h-2)×(w-2), a sum for each window that fits inside, of the same dtype.
    """
    rows = planes[..., :-2, :] + planes[..., 2:, :]
    rows += planes[..., 1:-1, :]
    sums = rows[..., :-2] + rows[..., 2:]
    sums += rows[..., 1:-1]
    return sums


@dataclass(frozen=True)
class _Tile:
    """A rectangle of pixels with what the product needs, a border of REACH around it.

    Attributes:
        inner: The tile's place in the picture.
        outer: The place of tile and border in the picture padded by REACH.
        colours: 3×(h+4)×(w+4).
        share: One over the pixels in each window, zero outside the picture; (h+2)×(w+2).
        mean: Mean colour of each window, 3×(h+2)×(w+2).
        inverse: Inverse of each window's covariance, 3×3×(h+2)×(w+2), symmetric.
        windows: How many windows contain each pixel, h×w.
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
        for at, (i, j) in enumerate(PAIRS):
            terms[4 + at] = self.inverse[i, j] * (1 if i == j else 2)
        sums = window_sums(terms * self.share)
        colours = self.colours[:, REACH:-REACH, REACH:-REACH]
        own = sums[0] + (sums[1:4] * colours).sum(0)
        for at, (i, j) in enumerate(PAIRS):
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
        # Colours about their mean keep float32's digits for the differences that matter.
        self._centre = colours.mean((1, 2))
        border = ((0, 0), (REACH, REACH), (REACH, REACH))
        padded = np.pad(colours - self._centre[:, None, None], border)
        inside = np.pad(np.ones(wanted.shape, np.float32), REACH)
        self._tiles = [_tile(padded, inside, inner, epsilon) for inner in rectangles(wanted)]
        sizes = [tile.windows.size for tile in self._tiles]
        ends = np.cumsum(sizes, dtype=int)
        self._parts = [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
        self._padded = np.zeros(inside.shape, np.float32)

    def taken(self, plane: NDArray[Any]) -> NDArray[Any]:
        """What a plane holds in the tiles around what is wanted.

        Args:
            plane: h×w of any dtype.

        Returns:
            n values of that dtype, tile by tile; their shape is (n,).
        """
        return np.concatenate(
            [plane[tile.inner].ravel() for tile in self._tiles] or [plane.ravel()[:0]]
        )

    def put(self, values: NDArray[Any], plane: NDArray[Any]) -> None:
        """Put back what taken() took.

        Args:
            values: Of shape (n,), tile by tile.
            plane: h×w of the same dtype; it is changed in the tiles.
        """
        for tile, part in zip(self._tiles, self._parts, strict=True):
            plane[tile.inner] = values[part].reshape(tile.windows.shape)

    def product(self, plane: Floats) -> Floats:
        """Multiply a vector by the Laplacian.

        Args:
            plane: h×w float32, a number for each pixel of the picture.

        Returns:
            h×w float32; zero outside of the tiles around what is wanted.
        """
        result = np.zeros(self._shape, np.float32)
        self.put(self._joined(_Tile.product, np.pad(plane, REACH)), result)
        return result

    def product_in_tiles(self, vector: Floats) -> Floats:
        """Multiply a vector that is zero outside of the tiles by the Laplacian.

        Args:
            vector: A number for each pixel in the tiles, n float32 as taken() gives them.

        Returns:
            The product there, n float32.
        """
        self.put(vector, self._padded[REACH:-REACH, REACH:-REACH])
        return self._joined(_Tile.product, self._padded)

    def diagonal(self) -> Floats:
        """The Laplacian's diagonal in the tiles, n float32 as taken() gives them."""
        return self._joined(lambda tile, _: tile.diagonal(), self._padded)

    def coefficients(self, alpha: Floats) -> Floats:
        """The mean affine function of the windows about each pixel.

        Args:
            alpha: h×w.

        Returns:
            4×h×w: three planes of a and one of b, so that alpha ≈ a·colour + b; zero outside of
            the tiles around what is wanted.
        """
        padded = np.pad(alpha, REACH)
        found = np.zeros((4, *self._shape), np.float32)
        for tile in self._tiles:
            fitted = tile.fit(padded[tile.outer])
            fitted /= tile.windows
            fitted[3] -= np.tensordot(self._centre, fitted[:3], 1)
            found[:, *tile.inner] = fitted
        return found

    def _joined(self, work: Callable[[_Tile, Floats], Floats], padded: Floats) -> Floats:
        """What comes of each tile, one after the other."""
        result = np.empty(self._parts[-1].stop if self._parts else 0, np.float32)
        # In one thread: numpy takes Python's lock again for each of the many small steps, and two
        # threads that wait for it in turns were slower than one, on 2 cores and on 16.
        for tile, part in zip(self._tiles, self._parts, strict=True):
            result[part] = work(tile, padded[tile.outer]).ravel()
        return result


def rectangles(wanted: NDArray[np.bool_]) -> list[Rectangle]:
    """Cover what is wanted with rectangles, none of them higher than TILE_ROWS.

    Args:
        wanted: h×w bool.

    Returns:
        Rows and columns of each, in pixels; they do not overlap, and hold some of what is not
        wanted as well.
    """
    found = []
    for top in range(0, wanted.shape[0], TILE_ROWS):
        columns = np.flatnonzero(wanted[top : top + TILE_ROWS].any(0))
        if columns.size:
            rows = slice(top, min(top + TILE_ROWS, wanted.shape[0]))
            for run in np.split(columns, np.flatnonzero(np.diff(columns) > TILE_GAP) + 1):
                found.append((rows, slice(int(run[0]), int(run[-1]) + 1)))
    return found


def _tile(colours: Floats, inside: Floats, inner: Rectangle, epsilon: float) -> _Tile:
    rows, columns = inner
    outer = slice(rows.start, rows.stop + 2 * REACH), slice(columns.start, columns.stop + 2 * REACH)
    own = np.ascontiguousarray(colours[:, *outer])
    # A window centred outside the picture is none: its share of everything is zero.
    centred = inside[outer][1:-1, 1:-1]
    share: Floats = np.divide(centred, np.maximum(window_sums(inside[outer]), 1))
    mean = window_sums(own) * share
    covariance = [window_sums(own[i] * own[j]) * share - mean[i] * mean[j] for i, j in PAIRS]
    inverse = _inverse(np.asarray(covariance, np.float64), epsilon)
    return _Tile(inner, outer, own, share, mean, inverse, window_sums(centred))


def _inverse(covariance: NDArray[np.float64], epsilon: float) -> Floats:
    """Invert symmetric 3×3 matrices by cofactors.

    Args:
        covariance: Their entries in the order of PAIRS, 6×h×w; changed.
        epsilon: Is added to the diagonals.

    Returns:
        3×3×h×w float32.
    """
    covariance[:3] += epsilon
    a, d, f, b, c, e = covariance
    cofactors = np.empty_like(covariance)
    for at, (one, two, three, four) in enumerate(
        ((d, f, e, e), (a, f, c, c), (a, d, b, b), (c, e, b, f), (b, e, c, d), (b, c, a, e))
    ):
        np.multiply(one, two, out=cofactors[at])
        cofactors[at] -= three * four
    cofactors /= a * cofactors[0] + b * cofactors[3] + c * cofactors[4]
    inverse = np.empty((3, 3, *covariance.shape[1:]), np.float32)
    for (i, j), plane in zip(PAIRS, cofactors, strict=True):
        inverse[i, j] = inverse[j, i] = plane
    return inverse
