"""An existing mask and a new matte of the same part: which of the two to trust."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.imaging.geometry import Box
from localmatte.imaging.pixels import unit
from localmatte.imaging.resample import resize
from localmatte.refine import WORKING_SIDE
from localmatte.refine.blend import mix
from localmatte.refine.closed_form import EPSILON, planes
from localmatte.refine.components import runs
from localmatte.refine.laplacian import REACH, MattingLaplacian
from localmatte.refine.trimap import grown
from localmatte.refine.zoom_pass import shared

Floats = NDArray[np.float32]

SUBJECT = 0.5
"""Alpha above this is the subject; masks that differ by more than this disagree about it."""

SAME = 0.6
"""A network whose matte shares less than this with the existing mask, which it is to correct,
takes a part for the whole or something else for the subject."""

PRIOR_SIDE = 640
"""The longer side, in pixels, of an existing mask from which edges are refined."""


def agreeing(matte: Floats, existing: NDArray[Any]) -> Floats:
    """Choose between the network's matte of a part of a picture and the mask to be corrected.

    Args:
        matte: h×w float32 in 0..1.
        existing: The mask of the same part, H×W uint8, uint16 or float32.

    Returns:
        `matte`; or, where the two do not agree, the mask as float32 in 0..1, reduced to at most
        PRIOR_SIDE pixels a side, so that its edges can still be refined.
    """
    known = unit(existing)
    shown = resize(known, matte.shape[1], matte.shape[0], Image.Resampling.BOX)
    # A mask without an edge here knows of no subject.
    if shown.min() > 0.5 or shown.max() <= 0.5 or shared(shown, matte) >= SAME:
        return matte
    scale = min(1.0, PRIOR_SIDE / max(known.shape))
    height, width = (max(1, round(side * scale)) for side in known.shape)
    return resize(known, width, height, Image.Resampling.BOX)


def keep_existing(found: Floats, existing: NDArray[Any], rgb: NDArray[np.uint8]) -> None:
    """Restore, in place, those parts of an existing mask that are as good as the new matte.

    Where the two disagree about the subject, the edge of one of them is inside it or beyond. The
    one that follows the picture is trusted: the matting Laplacian leaves less of its alpha, since
    in small windows that is an affine function of colour. A mask without an edge there says
    nothing about the new matte.

    Args:
        found: The new matte, H×W float32 in 0..1; it is changed.
        existing: The mask of the same part, H×W uint8, uint16 or float32.
        rgb: The picture, H×W×3 uint8.
    """
    height, width = found.shape
    scale = min(1.0, WORKING_SIDE / max(found.shape))
    rows, columns = (max(1, round(side * scale)) for side in found.shape)
    known = unit(existing)
    old, new = (resize(mask, columns, rows, Image.Resampling.BOX) for mask in (known, found))
    disputed = grown(np.abs(old - new) > SUBJECT, REACH)
    if not disputed.any():
        return
    guide = Image.fromarray(rgb).resize((columns, rows), Image.Resampling.BOX)
    laplacian = MattingLaplacian(planes(guide), disputed, EPSILON)
    excess = np.square(laplacian.product(old)) - np.square(laplacian.product(new))
    parts = runs(disputed)
    solid = parts.totals(old > SUBJECT)
    better = (parts.totals(excess) <= 0) & (solid > 0) & (solid < parts.areas)
    kept = resize(
        parts.plane(better, old.shape).astype(np.float32), width, height, Image.Resampling.BILINEAR
    )
    mix(found, known, Box(0, 0, width, height), kept)
