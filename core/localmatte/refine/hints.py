"""What a user knows: strokes over what is the subject and what is not."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

KEEP = 255
REMOVE = 0
"""The values of a plane of hints; all others say nothing."""

TOUCHED = 0.25
"""A network's pixel is as the stroke says when the stroke covers so much of it."""


def hinted(matte: NDArray[np.float32], hints: NDArray[np.uint8] | None) -> NDArray[np.float32]:
    """A network's matte as the strokes say.

    Args:
        matte: h×w float32 in 0..1.
        hints: Of the same place, of any size; uint8. None for no hints.
    """
    if hints is None:
        return matte
    size = matte.shape[1], matte.shape[0]
    for value, alpha in ((KEEP, 1), (REMOVE, 0)):
        stroke = Image.fromarray(np.where(hints == value, np.uint8(255), np.uint8(0)))
        covered = np.asarray(stroke.resize(size, Image.Resampling.BOX)) >= TOUCHED * 255
        matte = np.where(covered, np.float32(alpha), matte)
    return matte


def respect(alpha: NDArray[Any], hints: NDArray[np.uint8] | None) -> NDArray[Any]:
    """A matte that is exactly what the strokes say where there are any.

    Args:
        alpha: H×W uint8, uint16, or float32 in 0..1; it is not changed.
        hints: H×W uint8; None for no hints.
    """
    if hints is None:
        return alpha
    full = 1 if alpha.dtype.kind == "f" else np.iinfo(alpha.dtype).max
    kept = np.where(hints == KEEP, alpha.dtype.type(full), alpha)
    return np.asarray(np.where(hints == REMOVE, alpha.dtype.type(0), kept))
