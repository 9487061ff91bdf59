"""The matte at the picture's size, without looking at the picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]


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


def plain(matte: Floats, width: int, height: int) -> Floats:
    """Enlarge a network's matte by Lanczos, in floats, and hold it inside 0..1.

    Args:
        matte: h×w float32 in 0..1.
        width: The picture's width in pixels.
        height: The picture's height in pixels.

    Returns:
        height×width float32 in 0..1.
    """
    enlarged = resize(matte, width, height, Image.Resampling.LANCZOS)
    return np.asarray(np.clip(enlarged, 0, 1), dtype=np.float32)
