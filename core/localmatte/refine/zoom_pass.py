"""The zoom pass: where a small subject is, and which of several passes to trust."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.imaging.geometry import Box
from localmatte.refine.components import runs

Floats = NDArray[np.float32]

RESOLVED = 128
"""A zoom pass pays when the picture has so many times more pixels than the box: the side of the
first matte divided by this, so 2.5 times for 320 and 8 times for 1024 pixels. The finer a network's
resolution, the less there is to gain."""

MARGIN = 0.25
"""The margin around the subject, as a share of the box's longer side: without surroundings a
network takes a part for the whole."""

SIGNIFICANT = 0.1
"""Parts smaller than this share of the largest part are not counted as subjects."""

AGREEMENT = 0.8
"""How much the first two passes must share of what either of them takes for the subject."""

SECOND_AGREEMENT = 0.7
"""How much the second and the third pass must share, whose boxes are nearly the same."""


def zoom_pass(
    first: Floats, width: int, height: int, infer: Callable[[Box], Floats]
) -> tuple[Box, Floats] | None:
    """Run the network again, zoomed in, on a small subject.

    A second pass that agrees with the first is used. If they disagree, a third one at what the
    second found decides: two passes that agree outvote the first.

    Args:
        first: The matte of the whole picture, h×w float32 in 0..1.
        width: The picture's, in pixels.
        height: The picture's, in pixels.
        infer: The network's matte of a box of the picture, float32 in 0..1.

    Returns:
        The box of the trusted pass and its matte; None if there is nothing to gain, or no pass
        to trust.
    """
    whole = Box(0, 0, width, height)
    box = surroundings(first, whole, whole)
    if box is None or _pixels(box) * max(first.shape) > width * height * RESOLVED:
        return None
    second = infer(box)
    if shared(within(first, whole, box), second) >= AGREEMENT:
        return box, second
    nearer = surroundings(second, box, whole)
    if nearer is None:
        return None
    third = infer(nearer)
    if shared(within(second, box, nearer), third) >= SECOND_AGREEMENT:
        return nearer, third
    return None


def surroundings(matte: Floats, area: Box, whole: Box) -> Box | None:
    """The box of what a matte shows, with a margin.

    Args:
        matte: h×w float32 in 0..1.
        area: The matte's part of the picture, in the picture's pixels.
        whole: The picture.

    Returns:
        The box, in the picture's pixels; None if the matte shows nothing.
    """
    found = runs(matte > 0.5)
    if not len(found.start):
        return None
    large = found.areas >= SIGNIFICANT * found.areas.max()
    rows, columns = matte.shape
    row, left = np.divmod(found.start[large], columns)
    right = left + (found.stop - found.start)[large]
    across, down = (area.right - area.left) / columns, (area.bottom - area.top) / rows
    box = Box(
        area.left + int(left.min() * across),
        area.top + int(row.min() * down),
        area.left + round(int(right.max()) * across),
        area.top + round(int(row.max() + 1) * down),
    )
    longer = max(box.right - box.left, box.bottom - box.top)
    grown = box.grown(round(longer * MARGIN), whole.right, whole.bottom)
    return grown if _pixels(grown) else None


def within(matte: Floats, area: Box, box: Box) -> Floats:
    """What a matte of an area shows in a box.

    Args:
        matte: h×w float32 in 0..1.
        area: The matte's part of the picture, in the picture's pixels.
        box: The part that is wanted, in the picture's pixels.

    Returns:
        h×w float32 in 0..1, the box scaled to the matte's size; 0 outside the area.
    """
    rows, columns = matte.shape
    across, down = columns / (area.right - area.left), rows / (area.bottom - area.top)
    part = (
        (box.left - area.left) * across,
        (box.top - area.top) * down,
        (box.right - area.left) * across,
        (box.bottom - area.top) * down,
    )
    seen = Image.fromarray(matte).transform(
        (columns, rows), Image.Transform.EXTENT, part, Image.Resampling.BILINEAR
    )
    return np.asarray(seen, np.float32)


def shared(one: Floats, other: Floats) -> float:
    """The intersection over union of two mattes' subjects.

    Args:
        one: h×w float32 in 0..1.
        other: h×w float32 in 0..1.

    Returns:
        In 0..1; 0 if neither shows anything.
    """
    first, second = one > 0.5, other > 0.5
    return float((first & second).sum() / max(int((first | second).sum()), 1))


def _pixels(box: Box) -> int:
    return (box.right - box.left) * (box.bottom - box.top)
