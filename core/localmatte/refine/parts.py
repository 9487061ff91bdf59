"""The parts of a matte: the subjects between which a user can choose."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.imaging.geometry import Box
from localmatte.imaging.resample import resize
from localmatte.options import Point
from localmatte.refine.components import labelled
from localmatte.refine.geodesic import distances

Floats = NDArray[np.float32]

SIDE = 384
"""The longer side, in pixels, of the reduced picture in which parts are told apart."""

CLEAR = 0.5
"""From here on a matte's pixel is of a part."""

SIGNIFICANT = 0.02
"""Parts smaller than this share of the largest one go with the part that they are near to."""

MOST = 9
"""So many of the largest parts are told."""


@dataclass(frozen=True)
class Part:
    """A connected part of a matte.

    Attributes:
        box: What it lies in, in the picture's pixels.
        share: Its area, as a share of the picture's.
        point: A pixel of the picture deep inside of it, from which a click means it.
    """

    box: Box
    share: float
    point: Point


@dataclass(frozen=True)
class Parts:
    """The parts of a matte.

    Attributes:
        labels: The picture reduced to at most SIDE pixels a side, h×w uint8: the number of the
            part that a pixel is of, from 1; 0 where it is of none.
        found: The parts, the largest first.
    """

    labels: NDArray[np.uint8]
    found: tuple[Part, ...]


@dataclass(frozen=True)
class Look:
    """What a network saw in a picture before the user said which subject is meant.

    Attributes:
        matte: The network's own, of any size, float32 in 0..1.
        seen: What of the picture it is of.
        inside: What of the picture counts.
    """

    matte: Floats
    seen: Box
    inside: Box

    def parts(self, width: int, height: int) -> Parts:
        """Tell the subjects apart, as a click does.

        Args:
            width: The picture's, in pixels.
            height: The picture's, in pixels.

        Returns:
            At most MOST parts; none that is smaller than SIGNIFICANT.
        """
        labels = self._ranked()
        deep = _depths(labels)
        found = tuple(
            self._part(labels == number, deep, width * height)
            for number in range(1, int(labels.max()) + 1)
        )
        return Parts(self._placed(labels, width, height), found)

    def _ranked(self) -> NDArray[np.uint8]:
        """What was seen, reduced: each pixel's part, numbered by size."""
        width, height = reduced(*self._size)
        small = resize(self.matte, width, height, Image.Resampling.BILINEAR)
        labels = labelled(small > CLEAR)
        counts = self._counts(width, height)
        sizes = np.bincount(labels[counts], minlength=int(labels.max()) + 1)
        sizes[0] = 0
        largest = np.argsort(-sizes, kind="stable")[:MOST]
        largest = largest[sizes[largest] >= max(1.0, SIGNIFICANT * sizes.max())]
        ranks = np.zeros(len(sizes), np.uint8)
        ranks[largest] = range(1, len(largest) + 1)
        return np.where(counts, ranks[labels], np.uint8(0))

    def _counts(self, width: int, height: int) -> NDArray[np.bool_]:
        """Which pixels of what was seen, reduced to this size, count."""
        across, down = self._size
        columns = self.seen.left + (np.arange(width) + 0.5) * across / width
        rows = self.seen.top + (np.arange(height) + 0.5) * down / height
        return np.logical_and.outer(
            (rows >= self.inside.top) & (rows < self.inside.bottom),
            (columns >= self.inside.left) & (columns < self.inside.right),
        )

    def _part(self, mask: NDArray[np.bool_], deep: Floats, pixels: int) -> Part:
        width, height = self._size
        across, down = width / mask.shape[1], height / mask.shape[0]
        rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        row, column = np.unravel_index(np.where(mask, deep, 0).argmax(), mask.shape)
        left, top = self.seen.left, self.seen.top
        return Part(
            Box(
                max(self.inside.left, left + int(columns[0] * across)),
                max(self.inside.top, top + int(rows[0] * down)),
                min(self.inside.right, left + math.ceil((columns[-1] + 1) * across)),
                min(self.inside.bottom, top + math.ceil((rows[-1] + 1) * down)),
            ),
            float(mask.mean()) * width * height / pixels,
            (left + int((column + 0.5) * across), top + int((row + 0.5) * down)),
        )

    def _placed(self, labels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
        """The labels where they belong in the whole picture, reduced."""
        across, down = reduced(width, height)
        rows = _nearest(down, height, self.seen.top, self._size[1], labels.shape[0])
        columns = _nearest(across, width, self.seen.left, self._size[0], labels.shape[1])
        # What was not seen is taken from the border of zeros, to which the index -1 leads.
        return np.pad(labels, (0, 1))[np.ix_(rows, columns)]

    @property
    def _size(self) -> tuple[int, int]:
        """The width and height of what was seen, in the picture's pixels."""
        return self.seen.right - self.seen.left, self.seen.bottom - self.seen.top


def reduced(width: int, height: int) -> tuple[int, int]:
    """The size of the reduced picture.

    Args:
        width: The picture's, in pixels.
        height: The picture's, in pixels.

    Returns:
        Width and height, at most SIDE.
    """
    scale = min(1.0, SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _depths(labels: NDArray[np.uint8]) -> Floats:
    """How far each pixel is from the next one that is of no part, or from the border."""
    outside = np.pad(labels == 0, 1, constant_values=True)
    return distances(np.ones(outside.shape, np.float32), outside)[1:-1, 1:-1]


def _nearest(count: int, side: int, start: int, length: int, samples: int) -> NDArray[np.intp]:
    """Which of the samples of a part of a line is nearest to each pixel of the line reduced.

    Args:
        count: Pixels of the reduced line.
        side: The line's length.
        start: Where the part begins in it.
        length: The part's length.
        samples: How many the part has.

    Returns:
        The samples' indices; -1 beside the part.
    """
    found = np.floor(((np.arange(count) + 0.5) * side / count - start) * samples / length)
    return np.where((found >= 0) & (found < samples), found, -1).astype(np.intp)
