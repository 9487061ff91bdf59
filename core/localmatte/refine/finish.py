"""The edge controls: quick changes to a finished matte, without running the network again."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from localmatte.imaging.geometry import Box
from localmatte.options import AS_FOUND, Edges
from localmatte.refine.components import runs
from localmatte.system.parallel import each

Floats = NDArray[np.float32]

BOXES = 3
"""How many box filters make a Gaussian; three come within 3 % of its peak."""

STRIP = 64
"""Lines blurred at a time."""

FAINT = 1 / 510
"""Alpha that an 8-bit mask rounds to 0."""


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
    if edges == AS_FOUND:
        return alpha
    height, width = alpha.shape
    box = (selection or Box(0, 0, width, height)).grown(0, width, height)
    result = alpha.copy()
    result[box.rows_and_columns] = _finished(alpha[box.rows_and_columns], edges)
    return result


def finish_part(
    alpha: Floats,
    edges: Edges,
    part: Box,
    selection: Box | None = None,
    cleared: Floats | None = None,
) -> Floats:
    """A part of what `finish_edges` returns, without working on the rest.

    Args:
        alpha: H×W float32 in 0..1; it is not changed.
        edges: What to do.
        part: The part, within the picture.
        selection: As for `finish_edges`.
        cleared: What `clear` returned, H×W float32; None where neither specks nor holes are to go.

    Returns:
        The part, float32 in 0..1.
    """
    height, width = alpha.shape
    whole = (selection or Box(0, 0, width, height)).grown(0, width, height)
    near = part.grown(_reach(edges), width, height)
    box = Box(
        max(near.left, whole.left),
        max(near.top, whole.top),
        min(near.right, whole.right),
        min(near.bottom, whole.bottom),
    )
    result = alpha[near.rows_and_columns].copy()
    if box.left < box.right and box.top < box.bottom:
        inner = Box(
            box.left - near.left, box.top - near.top, box.right - near.left, box.bottom - near.top
        )
        source = alpha if cleared is None else cleared
        result[inner.rows_and_columns] = _shaped(source[box.rows_and_columns], edges)
    rows, columns = part.rows_and_columns
    return result[
        rows.start - near.top : rows.stop - near.top,
        columns.start - near.left : columns.stop - near.left,
    ]


def clear(alpha: Floats, edges: Edges, selection: Box | None = None) -> Floats | None:
    """The first steps of `finish_edges`, for which all of a matte has to be seen.

    Args:
        alpha: H×W float32 in 0..1; it is not changed.
        edges: What to do.
        selection: As for `finish_edges`.

    Returns:
        H×W float32 without its specks and holes; None where there is nothing to do.
    """
    first = Edges(specks=edges.specks, holes=edges.holes)
    found = finish_edges(alpha, first, selection)
    return None if found is alpha else found


def _reach(edges: Edges) -> int:
    """How far away an edge can change a pixel, in pixels."""
    blurs = sum(BOXES * (sigma + 1) for sigma in (edges.smooth, edges.feather) if sigma)
    return math.ceil(blurs + abs(edges.shift)) + 1


def _finished(alpha: Floats, edges: Edges) -> Floats:
    if edges.specks > 1:
        alpha = _without_small(alpha, edges.specks)
    if edges.holes > 1:
        alpha = 1 - _without_small(1 - alpha, edges.holes, keep_outside=True)
    return _shaped(alpha, edges)


def _shaped(alpha: Floats, edges: Edges) -> Floats:
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
        alpha = _blurred(alpha, edges.feather)
    if edges.contrast:
        alpha = _contrasted(alpha, edges.contrast, edges.threshold)
    return alpha


def _without_small(alpha: Floats, pixels: int, *, keep_outside: bool = False) -> Floats:
    """Remove connected parts of fewer pixels than this.

    Args:
        alpha: H×W float32.
        pixels: How many a part needs to stay.
        keep_outside: Whether parts that reach the picture's border stay.
    """
    shown = alpha > FAINT
    if keep_outside:
        shown = np.pad(shown, 1, constant_values=True)
    found = runs(shown)
    small = found.areas < pixels
    if keep_outside:
        small &= found.part != found.part[0]
    # Ups and downs at the runs' ends, summed, mark their pixels.
    marks = np.zeros(shown.size + 1, np.int8)
    marks[found.start[small]] += 1
    marks[found.stop[small]] -= 1
    taken = marks[:-1].cumsum(dtype=np.int8).astype(bool).reshape(shown.shape)
    if keep_outside:
        taken = taken[1:-1, 1:-1]
    return np.where(taken, np.float32(0), alpha)


def _grown(alpha: Floats, pixels: float) -> Floats:
    """Dilate in grey by an octagon; a broken number of pixels takes a part of the last step."""
    whole, part = divmod(pixels, 1)
    for step in range(int(whole)):
        alpha = _step(alpha, diagonal=step % 2 == 1)
    if part:
        alpha = alpha + np.float32(part) * (_step(alpha, diagonal=False) - alpha)
    return alpha


def _step(alpha: Floats, *, diagonal: bool) -> Floats:
    """The largest of a pixel and its four neighbours, or its eight."""
    larger = alpha.copy()
    np.maximum(larger[1:], alpha[:-1], out=larger[1:])
    np.maximum(larger[:-1], alpha[1:], out=larger[:-1])
    across = larger.copy() if diagonal else alpha
    np.maximum(larger[:, 1:], across[:, :-1], out=larger[:, 1:])
    np.maximum(larger[:, :-1], across[:, 1:], out=larger[:, :-1])
    return larger


def _contrasted(alpha: Floats, contrast: float, threshold: float) -> Floats:
    """Stretch alpha about the threshold; 0 and 1 stay what they are."""
    if contrast == 1:
        return np.asarray((alpha >= threshold) & (alpha > 0), np.float32)
    low = threshold * contrast
    gain = 1 / (1 - contrast)
    return np.asarray(np.clip((alpha - np.float32(low)) * np.float32(gain), 0, 1), np.float32)


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
