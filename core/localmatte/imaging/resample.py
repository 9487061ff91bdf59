"""The matte at the picture's size, without looking at the picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.imaging.filters import LANCZOS, runs, weights
from localmatte.progress import CancelToken
from localmatte.system.parallel import each

Floats = NDArray[np.float32]

STRIP = 64
"""Rows, and columns, enlarged at a time; a strip of rows stays in a core's own cache."""

BAND_ROWS = 512
"""Rows that one core takes at a time."""

SMALL = 1 << 18
"""Below this many pixels Pillow alone is as fast."""


def resize(plane: Floats, width: int, height: int, method: Image.Resampling) -> Floats:
    """Resample one float32 plane with Pillow's filters, which widen when they shrink.

    Args:
        plane: h×w float32.
        width: Wanted width in pixels.
        height: Wanted height in pixels.
        method: Which of Pillow's filters.

    Returns:
        height×width float32.
    """
    if plane.shape == (height, width):
        return plane
    image = Image.fromarray(np.ascontiguousarray(plane, dtype=np.float32))
    return np.asarray(image.resize((width, height), method), dtype=np.float32)


def upscaled(
    matte: Floats,
    width: int,
    height: int,
    cancel: CancelToken | None = None,
) -> Floats:
    """Enlarge a network's matte by Lanczos, in floats, and hold it inside 0..1.

    Args:
        matte: h×w float32 in 0..1.
        width: The picture's width in pixels.
        height: The picture's height in pixels.
        cancel: Stops the work between strips.

    Returns:
        height×width float32 in 0..1.

    Raises:
        CancelledError: When `cancel` was called.
    """
    cancel = cancel or CancelToken()
    if height < len(matte) or width * height < SMALL:
        whole = resize(matte, width, height, Image.Resampling.LANCZOS)
        return np.clip(whole, 0, 1)
    found = np.empty((height, width), np.float32)
    wide = np.empty((len(matte), width), np.float32)

    def across(columns: slice) -> None:
        read, crosswise = weights(LANCZOS, columns, matte.shape[1] / width, matte.shape[1])
        np.matmul(matte[:, read], crosswise.T, out=wide[:, columns])

    def down(first: int) -> None:
        last = min(first + BAND_ROWS, height)
        for top in range(first, last, STRIP):
            cancel.check()
            strip = slice(top, min(top + STRIP, last))
            rows, lengthwise = weights(LANCZOS, strip, len(matte) / height, len(matte))
            lines = np.matmul(lengthwise, wide[rows], out=found[strip])
            np.clip(lines, 0, 1, out=lines)

    each(across, runs(width, STRIP))
    each(down, range(0, height, BAND_ROWS))
    return found
