"""A closer look at a small subject: where it lies, and which of several looks to trust."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.imaging.geometry import Box
from localmatte.refine.components import runs

Floats = NDArray[np.float32]

RESOLVED = 128
"""A closer look is worth another forward pass when the box has so many times fewer pixels than
the picture as the first matte's side has of these: 2.5 times for 320, 8 times for 1024 pixels.
The finer a network sees, the less there is to gain."""

MARGIN = 0.25
"""How far around the subject a closer look goes, as a part of the box's longer side: without
surroundings a network takes a part for the whole."""

SIGNIFICANT = 0.1
"""Parts of less than this share of the largest part are no subject of their own."""

AGREEMENT = 0.8
"""The first two looks must share so much of what either of them sees as the subject."""

SECOND_AGREEMENT = 0.7
"""The second and the third look, which are of nearly the same place, must share so much."""


def zoom_pass(
    first: Floats, width: int, height: int, look: Callable[[Box], Floats]
) -> tuple[Box, Floats] | None:
    """Look again where a subject is small; None where that does not pay or is not trusted.

    A second look that agrees with the first is taken. Where they disagree a third one, at what
    the second saw, decides: two looks that agree outvote the first.

    Args:
        first: What the first look found in the whole picture, h×w float32 in 0..1.
        width: The picture's, in pixels.
        height: The picture's, in pixels.
        look: The network's matte of a box of the picture.

    Returns:
        The box of the look that is trusted, and what it showed there.
    """
    whole = Box(0, 0, width, height)
    box = surroundings(first, whole, whole)
    if box is None or _pixels(box) * max(first.shape) > width * height * RESOLVED:
        return None
    second = look(box)
    if shared(within(first, whole, box), second) >= AGREEMENT:
        return box, second
    nearer = surroundings(second, box, whole)
    if nearer is None:
        return None
    third = look(nearer)
    if shared(within(second, box, nearer), third) >= SECOND_AGREEMENT:
        return nearer, third
    return None


def surroundings(matte: Floats, area: Box, whole: Box) -> Box | None:
    """The box of what a matte shows, with a margin; None where it shows nothing.

    Args:
        matte: h×w float32 in 0..1.
        area: Where in the picture the matte lies.
        whole: The picture.
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
    """What a matte of an area shows in a box, at the matte's size; 0 outside of the area."""
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
    """How much two mattes of one size share of what either shows, 0..1; 0 for nothing."""
    first, second = one > 0.5, other > 0.5
    return float((first & second).sum() / max(int((first | second).sum()), 1))


def _pixels(box: Box) -> int:
    return (box.right - box.left) * (box.bottom - box.top)
