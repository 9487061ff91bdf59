"""Connected parts of a mask, found by rows of runs; numpy alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Runs:
    """Where a mask is set: each run of pixels within a row, in reading order.

    Attributes:
        start: The first pixel's index in the mask, counted in reading order.
        stop: The index after the last pixel.
        part: The number of the connected part that the run belongs to: that of its first run.
    """

    start: Indices
    stop: Indices
    part: Indices

    @property
    def areas(self) -> Indices:
        """The pixels of the part that each run belongs to."""
        lengths = self.stop - self.start
        return np.bincount(self.part, lengths, len(lengths)).astype(np.intp)[self.part]

    def totals(self, plane: NDArray[Any]) -> NDArray[np.float64]:
        """Sum a plane over the part that each run belongs to.

        Args:
            plane: A number for each of the mask's pixels, h×w.

        Returns:
            A float64 for each run.
        """
        sums = np.append(0, plane.cumsum(dtype=np.float64))
        totals = np.bincount(self.part, sums[self.stop] - sums[self.start])[self.part]
        return np.asarray(totals, np.float64)

    def plane(self, chosen: Mask, shape: tuple[int, ...]) -> Mask:
        """The mask of some of the runs alone.

        Args:
            chosen: Which of them, a bool for each run.
            shape: The mask's.

        Returns:
            h×w bool.
        """
        # Ups and downs at the runs' ends, summed, mark their pixels.
        changes = np.zeros(math.prod(shape) + 1, np.int8)
        changes[self.start[chosen]] += 1
        changes[self.stop[chosen]] -= 1
        return changes[:-1].cumsum(dtype=np.int8).astype(bool).reshape(shape)


def runs(mask: Mask) -> Runs:
    """Find the connected parts of a mask; pixels that touch, diagonally as well, are of one part.

    Args:
        mask: h×w bool.

    Returns:
        The runs of set pixels, in reading order, with the part that each belongs to.
    """
    height, width = mask.shape
    # An unset column between the rows ends each row's last run, and keeps those that touch
    # only around the border apart.
    padded = np.zeros(height * (width + 1) + 1, np.bool_)
    padded[1:].reshape(height, width + 1)[:, :width] = mask
    changes = np.flatnonzero(padded[1:] != padded[:-1])
    start, stop = changes[::2], changes[1::2]
    first, second = _touching(start, stop, width + 1)
    part = _joined(len(start), first, second)
    rows = start // (width + 1)
    return Runs(start - rows, stop - rows, part)


def labelled(mask: Mask) -> Indices:
    """Number the connected parts of a mask.

    Args:
        mask: h×w bool.

    Returns:
        h×w: the number of the part that a pixel is of, from 1 in reading order; 0 where the mask
        is not set.
    """
    found = runs(mask)
    numbers = np.zeros(mask.size + 1, np.intp)
    identities = {number: index + 1 for index, number in enumerate(np.unique(found.part))}
    for start, stop, part in zip(found.start, found.stop, found.part, strict=True):
        numbers[start:stop] = identities[part]
    return numbers[:-1].reshape(mask.shape)


def _touching(start: Indices, stop: Indices, stride: int) -> tuple[Indices, Indices]:
    """The pairs of runs of neighbouring rows that touch."""
    # In the row below, those that end at or after our first pixel's left neighbour …
    low = np.searchsorted(stop, start + stride, side="left")
    # … and begin at or before our last pixel's right neighbour.
    high = np.searchsorted(start, stop + stride, side="right")
    counts = np.maximum(high - low, 0)
    first = np.repeat(np.arange(len(start)), counts)
    offsets = np.arange(len(first)) - np.repeat(counts.cumsum() - counts, counts)
    return first, np.repeat(low, counts) + offsets


def _joined(count: int, first: Indices, second: Indices) -> Indices:
    """The smallest member of each one's part, given the pairs that touch."""
    parent = np.arange(count)
    while True:
        ours, theirs = parent[first], parent[second]
        apart = ours != theirs
        if not apart.any():
            return parent
        low, high = np.minimum(ours, theirs)[apart], np.maximum(ours, theirs)[apart]
        np.minimum.at(parent, high, low)
        while True:
            grand = parent[parent]
            if (grand == parent).all():
                break
            parent = grand
