"""Where the solution of closed-form matting is believed, and where the network's own matte is.

Colours that tell the subject from the background make the solution crisp. Where they cannot
(the same colour on both sides, noise, a blurred edge), the solution is a veil, softer than what
the network saw; and far from the network's own edge it is a flood. The network's matte is the
better answer there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.imaging.resample import resize
from localmatte.refine.trimap import Trimap

Floats = NDArray[np.float32]

HAZE = 0.05
"""The solution leaves this much of alpha in clean parts, and lacks as much in solid ones."""

BLOCK_PIXELS = 8
"""Softness is averaged over blocks of so many pixels."""

CRISPER = np.float32(2.9)
AT_EDGE = np.float32(37)
BIAS = np.float32(-2.1)
"""A logistic function of how much crisper the solution is about a pixel, and of whether the
network's own matte is soft at the pixel itself. Fitted to which of the two was nearer to the truth
on the tuning half of `tests.quality.scenes`, both of its networks."""

LEAST = np.float32(0.002)
"""Softness below this is none."""


def trusted(solution: Floats, parts: Trimap) -> Floats:
    """Mix the solution and the network's matte, each where it is believed.

    Args:
        solution: Closed-form alpha, h×w float32 in 0..1.
        parts: The trimap that it was found for, with the network's matte where it is unsure.

    Returns:
        Alpha, h×w float32 in 0..1; where the trimap is sure, as the trimap says.
    """
    clear = np.clip((solution - np.float32(HAZE)) / np.float32(1 - 2 * HAZE), 0, 1)
    own = _softness(parts.alpha)
    crisper = (_about(own) + LEAST) / (_about(_softness(clear)) + LEAST)
    evidence = CRISPER * np.log(crisper) + AT_EDGE * own + BIAS
    share = (1 + np.tanh(evidence / 2)) / 2
    return np.where(parts.unknown, parts.alpha + share * (clear - parts.alpha), parts.alpha)


def _softness(alpha: Floats) -> Floats:
    return alpha * (1 - alpha)


def _about(plane: Floats) -> Floats:
    """The plane's mean over the blocks about each pixel."""
    height, width = plane.shape
    rows, columns = (max(1, round(side / BLOCK_PIXELS)) for side in plane.shape)
    means = resize(plane, columns, rows, Image.Resampling.BOX)
    return resize(means, width, height, Image.Resampling.BILINEAR)
