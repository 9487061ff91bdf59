"""Trimaps: where a matte is certain, and the unknown region that is left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

CLEAN = 0.01
SOLID = 0.97
"""Below CLEAN a network is sure of the background, above SOLID of the subject. Networks reach
0 more readily than 1."""

LOST = 1 / 384
"""How far, as a part of the picture's longer side, an edge may lie from where a network of a few
hundred pixels saw it."""

INSIDE = 0.6
DEEP = 1 / 40
"""Farther than DEEP, as a part of the picture's longer side, from any pixel below INSIDE, a
network that hesitates looks at the middle of a subject."""


@dataclass(frozen=True)
class Trimap:
    """The three parts of a picture.

    Attributes:
        alpha: The matte with its sure parts made 0 and 1, h×w float32.
        unknown: Where alpha has to be found, h×w bool.
    """

    alpha: Floats
    unknown: Mask


def trimap(matte: Floats) -> Trimap:
    """Split a matte into subject, background and the unknown region between them.

    Args:
        matte: h×w float32 in 0..1.

    Returns:
        The three parts, at the matte's size.
    """
    longer = max(matte.shape)
    lost, deep = max(1, round(longer * LOST)), max(1, round(longer * DEEP))
    solid = ~(grown(matte <= SOLID, lost) & grown(matte <= INSIDE, deep))
    clean = ~grown(matte >= CLEAN, lost)
    alpha = np.where(solid, np.float32(1), np.where(clean, np.float32(0), matte))
    return Trimap(alpha, ~(solid | clean))


def grown(mask: Mask, reach: int) -> Mask:
    """Widen a mask by a square.

    Args:
        mask: h×w bool.
        reach: By how many pixels on every side.

    Returns:
        h×w bool; `mask` itself is not changed.
    """
    for axis in (0, 1):
        lines = np.moveaxis(mask, axis, 0)
        grown_by = 0
        # What has grown by n can grow by another 2n+1 at once, and leaves no gap.
        while step := min(2 * grown_by + 1, reach - grown_by, len(lines) - 1):
            wider = lines.copy()
            wider[step:] |= lines[:-step]
            wider[:-step] |= lines[step:]
            lines, grown_by = wider, grown_by + step
        mask = np.moveaxis(lines, 0, axis)
    return mask
