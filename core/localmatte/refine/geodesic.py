"""Geodesic distances: how far pixels are from seeds, by the cheapest way through a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

ROUNDS = 40
"""Sweeps in all four directions at most. A way needs one for each of its turns; nearly all pixels
have theirs after ten."""

FAR = np.float32(1e6)
"""The distance of what no way leads to."""


def distances(cost: Floats, seeds: NDArray[np.bool_]) -> Floats:
    """The cost of the cheapest way from any seed to each pixel, along rows and columns.

    Raster scans after Toivanen (1996), each of which takes all rows or all columns at once: along
    a line, the cheapest way to a pixel is a running minimum of the ways that begin before it.

    Args:
        cost: What a pixel costs to enter, h×w float32 above 0.
        seeds: Where ways begin, h×w bool.

    Returns:
        h×w float32; FAR where there are no seeds.
    """
    found = np.where(seeds, np.float32(0), FAR)
    along = [np.cumsum(cost, axis=axis, dtype=np.float32) for axis in (0, 1)]
    for _ in range(ROUNDS):
        before = found
        for axis in (0, 1):
            paid = along[axis]
            there = paid + np.minimum.accumulate(found - paid, axis=axis)
            # Coming back, a pixel's own cost is paid instead of the first one's.
            left = paid - cost
            back = np.flip(np.minimum.accumulate(np.flip(found + left, axis), axis=axis), axis)
            found = np.minimum(found, np.minimum(there, back - left))
        if np.allclose(before, found, atol=1e-3, rtol=0):
            break
    return found
