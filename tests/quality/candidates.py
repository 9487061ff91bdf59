"""Other solvers in the place of ours: pymatting's, between our own trimap and enlargement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.progress import CancelToken
from localmatte.refine import WORKING_SIDE, upscaled
from localmatte.refine.closed_form import planes
from localmatte.refine.trimap import trimap
from localmatte.refine.upsample import upsampled

Floats = NDArray[np.float32]
Solver = Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]


def closed_form(rgb: NDArray[np.uint8], matte: Floats) -> Floats:
    """Closed-form matting (Levin, Lischinski and Weiss 2008), solved to the end."""
    from pymatting import estimate_alpha_cf

    return _solved(rgb, matte, estimate_alpha_cf)


def knn(rgb: NDArray[np.uint8], matte: Floats) -> Floats:
    """KNN matting (Chen, Li and Tang 2013)."""
    from pymatting import estimate_alpha_knn

    return _solved(rgb, matte, estimate_alpha_knn)


def _solved(rgb: NDArray[np.uint8], matte: Floats, solver: Solver) -> Floats:
    """Alpha at the picture's size, H×W; the enlarged matte where it is sure of one part alone."""
    scale = min(1.0, WORKING_SIDE / max(rgb.shape[:2]))
    height, width = (max(1, round(side * scale)) for side in rgb.shape[:2])
    guide = Image.fromarray(rgb).resize((width, height), Image.Resampling.BOX)
    parts = trimap(upscaled(matte, width, height))
    known = np.where(parts.unknown, np.float32(0.5), parts.alpha)
    if not {0, 1} <= set(np.unique(known)):
        return upscaled(matte, rgb.shape[1], rgb.shape[0])
    alpha = solver(np.asarray(guide) / 255, known.astype(np.float64)).astype(np.float32)
    return np.asarray(upsampled(rgb, planes(guide), parts, alpha, CancelToken()))
