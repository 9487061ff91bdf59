"""Doubt: whether a network's matte shows several subjects, or none that it is sure of."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from localmatte.refine.components import runs
from localmatte.refine.trimap import grown
from localmatte_bridge.words import N_

Floats = NDArray[np.float32]

CLEAR = 0.5
"""From here on a matte's pixel is of a part."""

COMPARABLE = 0.2
"""A part of at least this share of the largest one is a subject of its own."""

LEAST = 0.005
"""A part of a smaller share of the picture is no subject."""

FIRM = 0.8
"""The mean of the matte within a part that the network takes for a subject."""

DEEP = 1 / 40
"""How far from its edge a matte may well be soft, as a share of the picture's longer side."""

SURE = 0.8
"""The mean of the matte deep within what it shows, from which the network is sure of it."""


class Doubt(Enum):
    """What a network is unsure of.

    Attributes:
        sentence: What the user reads.
        in_preview: What to do about it in an editor.
        in_terminal: What to do about it on the command line.
    """

    SEVERAL = (
        N_("Several subjects were found."),
        N_("In the preview, click the one to keep."),
        "Use --keep X,Y to keep the one at that pixel.",
    )
    UNCLEAR = (
        N_("It is unclear what the subject is."),
        N_("In the preview, click the subject."),
        "Use --keep X,Y or --box X,Y,W,H to say where it is.",
    )

    def __init__(self, sentence: str, in_preview: str, in_terminal: str) -> None:
        self.sentence = sentence
        self.in_preview = in_preview
        self.in_terminal = in_terminal


def doubt(matte: Floats) -> Doubt | None:
    """Find out whether the user had better say what is meant.

    The constants were chosen on the half to tune on of `python3 tests/quality --doubt`.

    Args:
        matte: The network's matte of the whole picture, h×w float32 in 0..1.

    Returns:
        What is in doubt; None for a matte of one subject, or of nothing.
    """
    if sureness(matte) < SURE:
        return Doubt.UNCLEAR
    return Doubt.SEVERAL if comparable(matte) >= COMPARABLE else None


def sureness(matte: Floats) -> float:
    """How sure a network is of what it shows, away from edges.

    Args:
        matte: h×w float32 in 0..1.

    Returns:
        The matte's mean deep within what it shows; 1 where nothing is that deep.
    """
    clear = matte > CLEAR
    inside = clear & ~grown(~clear, max(1, round(max(matte.shape) * DEEP)))
    return float(matte[inside].mean()) if inside.any() else 1.0


def comparable(matte: Floats) -> float:
    """How large the second of the parts is that a network is sure of.

    Args:
        matte: h×w float32 in 0..1.

    Returns:
        Its area as a share of the largest one's; 0 where there is no second one.
    """
    found = runs(matte > CLEAR)
    if not len(found.start):
        return 0.0
    total = np.append(0, matte.ravel().cumsum(dtype=np.float64))
    sums = np.bincount(found.part, total[found.stop] - total[found.start])
    areas = np.bincount(found.part, found.stop - found.start)
    firm = areas[(areas >= LEAST * matte.size) & (sums >= FIRM * areas)]
    if len(firm) < 2:
        return 0.0
    second, first = np.sort(firm)[-2:]
    return float(second / first)
