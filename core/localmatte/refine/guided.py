"""The guided filter with a colour guide (He, Sun and Tang 2010), fitted at a reduced size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RADIUS = 6
EPSILON = 1e-4


def box(planes: Floats, radius: int) -> Floats:
    """Sum over (2 radius + 1)² windows, cut at the borders, of the last two axes."""
    for axis in (-1, -2):
        planes = np.moveaxis(planes, axis, -1)
        length = planes.shape[-1]
        sums = np.zeros((*planes.shape[:-1], length + 1), dtype=np.float64)
        np.cumsum(planes, axis=-1, out=sums[..., 1:])
        at = np.arange(length)
        high = np.minimum(at + radius + 1, length)
        low = np.maximum(at - radius, 0)
        planes = np.moveaxis((sums[..., high] - sums[..., low]).astype(np.float32), -1, axis)
    return planes


def fit(colours: Floats, target: Floats) -> Floats:
    """Fit target ≈ a·colour + b in every window and average a and b.

    Args:
        colours: 3×h×w float32 in 0..1.
        target: h×w float32.

    Returns:
        4×h×w float32: the three planes of a, then b.
    """
    count = box(np.ones_like(target), RADIUS)
    mean = box(colours, RADIUS) / count
    mean_target = box(target, RADIUS) / count
    covariance = np.empty((*target.shape, 3, 3), dtype=np.float32)
    for i in range(3):
        for j in range(i, 3):
            product = box(colours[i] * colours[j], RADIUS) / count - mean[i] * mean[j]
            covariance[..., i, j] = covariance[..., j, i] = product
    covariance += EPSILON * np.eye(3, dtype=np.float32)
    cross = box(colours * target, RADIUS) / count - mean * mean_target
    slope = np.linalg.solve(covariance, np.moveaxis(cross, 0, -1)[..., None])[..., 0]
    slope = np.moveaxis(slope, -1, 0)
    offset = mean_target - (slope * mean).sum(0)
    return box(np.concatenate([slope, offset[None]]), RADIUS) / count
