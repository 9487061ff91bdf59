"""The subject's own colours at soft edges, freed of the background that shines through.

A pixel's colour is alpha·F + (1 - alpha)·B. At a reduced size F and B are found as Germer et al.
2020 do it ("Fast Multi-Level Foreground Estimation"): on a pyramid from one pixel upwards, where
each level starts from the one above it and takes steps towards colours that explain the picture
and vary little where alpha varies. At the picture's own size they need only be moved, by the
least squares, to where they explain each pixel.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.progress import CancelToken
from localmatte.refine.trimap import grown
from localmatte.system.parallel import each

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Indices = NDArray[np.intp]

WORKING_SIDE = 1024
"""The longer side, at most, of the reduced picture for which colours are found."""

EVENNESS = 1e-5
"""How much two neighbours of the same alpha hold to the same colours."""

STEPS = 12
"""Steps at each level of the pyramid."""

STIFFNESS = 0.05
"""How much the reduced picture's colours count beside the picture itself."""

STRIP_ROWS = 32
CHUNK = 1 << 14
"""Pixels worked on at a time."""


def estimate_foreground(rgb: Bytes, mask: Bytes, cancel: CancelToken | None = None) -> Bytes:
    """Estimate the subject's colours where the mask is soft.

    Args:
        rgb: The picture, H×W×3 uint8.
        mask: The matte, H×W uint8.
        cancel: Stops the work between its pieces.

    Returns:
        H×W×3 uint8: a copy of the picture that differs from it only where the mask is neither
        0 nor 255.

    Raises:
        CancelledError: When `cancel` was called.
    """
    cancel = cancel or CancelToken()
    result = rgb.copy()
    if not ((mask > 0) & (mask < 255)).any():
        return result
    factor = -(-max(mask.shape) // WORKING_SIDE)
    small, matte = (np.asarray(Image.fromarray(plane).reduce(factor)) for plane in (rgb, mask))
    colours = _colours(small, matte, cancel)
    unit = np.float32(1 / 255)

    def finish(top: int) -> None:
        cancel.check()
        strip = mask[top : top + STRIP_ROWS]
        y, x = np.nonzero((strip > 0) & (strip < 255))
        pixels = rgb[top : top + STRIP_ROWS][y, x] * unit
        alpha = (strip[y, x] * unit)[:, None]
        near = colours[(y + top) // factor, x // factor]
        subject, background = near[:, :3], near[:, 3:]
        unexplained = pixels - alpha * subject - (1 - alpha) * background
        unexplained *= alpha / (np.float32(STIFFNESS) + alpha**2 + (1 - alpha) ** 2)
        found = np.clip(subject + unexplained, 0, 1)
        result[top : top + STRIP_ROWS][y, x] = np.rint(found * 255)

    each(finish, range(0, len(mask), STRIP_ROWS))
    return result


def _colours(rgb: Bytes, mask: Bytes, cancel: CancelToken) -> Floats:
    """Colours of subject and background in 0..1, h×w×6, for a picture of h×w pixels."""
    levels = list(_pyramid(rgb, mask))
    colours = np.concatenate([levels[-1][0]] * 2, axis=2) * np.float32(1 / 255)
    for picture, matte in reversed(levels):
        cancel.check()
        height, width = matte.shape
        colours = colours.repeat(2, axis=0)[:height].repeat(2, axis=1)[:, :width].copy()
        pixels = picture * np.float32(1 / 255)
        np.copyto(colours[..., :3], pixels, where=(matte == 255)[..., None])
        np.copyto(colours[..., 3:], pixels, where=(matte == 0)[..., None])
        soft = grown((matte > 0) & (matte < 255), 1)
        if soft.any():
            _improve(colours.reshape(-1, 6), pixels.reshape(-1, 3), matte, soft)
    return colours


def _pyramid(rgb: Bytes, mask: Bytes) -> Iterator[tuple[Bytes, Bytes]]:
    """The picture and its matte, then both at half the size, and so on down to one pixel."""
    yield rgb, mask
    while max(mask.shape) > 1:
        rgb, mask = (np.asarray(Image.fromarray(plane).reduce(2)) for plane in (rgb, mask))
        yield rgb, mask


def _improve(colours: Floats, pixels: Floats, mask: Bytes, soft: NDArray[np.bool_]) -> None:
    """Take Jacobi steps in place, for the pixels that are soft.

    Args:
        colours: Of subject and background, N×6 in 0..1.
        pixels: N×3 in 0..1.
        mask: h×w, N pixels.
        soft: h×w bool.
    """
    places = np.array_split(np.flatnonzero(soft), -(-np.count_nonzero(soft) // CHUNK))
    chunks = each(lambda at: _Chunk(at, pixels, mask), places)
    for _ in range(STEPS):
        found = each(lambda chunk: chunk.step(colours), chunks)
        for chunk, values in zip(chunks, found, strict=True):
            colours[chunk.at] = values


class _Chunk:
    """Some pixels, and the equations that hold for them.

    Args:
        at: Their indices, n.
        pixels: All pixels, N×3 in 0..1.
        mask: h×w uint8, N pixels.
    """

    def __init__(self, at: Indices, pixels: Floats, mask: Bytes) -> None:
        self.at = at
        (height, width), alpha = mask.shape, mask.ravel() * np.float32(1 / 255)
        y, x = np.divmod(at, width)
        self._neighbours = [
            np.clip(y + down, 0, height - 1) * width + np.clip(x + across, 0, width - 1)
            for down, across in ((-1, 0), (1, 0), (0, -1), (0, 1))
        ]
        front = alpha[at][:, None]
        back = 1 - front
        self._weights = [
            np.abs(alpha[near][:, None] - front) + np.float32(EVENNESS) for near in self._neighbours
        ]
        # F and B solve two equations, the same for all three colours.
        total = np.sum(self._weights, axis=0)
        self._first, self._second = front * front + total, back * back + total
        self._both = front * back
        self._scale = 1 / (self._first * self._second - self._both**2)
        mine = pixels[at]
        self._constant = np.concatenate([front * mine, back * mine], axis=1)

    def step(self, colours: Floats) -> Floats:
        """Better colours for these pixels, n×6."""
        right = self._constant.copy()
        for near, weight in zip(self._neighbours, self._weights, strict=True):
            right += weight * colours[near]
        subject, background = right[:, :3], right[:, 3:]
        found = np.empty_like(right)
        found[:, :3] = self._second * subject - self._both * background
        found[:, 3:] = self._first * background - self._both * subject
        found *= self._scale
        return np.clip(found, 0, 1, out=found)
