"""The edge controls: quick changes to a finished matte, without running the network again."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.imaging.geometry import Box
from localmatte.imaging.resample import resize
from localmatte.options import AS_FOUND, Edges
from localmatte.refine.clearing import Clearing
from localmatte.system.parallel import each

Floats = NDArray[np.float32]

BOXES = 3
"""How many box filters make a Gaussian; three come within 3 % of its peak."""

STRIP = 64
"""Lines blurred at a time."""

FINE = 8
"""A blurred matte is so smooth that pixels of this share of its sigma hold it: what is drawn
between them is off by less than an eighth of one level of 255."""


def finish_edges(alpha: Floats, edges: Edges, selection: Box | None = None) -> Floats:
    """Finish a matte's edges, inside a selection.

    Args:
        alpha: H×W float32 in 0..1; it is not changed.
        edges: What to do.
        selection: Where the network ran; outside it nothing changes, and where the selection cuts
            through the subject there is no edge.

    Returns:
        H×W float32 in 0..1; `alpha` itself where there is nothing to do.
    """
    return alpha if edges == AS_FOUND else Finish(alpha, selection).finished(edges)


class Finish:
    """A matte whose edges are finished again and again, and of which parts are wanted.

    Args:
        alpha: H×W float32 in 0..1; it must not change.
        selection: As for `finish_edges`.

    Attributes:
        alpha: As given.
    """

    def __init__(self, alpha: Floats, selection: Box | None = None) -> None:
        self.alpha = alpha
        height, width = alpha.shape
        self._selection = (selection or Box(0, 0, width, height)).grown(0, width, height)
        self._clearing = Clearing(alpha[self._selection.rows_and_columns])

    def finished(self, edges: Edges, part: Box | None = None) -> Floats:
        """What `finish_edges` returns, or a part of it without work on the rest.

        Args:
            edges: What to do.
            part: The part, within the picture; None for all.

        Returns:
            The part, float32 in 0..1; not to be changed.
        """
        height, width = self.alpha.shape
        part = part or Box(0, 0, width, height)
        if edges == AS_FOUND:
            return self.alpha[part.rows_and_columns]
        near = part.grown(_reach(edges), width, height)
        result = self.alpha[near.rows_and_columns].copy()
        source, target = near.within(self._selection), self._selection.within(near)
        if source and target:
            cleared = self._clearing.cleared(edges, source)
            place = source.left, source.top
            result[target.rows_and_columns] = _shaped(cleared, edges, place)
        wanted = part.within(near)
        assert wanted
        return result[wanted.rows_and_columns]


def _reach(edges: Edges) -> int:
    """How far away an edge can change a pixel, in pixels."""
    blurs = sum(BOXES * (sigma + 1) for sigma in (edges.smooth, edges.feather) if sigma)
    return math.ceil(blurs + abs(edges.shift)) + 3 * _coarseness(edges.feather) + 1


def _shaped(alpha: Floats, edges: Edges, place: tuple[int, int]) -> Floats:
    """All but the specks and holes.

    Args:
        alpha: H×W float32 in 0..1, a part of what is finished.
        edges: What to do.
        place: Where the part begins, x and y.
    """
    if edges.smooth:
        # A straight hard edge comes out one pixel wide, whatever the blur.
        gain = max(1.0, edges.smooth * math.sqrt(2 * math.pi))
        steep = (_blurred(alpha, edges.smooth) - np.float32(0.5)) * np.float32(gain)
        alpha = np.clip(steep + np.float32(0.5), 0, 1)
    if edges.shift > 0:
        alpha = _grown(alpha, edges.shift)
    elif edges.shift < 0:
        alpha = 1 - _grown(1 - alpha, -edges.shift)
    if edges.feather:
        alpha = _feathered(alpha, edges.feather, place)
    if edges.contrast:
        alpha = _contrasted(alpha, edges.contrast, edges.threshold)
    return alpha


def _grown(alpha: Floats, pixels: float) -> Floats:
    """Dilate in grey by an octagon; a broken number of pixels takes a part of the last step."""
    whole, part = divmod(pixels, 1)
    squares, diamonds = int(whole) // 2, int(whole) - int(whole) // 2
    alpha = _by_square(_by_diamond(alpha, diamonds), squares)
    if part:
        alpha = alpha + np.float32(part) * (_by_diamond(alpha, 1) - alpha)
    return alpha


def _by_diamond(alpha: Floats, radius: int) -> Floats:
    """The largest of the pixels at most so many steps away, up, down, left or right.

    A diamond, and the same one moved by half its radius or less in all four directions, make the
    larger diamond, and no way to any of its pixels leads around it: so few steps make a large
    one, at the picture's border too.
    """
    done = 0
    while done < radius:
        step = min(done // 2 + 1, radius - done)
        larger = alpha.copy()
        for axis in (0, 1):
            _enlarge(larger, alpha, step, axis)
        alpha, done = larger, done + step
    return alpha


def _by_square(alpha: Floats, radius: int) -> Floats:
    """The largest of the pixels at most so many columns and rows away; as a diamond."""
    for axis in (0, 1):
        done = 0
        while done < radius:
            step = min(done + 1, radius - done)
            larger = alpha.copy()
            _enlarge(larger, alpha, step, axis)
            alpha, done = larger, done + step
    return alpha


def _enlarge(larger: Floats, alpha: Floats, step: int, axis: int) -> None:
    """Take the pixels so many steps away on both sides where they are larger, in place."""
    larger, alpha = np.swapaxes(larger, 0, axis), np.swapaxes(alpha, 0, axis)
    np.maximum(larger[step:], alpha[:-step], out=larger[step:])
    np.maximum(larger[:-step], alpha[step:], out=larger[:-step])


def _contrasted(alpha: Floats, contrast: float, threshold: float) -> Floats:
    """Stretch alpha about the threshold; 0 and 1 stay what they are."""
    if contrast == 1:
        return np.asarray((alpha >= threshold) & (alpha > 0), np.float32)
    low = threshold * contrast
    gain = 1 / (1 - contrast)
    return np.asarray(np.clip((alpha - np.float32(low)) * np.float32(gain), 0, 1), np.float32)


def _coarseness(sigma: float) -> int:
    """How many pixels a side one pixel may stand for where a matte is blurred so much."""
    return 1 << max(0, int(math.log2(sigma / FINE))) if sigma > FINE else 1


def _feathered(alpha: Floats, sigma: float, place: tuple[int, int]) -> Floats:
    """Gaussian blur, of coarser pixels where it is wide; they lie alike in all parts."""
    side = _coarseness(sigma)
    if side == 1:
        return _blurred(alpha, sigma)
    height, width = alpha.shape
    # One more of the coarser pixels on each side, so that it is the border's values that go on.
    left, top = (start % side + side for start in place)
    right, bottom = (-(left + width) % side + side, -(top + height) % side + side)
    padded = np.pad(alpha, ((top, bottom), (left, right)), "edge")
    coarse = padded.reshape(len(padded) // side, side, -1, side).mean((1, 3))
    # The mean over a pixel's square is a blur as well.
    rest = math.sqrt(sigma * sigma - (side * side - 1) / 12) / side
    blurred = resize(
        _blurred(coarse, rest), padded.shape[1], padded.shape[0], Image.Resampling.BILINEAR
    )
    return np.clip(blurred[top : top + height, left : left + width], 0, 1)


def _blurred(alpha: Floats, sigma: float) -> Floats:
    """Gaussian blur by extended boxes (Gwosdek et al. 2011); the border's values go on."""
    reach = (math.sqrt(12 * sigma * sigma / BOXES + 1) - 1) / 2
    blurred = alpha.copy()
    for lines in (blurred, blurred.T):

        def blur(strip: slice, lines: Floats = lines) -> None:
            for _ in range(BOXES):
                lines[strip] = _box(lines[strip], reach)

        each(blur, [slice(at, at + STRIP) for at in range(0, len(lines), STRIP)])
    return np.asarray(np.clip(blurred, 0, 1), np.float32)


def _box(lines: Floats, reach: float) -> Floats:
    """The mean along each line over a pixel and `reach` pixels on both sides."""
    whole, part = int(reach), np.float32(reach % 1)
    size = lines.shape[1]
    padded = np.pad(lines, ((0, 0), (whole + 2, whole + 1)), "edge")
    sums = padded.cumsum(1, dtype=np.float64)
    inner = sums[:, 2 * whole + 2 :][:, :size] - sums[:, 1 : size + 1]
    outer = sums[:, 2 * whole + 3 :][:, :size] - sums[:, :size]
    return np.asarray((inner + part * (outer - inner)) / (2 * reach + 1), np.float32)
