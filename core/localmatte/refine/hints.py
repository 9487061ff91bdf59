"""Hints from the user: strokes over the subject, and over what is not the subject."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]

KEEP = 255
REMOVE = 0
"""The values of a plane of hints; all others say nothing."""

TOUCHED = 0.25
"""A network's pixel is as the stroke says when the stroke covers so much of it."""


def apply_hints(matte: Floats, hints: NDArray[np.uint8] | None) -> Floats:
    """A network's matte as the strokes say.

    Args:
        matte: h×w float32 in 0..1.
        hints: Of the same part of the picture, of any size, uint8; None for no hints.

    Returns:
        h×w float32 in 0..1; `matte` itself where there are no hints.
    """
    if hints is None:
        return matte
    size = matte.shape[1], matte.shape[0]
    for value, alpha in ((KEEP, 1), (REMOVE, 0)):
        stroke = Image.fromarray(np.where(hints == value, np.uint8(255), np.uint8(0)))
        covered = np.asarray(stroke.resize(size, Image.Resampling.BOX)) >= TOUCHED * 255
        matte = np.where(covered, np.float32(alpha), matte)
    return matte


def enforce_hints(alpha: Floats, hints: NDArray[np.uint8] | None) -> Floats:
    """A matte that is exactly what the strokes say where there are any.

    Args:
        alpha: H×W float32 in 0..1; it is not changed.
        hints: H×W uint8; None for no hints.

    Returns:
        H×W float32 in 0..1; `alpha` itself where there are no hints.
    """
    if hints is None:
        return alpha
    kept = np.where(hints == KEEP, np.float32(1), alpha)
    return np.where(hints == REMOVE, np.float32(0), kept)
