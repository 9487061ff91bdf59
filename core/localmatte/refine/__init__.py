"""From a network's small matte to alpha at the picture's own resolution."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.progress import CancelToken, OnProgress, no_progress
from localmatte.refine import guided
from localmatte.refine.resample import plain, resize

__all__ = ["plain", "refine"]

WORKING_SIDE = 640
"""The longer side, in pixels, at which the filter is fitted."""

STRIP_ROWS = 256
"""How many of the picture's rows are finished at a time."""


def refine(
    rgb: NDArray[np.uint8],
    matte: NDArray[np.float32],
    on_progress: OnProgress = no_progress,
    cancel: CancelToken | None = None,
) -> NDArray[np.float32]:
    """Sharpen a network's matte against the full-resolution picture.

    Only the uncertain band is touched; what the matte holds for solid or clean stays so.

    Args:
        rgb: The picture, H×W×3 uint8.
        matte: The network's own matte of the whole picture, h×w float32 in 0..1.
        on_progress: Called with a fraction and a stage.
        cancel: Stops the work between strips.

    Returns:
        Alpha, H×W float32 in 0..1.

    Raises:
        CancelledError: When `cancel` was called.
    """
    cancel = cancel or CancelToken()
    height, width = rgb.shape[:2]
    alpha = plain(matte, width, height)
    uncertain = (matte > 0.02) & (matte < 0.98)
    if not uncertain.any():
        return alpha
    on_progress(0.1, "refine")
    scale = min(1.0, WORKING_SIDE / max(width, height))
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    guide = Image.fromarray(rgb).resize(small, Image.Resampling.BOX)
    colours = np.moveaxis(np.asarray(guide, dtype=np.float32), -1, 0) / np.float32(255)
    fitted = guided.fit(colours, plain(matte, *small))
    cancel.check()
    rows = np.clip((np.arange(height) + 0.5) * small[1] / height - 0.5, 0, small[1] - 1)
    above = rows.astype(np.intp)
    below = np.minimum(above + 1, small[1] - 1)
    part = (rows - above).astype(np.float32)[:, None]
    for top in range(0, height, STRIP_ROWS):
        cancel.check()
        strip = slice(top, min(top + STRIP_ROWS, height))
        band = (alpha[strip] > 0.02) & (alpha[strip] < 0.98)
        if band.any():
            planes = (
                fitted[:, above[strip]] * (1 - part[strip]) + fitted[:, below[strip]] * part[strip]
            )
            wide = [resize(p, width, p.shape[0], Image.Resampling.BILINEAR)[band] for p in planes]
            pixels = rgb[strip][band].T.astype(np.float32) / 255
            value = wide[3] + sum(a * c for a, c in zip(wide[:3], pixels, strict=True))
            alpha[strip][band] = np.clip(value, 0, 1)
        on_progress(0.2 + 0.8 * strip.stop / height, "refine")
    return alpha
