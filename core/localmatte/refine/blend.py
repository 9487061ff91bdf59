"""Blends a part of a matte, from a pass of its own, into the whole without a seam."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from localmatte.imaging.geometry import Box

Floats = NDArray[np.float32]

RAMP = 0.05
"""Over which part of a box's longer side a result for that box fades into the rest."""


def blend(whole: Floats, part: Floats, box: Box, ramp: int) -> None:
    """Blend a part into a whole, in place.

    Args:
        whole: H×W float32 in 0..1.
        part: h×w float32 in 0..1.
        box: The part's place in the whole.
        ramp: Over how many pixels inside the box the part fades in; not where the box ends
            with the picture.
    """
    height, width = whole.shape
    down = _weights(part.shape[0], ramp, box.top > 0, box.bottom < height)
    across = _weights(part.shape[1], ramp, box.left > 0, box.right < width)
    mix(whole, part, box, np.minimum(down[:, None], across))


def mix(whole: Floats, part: Floats, box: Box, share: Floats) -> None:
    """Mix a part into a whole by shares, in place.

    Args:
        whole: H×W float32 in 0..1.
        part: h×w float32 in 0..1.
        box: The part's place in the whole.
        share: How much of the part is taken, h×w float32 in 0..1.
    """
    inside = whole[box.rows_and_columns]
    inside += share * (part - inside)
    # Where the part counts wholly, it is exactly what it was.
    np.copyto(inside, part, where=share == 1)


def fade_inside(selected: NDArray[np.uint8], box: Box, ramp: int) -> Floats:
    """The weight of a selection of any shape, which fades in inside it.

    Args:
        selected: How far each of the whole's pixels is selected, H×W uint8.
        box: The part of it that is wanted.
        ramp: Over how many pixels a hard border fades in; not where it is the picture's own.

    Returns:
        h×w float32 in 0..1; nowhere more than what is selected.
    """
    height, width = selected.shape
    around = box.grown(ramp, width, height)
    plane = Image.fromarray(np.ascontiguousarray(selected[around.rows_and_columns]))
    blurred = np.asarray(plane.filter(ImageFilter.BoxBlur(ramp)), np.float32)
    top, left = box.top - around.top, box.left - around.left
    rows, columns = slice(top, top + box.bottom - box.top), slice(left, left + box.right - box.left)
    # Half of the surroundings of a straight border are selected.
    inner = np.clip(blurred[rows, columns] * np.float32(2 / 255) - 1, 0, 1)
    share = np.minimum(inner, selected[box.rows_and_columns] * np.float32(1 / 255))
    return np.asarray(share, np.float32)


def ramp_of(box: Box) -> int:
    """How wide a result for a box fades into what is around it.

    Args:
        box: In pixels.

    Returns:
        In pixels.
    """
    return round(max(box.right - box.left, box.bottom - box.top) * RAMP)


def _weights(size: int, ramp: int, fade_in: bool, fade_out: bool) -> NDArray[np.float32]:
    """From near 0 at the ends that fade to 1 at `ramp` pixels from them."""
    at = np.arange(size) + 0.5
    rising = at / ramp if fade_in and ramp else np.ones(size)
    falling = at[::-1] / ramp if fade_out and ramp else np.ones(size)
    return np.minimum(np.minimum(rising, falling), 1).astype(np.float32)
