"""Resampling filters, and the weights that make them products of matrices.

BLAS multiplies a few rows of weights with a few rows of pixels several times as fast as a
resampler that goes from pixel to pixel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Filter:
    """A resampling filter.

    Attributes:
        reach: How far from its centre it may reach, in pixels of the coarser picture.
        shape: Its values, not yet normalised, at distances from its centre in pixels of the
            picture that is resampled; and how many of those one of the coarser picture holds.
    """

    reach: float
    shape: Callable[[Floats, float], Floats]


def _lanczos(distance: Floats, scale: float) -> Floats:
    at = distance / scale
    lobes: Floats = np.sinc(at) * np.sinc(at / 3) * (abs(at) < 3)
    return lobes


LANCZOS = Filter(3.0, _lanczos)
"""As Pillow's."""

AREA = Filter(1.0, lambda distance, scale: np.clip((scale + 1) / 2 - abs(distance), 0, 1))
"""The mean of what a pixel of a smaller picture covers; a partly covered pixel counts in part."""


LINEAR = Filter(1.0, lambda distance, scale: np.clip(1 - abs(distance) / scale, 0, 1))
"""Straight lines between the pixels."""


def weights(
    kind: Filter, wanted: slice, step: float, length: int
) -> tuple[slice, NDArray[np.float32]]:
    """Which pixels along an axis make a run of resampled ones, and each one's weights.

    Args:
        kind: The filter; it widens when the picture shrinks.
        wanted: The run of resampled pixels.
        step: How many pixels one resampled pixel stands for.
        length: How many pixels there are along the axis.

    Returns:
        The run of n pixels that is read, and wanted×n float32.
    """
    scale = max(step, 1.0)
    centres = (np.arange(wanted.start, wanted.stop) + 0.5) * step
    low = max(math.floor(centres[0] - kind.reach * scale), 0)
    high = min(math.ceil(centres[-1] + kind.reach * scale), length)
    found = kind.shape(np.arange(low, high) + 0.5 - centres[:, None], scale)
    found /= found.sum(axis=1, keepdims=True)
    return slice(low, high), found.astype(np.float32)


Stretch = tuple[slice, slice, NDArray[np.float32]]
"""A run of resampled pixels, the run of those that are read for it, and the weights."""


def runs(length: int, size: int) -> list[slice]:
    """Cut an axis into runs of `size` pixels; the last one may be shorter.

    Args:
        length: How many pixels there are along the axis.
        size: The length of a run, in pixels.

    Returns:
        The runs, in order.
    """
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]


def stretches(kind: Filter, wanted: int, step: float, length: int, size: int) -> list[Stretch]:
    """All the weights along an axis, a run of `size` resampled pixels after the other.

    Args:
        kind: The filter.
        wanted: How many resampled pixels there are along the axis.
        step: How many pixels one resampled pixel stands for.
        length: How many pixels there are along the axis.
        size: The longest run, in pixels.

    Returns:
        For each run what `weights` returns, with the run before it.
    """
    return [(run, *weights(kind, run, step, length)) for run in runs(wanted, size)]


def across(lines: NDArray[np.float32], columns: Sequence[Stretch]) -> NDArray[np.float32]:
    """Resample lines of pixels at neighbouring stretches.

    Args:
        lines: n×length float32.
        columns: The stretches, in order and without gaps.

    Returns:
        n×wanted float32, where `wanted` is the sum of the stretches' runs.
    """
    left = columns[0][0].start
    wide = np.empty((len(lines), columns[-1][0].stop - left), np.float32)
    for run, read, crosswise in columns:
        at = slice(run.start - left, run.stop - left)
        np.matmul(lines[:, read], crosswise.T, out=wide[:, at])
    return wide
