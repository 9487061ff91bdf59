"""How far a matte is from the truth, in the field's measures.

All take alpha as H×W floats in 0..1: what was found, then what is true.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label
from skimage.morphology import isotropic_dilation

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

THOUSAND = 1000
"""Sums over a picture are given in thousands, as the papers do."""

GRADIENT_SIGMA = 1.4
CONNECTIVITY_STEP = 0.1
CONNECTIVITY_SLACK = 0.15
BOUNDARY = 10
"""How far from the true edge, in pixels, the boundary error looks."""

BETA_SQUARED = 0.3
"""Precision counts more than recall, as saliency papers have it."""


def sad(found: Floats, truth: Floats) -> float:
    """The sum of absolute differences, in thousands."""
    return float(np.abs(found - truth).sum(dtype=np.float64) / THOUSAND)


def mae(found: Floats, truth: Floats) -> float:
    """The mean absolute difference."""
    return float(np.abs(found - truth).mean(dtype=np.float64))


def mse(found: Floats, truth: Floats) -> float:
    """The mean squared difference."""
    return float(np.square(found - truth).mean(dtype=np.float64))


def gradient(found: Floats, truth: Floats) -> float:
    """The gradient error of Rhemann et al. 2009, over the whole picture, in thousands."""
    difference = _steepness(found) - _steepness(truth)
    return float(np.square(difference).sum() / THOUSAND)


def connectivity(found: Floats, truth: Floats) -> float:
    """The connectivity error of Rhemann et al. 2009, over the whole picture, in thousands."""
    held = np.zeros(truth.shape)
    pending = np.ones(truth.shape, bool)
    for step in np.arange(1, round(1 / CONNECTIVITY_STEP) + 1):
        level = step * CONNECTIVITY_STEP
        largest = _largest((found >= level) & (truth >= level))
        held[pending & ~largest] = level - CONNECTIVITY_STEP
        pending &= largest
    held[pending] = 1
    difference = _connected(found, held) - _connected(truth, held)
    return float(np.abs(difference).sum() / THOUSAND)


def boundary(found: Floats, truth: Floats) -> float:
    """The mean absolute difference within BOUNDARY pixels of the true edge; 0 without one."""
    line = edge(truth)
    if not line.any():
        return 0.0
    near = isotropic_dilation(line, BOUNDARY)
    return mae(found[near], truth[near])


def max_f(found: Floats, truth: Floats) -> float:
    """The best F-measure over the thresholds 1/255 … 255/255; the truth is split at a half."""
    steps = np.rint(np.clip(found, 0, 1) * 255).astype(np.intp)
    positive = truth >= 0.5
    # How many pixels reach each threshold.
    chosen = np.bincount(steps.ravel(), minlength=256)[:0:-1].cumsum()
    right = np.bincount(steps[positive], minlength=256)[:0:-1].cumsum()
    precision = right / np.maximum(chosen, 1)
    recall = right / max(int(positive.sum()), 1)
    weighted = BETA_SQUARED * precision + recall
    scores = (1 + BETA_SQUARED) * precision * recall / np.where(weighted > 0, weighted, 1)
    return float(scores.max())


def s_measure(found: Floats, truth: Floats) -> float:
    """The structure measure of Fan et al. 2017; the truth is split at a half."""
    alpha = found.astype(np.float64)
    positive = truth >= 0.5
    share = float(positive.mean())
    if share in (0.0, 1.0):
        return float(1 - alpha.mean() if share == 0 else alpha.mean())
    objects = share * _object(alpha[positive]) + (1 - share) * _object(1 - alpha[~positive])
    return float(max(0.5 * objects + 0.5 * _region(alpha, positive.astype(np.float64)), 0.0))


MEASURES: dict[str, Callable[[Floats, Floats], float]] = {
    "SAD": sad,
    "MSE": mse,
    "MAE": mae,
    "gradient": gradient,
    "connectivity": connectivity,
    "boundary": boundary,
    "max-F": max_f,
    "S": s_measure,
}
"""Every measure by the name of its column."""


def edge(truth: Floats) -> Mask:
    """The pixels on either side of the line where the truth crosses a half."""
    inside = truth >= 0.5
    found = np.zeros(inside.shape, bool)
    for before, after in ((np.s_[:-1], np.s_[1:]), (np.s_[:, :-1], np.s_[:, 1:])):
        crossing = inside[before] != inside[after]
        found[before] |= crossing
        found[after] |= crossing
    return found


def _steepness(alpha: Floats) -> NDArray[np.float64]:
    """The length of the gradient of the smoothed alpha."""
    reach = int(np.ceil(3 * GRADIENT_SIGMA))
    at = np.arange(-reach, reach + 1)
    smooth = np.exp(-(at**2) / (2 * GRADIENT_SIGMA**2))
    slope = -at * smooth
    # Each of the two-dimensional filters has a length of one, as in the reference code.
    length = np.linalg.norm(smooth) * np.linalg.norm(slope)
    across = _filtered(_filtered(alpha, slope / length, 1), smooth, 0)
    down = _filtered(_filtered(alpha, slope / length, 0), smooth, 1)
    return np.asarray(np.hypot(across, down))


def _filtered(values: Floats, kernel: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Convolve along one axis; beyond the border the last value goes on."""
    reach = len(kernel) // 2
    margins = [(reach, reach) if n == axis else (0, 0) for n in range(2)]
    padded = np.moveaxis(np.pad(np.asarray(values, np.float64), margins, "edge"), axis, 0)
    size = values.shape[axis]
    result = np.zeros_like(padded[:size])
    for offset, weight in enumerate(kernel[::-1]):
        result += weight * padded[offset : offset + size]
    return np.moveaxis(result, 0, axis)


def _largest(mask: Mask) -> Mask:
    """The largest 4-connected part of a mask; nothing of an empty one."""
    parts = label(mask, connectivity=1)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray((parts == sizes.argmax()) & mask)


def _connected(alpha: Floats, held: NDArray[np.float64]) -> NDArray[np.float64]:
    """How connected each pixel is: 1, less what it has above the level that holds it."""
    above = alpha - held
    return 1 - np.where(above >= CONNECTIVITY_SLACK, above, 0)


def _object(values: NDArray[np.float64]) -> float:
    mean = float(values.mean())
    spread = float(values.std(ddof=1)) if values.size > 1 else 0.0
    return 2 * mean / (mean * mean + 1 + spread)


def _region(found: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """The similarity of the four parts into which the subject's centre splits a picture."""
    rows, columns = np.nonzero(truth)
    middle, centre = round(float(rows.mean())) + 1, round(float(columns.mean())) + 1
    total = 0.0
    for vertical in (np.s_[:middle], np.s_[middle:]):
        for horizontal in (np.s_[:centre], np.s_[centre:]):
            part = (vertical, horizontal)
            total += truth[part].size / truth.size * _similarity(found[part], truth[part])
    return total


def _similarity(found: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """Of means, contrasts and structure; 0 for no pixels."""
    if not found.size:
        return 0.0
    count = max(found.size - 1, 1)
    ours, theirs = float(found.mean()), float(truth.mean())
    spread = (np.square(found - ours).sum() + np.square(truth - theirs).sum()) / count
    together = float(((found - ours) * (truth - theirs)).sum() / count)
    upper = 4 * ours * theirs * together
    lower = (ours * ours + theirs * theirs) * float(spread)
    if upper == 0:
        return 1.0 if lower == 0 else 0.0
    return upper / lower
