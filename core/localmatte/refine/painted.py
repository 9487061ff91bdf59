"""A mask on which the user painted roughly: what the strokes mean, solved against the picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.errors import PictureError
from localmatte.imaging.downscale import downscaled
from localmatte.imaging.filters import AREA
from localmatte.imaging.geometry import Box
from localmatte.imaging.pixels import quantised, unit
from localmatte.imaging.resample import resize
from localmatte.options import ALL_LEVELS
from localmatte.progress import CancelToken, OnProgress, no_progress
from localmatte.refine.closed_form import EPSILON, SURROUNDINGS, improve, planes
from localmatte.refine.components import runs
from localmatte.refine.laplacian import MattingLaplacian
from localmatte.refine.trimap import CLEAN, SOLID, Trimap, grown
from localmatte.refine.trust import HAZE
from localmatte.refine.upsample import upsampled
from localmatte_bridge.words import N_

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Place = tuple[slice, slice]

REACH = 1 / 24
"""How far from a stroke the edge that it means may lie, as a part of the picture's longer side."""

LEAST_REACH = 24
"""The same in pixels, at least: hands and brushes are no finer in small pictures."""

RIM, LEAST_RIM = 0.3, 24
"""How far a stroke may go beyond the edge: so much of its reach, and so many pixels at least."""

FINE = 4
"""A stroke of nowhere more than so many pixels to its edge was painted with care, and reaches no
farther; all of it is sure."""

SAID = 0.25
"""Painted to so much of white, a pixel is the subject's; to so much of black, the background's."""

TOLERANCE = 0.51
"""Masks are the same up to so much of the step between two of these values."""

WORKING_SIDE = 1536
"""The longer side, in pixels, up to which a part is solved at the picture's own size."""

LEVELS = ((1 / 8, 60), (1 / 4, 40), (1 / 2, 20), (1, 10))
"""The sizes at which the solution is found, as parts of the guide's, and the steps at each: more at
small sizes than from a network's matte, as no more than the seeds is known."""

CELL = 16
"""Strokes are parted in cells of so many pixels."""

VEIL = 0.85
END = 0.75
MIXED = 0.15
STEEPNESS = np.float32(40)
"""A solution that is smoother than VEIL about a pixel, or than END beside such a one, is none
there, unless nearly all of it is 0 or 1; and how suddenly that is so. See `_veil`."""

NOTHING_PAINTED = (
    N_("Nothing has been painted on the mask since localmatte created it."),
    N_("Paint white or black on the mask first."),
)
NOTHING_SOFT = (
    N_("The mask has no soft edges to refine."),
    N_("Paint on the mask with a soft brush, or feather it, and try again."),
)
NOTHING_SELECTED = (
    N_("The mask already matches the selection."),
    N_("Select another part of the layer."),
)


@dataclass(frozen=True)
class _Said:
    """What is known of a part of a mask.

    Attributes:
        known: Alpha where it is known; elsewhere the mask as it is. h×w float32.
        unknown: Where alpha has to be found, h×w bool.
        region: Where the mask may change, h×w bool.
        start: The first guess of alpha, h×w float32.
        low: The least that alpha may be, h×w float32.
        high: The most that alpha may be, h×w float32.
    """

    known: Floats
    unknown: Mask
    region: Mask
    start: Floats
    low: Floats
    high: Floats


def finish_painted(
    rgb: NDArray[np.uint8],
    painted: NDArray[Any],
    before: NDArray[Any] | None = None,
    levels: int = ALL_LEVELS,
    on_progress: OnProgress = no_progress,
    cancel: CancelToken | None = None,
) -> NDArray[Any]:
    """Give what was roughly painted on a mask the edges that the picture has.

    What was painted white is the subject, what was painted black the background, and what was
    painted grey is undecided. A stroke is sure in its core alone; about its rim alpha is solved by
    closed-form matting (Levin, Lischinski and Weiss 2008). Near white strokes the mask only gains,
    near black ones it only loses. Where the picture has no edge, the stroke's own edge stays.

    Args:
        rgb: The picture, H×W×3 uint8.
        painted: The mask as it is, H×W uint8, uint16 or float32 in 0..1; it is not changed.
        before: The mask before the strokes, H×W of any of these dtypes. None where it is not known:
            then solid white and black are trusted, and what is between them is solved.
        levels: How many values from black to white `before` was kept in.
        on_progress: Called with a fraction and a stage.
        cancel: Stops the work between its pieces.

    Returns:
        The mask, H×W of the dtype of `painted`; its pixels beyond the strokes' reach are as they
        were.

    Raises:
        PictureError: Nothing was painted, or nothing is soft.
        CancelledError: When `cancel` was called.
    """
    mask, reach = unit(painted), reach_of(rgb.shape[1], rgb.shape[0])
    if before is None:
        old, changed = mask, (mask * 255 >= 0.5) & (mask * 255 <= 254.5)
    else:
        old = unit(before)
        changed = abs(mask - old) > TOLERANCE / (levels - 1)
    if not changed.any():
        raise PictureError(*(NOTHING_SOFT if before is None else NOTHING_PAINTED))
    result = painted.copy()
    boxes = list(_boxes(changed, 0 if before is None else reach))
    for number, box in enumerate(boxes):
        on_progress(number / len(boxes), N_("Refining the edges"))
        here = box.rows_and_columns
        if before is None:
            said = _softly(mask[here], changed[here])
        else:
            said = _roughly(mask[here], old[here], changed[here], reach)
        alpha = _solved(rgb[here], said, reach, cancel or CancelToken())
        np.copyto(result[here], quantised(alpha, painted.dtype), where=said.region)
    on_progress(1.0, N_("Done"))
    return result


def finish_selected(
    rgb: NDArray[np.uint8],
    mask: NDArray[Any],
    selected: NDArray[np.uint8],
    keep: bool,
    on_progress: OnProgress = no_progress,
    cancel: CancelToken | None = None,
) -> NDArray[Any]:
    """Take what is selected for the subject, or for the background, and finish the mask there.

    Args:
        rgb: The picture, H×W×3 uint8.
        mask: The mask as it is, H×W uint8, uint16 or float32 in 0..1; it is not changed.
        selected: How far each pixel is selected, H×W uint8.
        keep: Whether it is the subject's; otherwise it is not.
        on_progress: Called with a fraction and a stage.
        cancel: Stops the work between its pieces.

    Returns:
        The mask, H×W of the dtype of `mask`, as `finish_painted` finishes one on which the
        selection was filled; what is kept takes nothing away, and what is removed adds nothing.

    Raises:
        PictureError: The mask is as the selection says.
        CancelledError: When `cancel` was called.
    """
    old, share = unit(mask), unit(selected)
    painted = np.maximum(old, share) if keep else np.minimum(old, 1 - share)
    if not (abs(painted - old) > TOLERANCE / (ALL_LEVELS - 1)).any():
        raise PictureError(*NOTHING_SELECTED)
    filled = quantised(painted, mask.dtype)
    found = finish_painted(rgb, filled, mask, on_progress=on_progress, cancel=cancel)
    return np.asarray(np.maximum(found, mask) if keep else np.minimum(found, mask))


def reach_of(width: int, height: int) -> int:
    """How far from a stroke a mask may change.

    Args:
        width: The picture's, in pixels.
        height: The picture's, in pixels.

    Returns:
        Pixels.
    """
    return max(LEAST_REACH, round(max(width, height) * REACH))


def _softly(mask: Floats, soft: Mask) -> _Said:
    """What a mask of any origin says: what is solid is sure."""
    return _Said(mask, soft, soft, mask, np.zeros_like(mask), np.ones_like(mask))


def _roughly(mask: Floats, old: Floats, changed: Mask, reach: int) -> _Said:
    """What strokes say on a mask that is known."""
    before = np.where(changed, old, mask)
    white, black = changed & (mask >= 1 - SAID), changed & (mask <= SAID)
    undecided = changed & ~white & ~black
    sure_white, may_gain = _spread(white, reach)
    sure_black, may_lose = _spread(black, reach)
    may_gain, may_lose = may_gain | undecided, may_lose | undecided
    subject = sure_white | ((before > SOLID) & ~may_lose)
    background = sure_black | ((before < CLEAN) & ~may_gain)
    unknown = (may_gain | may_lose) & ~subject & ~background
    known = np.where(subject | background, before, mask)
    known = np.where(sure_white, np.float32(1), np.where(sure_black, np.float32(0), known))
    return _Said(
        known,
        unknown,
        may_gain | may_lose,
        np.where(unknown, np.float32(0.5), known),
        np.where(may_lose, np.float32(0), np.where(may_gain, before, known)),
        np.where(may_gain, np.float32(1), np.where(may_lose, before, known)),
    )


def _spread(stroke: Mask, reach: int) -> tuple[Mask, Mask]:
    """Where a stroke is sure, and what it may mean, itself included."""
    parts = runs(stroke)
    if not parts.part.size:
        return stroke, stroke
    rough = parts.plane(parts.totals(~grown(~stroke, FINE)) > 0, stroke.shape)
    fine = stroke & ~rough
    return _core(rough, max(LEAST_RIM, round(reach * RIM))) | fine, grown(rough, reach) | grown(
        fine, FINE
    )


def _core(stroke: Mask, rim: int) -> Mask:
    """A stroke but for its rim, which is no more than two fifths of its width."""
    core, decided = np.zeros_like(stroke), np.zeros_like(stroke)
    half = round(1.25 * rim)
    while half:
        thick = grown(~grown(~stroke, half), 2 * half)
        core |= ~grown(~stroke, 4 * half // 5) & thick & ~decided
        decided |= thick
        half //= 2
    return core | (stroke & ~decided)


def _boxes(region: Mask, margin: int) -> Iterator[Box]:
    """Boxes with a margin around a region; no part of the region is near to two of them."""
    height, width = region.shape
    rows, columns = -(-height // CELL), -(-width // CELL)
    padded = np.zeros((rows * CELL, columns * CELL), bool)
    padded[:height, :width] = region
    touched: Mask = np.any(padded.reshape(rows, CELL, columns, CELL), axis=(1, 3))
    cells = grown(touched, -(-margin // CELL))
    boxes, covered = list[Box](), -1
    while covered != (covered := int(cells.sum())):
        boxes = list(_around_parts(cells))
        for box in boxes:
            cells[box.rows_and_columns] = True
    for box in boxes:
        whole = Box(*(edge * CELL for edge in (box.left, box.top, box.right, box.bottom)))
        yield whole.grown(SURROUNDINGS, width, height)


def _around_parts(cells: Mask) -> Iterator[Box]:
    found, width = runs(cells), cells.shape[1]
    for part in np.unique(found.part):
        mine = found.part == part
        first, last = found.start[mine], found.stop[mine] - 1
        yield Box(
            int((first % width).min()),
            int(first.min() // width),
            int((last % width).max()) + 1,
            int(last.max() // width) + 1,
        )


def _solved(rgb: NDArray[np.uint8], said: _Said, reach: int, cancel: CancelToken) -> Floats:
    """Alpha of a part of the picture, h×w float32; what is known is exact."""
    scale = min(1.0, WORKING_SIDE / max(rgb.shape[:2]))
    width, height = (max(1, round(side * scale)) for side in (rgb.shape[1], rgb.shape[0]))
    small = downscaled(rgb, width, height, AREA).transpose(1, 2, 0) if scale < 1 else rgb
    guide = Image.fromarray(np.ascontiguousarray(small))
    parts = _shrunk(Trimap(said.known, said.unknown), width, height)
    start = resize(said.start, width, height, Image.Resampling.BOX)
    alpha = _closed_form(guide, parts, start, cancel)
    alpha = np.clip((alpha - np.float32(HAZE)) / np.float32(1 - 2 * HAZE), 0, 1)
    alpha = np.where(parts.unknown, alpha, parts.alpha)
    alpha += _veil(alpha, parts.alpha, max(2, round(reach * scale / 2))) * (parts.alpha - alpha)
    if scale < 1:
        alpha = upsampled(rgb, planes(guide), Trimap(parts.alpha, parts.unknown), alpha, cancel)
    alpha = np.where(said.unknown, alpha, said.known)
    return np.asarray(np.clip(alpha, said.low, said.high), np.float32)


def _closed_form(guide: Image.Image, parts: Trimap, start: Floats, cancel: CancelToken) -> Floats:
    """Closed-form alpha at the guide's size, from coarse to fine; h×w float32 in 0..1."""
    coefficients, alpha = None, start
    for scale, steps in LEVELS:
        cancel.check()
        width, height = (max(1, round(side * scale)) for side in guide.size)
        colours = planes(guide.resize((width, height), Image.Resampling.BOX))
        here = _shrunk(parts, width, height)
        first = resize(start, width, height, Image.Resampling.BOX)
        if coefficients is not None:
            *slopes, offset = (
                resize(plane, width, height, Image.Resampling.BILINEAR) for plane in coefficients
            )
            first = np.clip(offset + (np.stack(slopes) * colours).sum(0), 0, 1)
        laplacian = MattingLaplacian(colours, grown(here.unknown, SURROUNDINGS), EPSILON)
        alpha = np.clip(improve(laplacian, here, first, steps), 0, 1)
        coefficients = laplacian.coefficients(alpha)
    return alpha


def _shrunk(parts: Trimap, width: int, height: int) -> Trimap:
    """A trimap at a smaller size; what is unknown in part is unknown."""
    alpha = resize(parts.alpha, width, height, Image.Resampling.BOX)
    unknown = resize(parts.unknown.astype(np.float32), width, height, Image.Resampling.BOX)
    return Trimap(alpha, unknown > 0)


def _veil(alpha: Floats, mask: Floats, side: int) -> Floats:
    """How surely alpha is a smooth veil about each pixel, instead of edges or hair.

    In a block of alpha that is 0 or 1, the variance is m(1-m) for the mean m; where alpha hardly
    changes, it is 0. Smooth blocks beside those of a veil, in which it ends, are of it as well.

    Args:
        alpha: h×w float32 in 0..1.
        mask: The mask that alpha came from, h×w float32 in 0..1.
        side: Of a block, in pixels.

    Returns:
        h×w float32 in 0..1.
    """
    height, width = alpha.shape
    columns, rows = (max(1, round(length / side)) for length in (width, height))
    mean, soft, own = (
        resize(plane, columns, rows, Image.Resampling.BOX)
        for plane in (alpha, alpha * (1 - alpha), mask)
    )
    most = mean * (1 - mean)
    smooth = soft / np.maximum(most, np.float32(1e-3))
    share = _surely(smooth - np.float32(VEIL)) * _surely(most - np.float32(MIXED))
    around = np.pad(share, 1)
    beside = np.max([around[y : y + rows, x : x + columns] for y, x in np.ndindex(3, 3)], axis=0)
    end = beside * _surely(smooth - np.float32(END)) * (abs(mean - own) < 0.5)
    return resize(np.maximum(share, end), width, height, Image.Resampling.BILINEAR)


def _surely(excess: Floats) -> Floats:
    return np.asarray((1 + np.tanh(STEEPNESS * excess)) / 2, np.float32)
