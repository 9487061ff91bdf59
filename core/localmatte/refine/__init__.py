"""From a network's small matte to alpha at the picture's own resolution."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.imaging.downscale import downscaled
from localmatte.imaging.filters import AREA
from localmatte.imaging.resample import upscaled
from localmatte.progress import CancelToken, OnProgress, no_progress
from localmatte.refine.closed_form import solve
from localmatte.refine.trust import trusted
from localmatte.refine.upsample import upsampled

__all__ = ["refine", "upscaled"]

WORKING_SIDE = 768
"""The longer side, in pixels, of the reduced picture for which alpha is found."""


def refine(
    rgb: NDArray[np.uint8],
    matte: NDArray[np.float32],
    on_progress: OnProgress = no_progress,
    cancel: CancelToken | None = None,
) -> NDArray[np.float32]:
    """Find alpha at the picture's resolution from a network's small matte.

    Where the matte is sure, alpha is exactly 0 or 1; in the region between, alpha follows the
    picture.

    Args:
        rgb: The picture, H×W×3 uint8.
        matte: The network's own matte of the whole picture, h×w float32 in 0..1.
        on_progress: Called with a fraction and a stage.
        cancel: Stops the work between its pieces.

    Returns:
        Alpha, H×W float32 in 0..1.

    Raises:
        CancelledError: When `cancel` was called.
    """
    cancel = cancel or CancelToken()
    on_progress(0.0, "refine")
    scale = min(1.0, WORKING_SIDE / max(rgb.shape[:2]))
    height, width = (max(1, round(side * scale)) for side in rgb.shape[:2])
    planes = downscaled(rgb, width, height, AREA, gap=2)
    guide = Image.fromarray(np.ascontiguousarray(planes.transpose(1, 2, 0)))
    on_progress(0.2, "refine")
    solved = solve(guide, matte, cancel)
    on_progress(0.6, "refine")
    sharp = upsampled(rgb, solved.colours, solved.parts, trusted(solved), cancel)
    on_progress(1.0, "refine")
    return sharp
