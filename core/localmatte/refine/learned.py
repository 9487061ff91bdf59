"""Alpha in the unknown region from a network that refines edges, tile by tile at full resolution.

Such a network (Yao et al. 2024, "ViTMatte") takes a part of a picture of a fixed size with its
trimap. Tiles lie only where something is unknown, and overlap: near its own borders a network
knows the least of what is around.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from localmatte.imaging.geometry import Box
from localmatte.progress import CancelToken, OnProgress, no_progress
from localmatte_bridge.models import duration
from localmatte_bridge.words import Sentence

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Number = TypeVar("Number", np.uint8, np.float32)
Infer = Callable[[NDArray[np.uint8], Floats], Floats]
"""Alpha of a tile, S×S float32, from its colours, S×S×3 uint8, and its trimap, S×S float32."""

UNKNOWN = 0.5
"""What a trimap holds where alpha has to be found, between the background's 0 and the subject's
1."""

MARGINS = 16
"""A tile's side is so many times the margin around what has to be found in it."""

FAITHFUL = 0.1
"""How far a tile may be from its trimap, on average, where that is sure. Networks are trained to
repeat it there; one that does not was fed wrongly, or exported for another size."""

COUNTED = 1 / 256
"""Of a tile of which less than this part is subject, or background, that is not asked."""


class Learned(NamedTuple):
    """Alpha that a network refined.

    Attributes:
        alpha: H×W float32 in 0..1.
        refused: How many tiles were not used since they were not as their trimaps say.
    """

    alpha: Floats
    refused: int


def refined(
    rgb: NDArray[np.uint8],
    alpha: Floats,
    unknown: Mask,
    side: int,
    infer: Infer,
    pace: Callable[[], float] = lambda: 0.0,
    on_progress: OnProgress = no_progress,
    cancel: CancelToken | None = None,
) -> Learned:
    """Find alpha in the unknown region.

    Args:
        rgb: The picture, H×W×3 uint8.
        alpha: Alpha as it is known so far, H×W float32 in 0..1; it is not changed.
        unknown: Where it has to be found, H×W bool; elsewhere it stays as it is.
        side: The sides of a tile, in pixels.
        infer: Runs the network on one.
        pace: Says how many seconds that took last; 0 where it never ran here.
        on_progress: Called with a fraction and a stage before each tile.
        cancel: Stops the work between tiles.

    Returns:
        Alpha, and how often the network could not be trusted.

    Raises:
        CancelledError: When `cancel` was called.
    """
    cancel = cancel or CancelToken()
    boxes, weights = tiles(unknown, side), _window(side)
    result, refused = alpha.copy(), 0
    for number, box in enumerate(boxes):
        cancel.check()
        on_progress(number / len(boxes), _stage(number, len(boxes), pace()))
        here = box.rows_and_columns
        known = np.where(unknown[here], np.float32(UNKNOWN), np.round(alpha[here]))
        trimap = _padded(known, side)
        found = infer(_padded(rgb[here], side), trimap)
        if _is_faithful(found, trimap):
            height, width = known.shape
            change = (found[:height, :width] - alpha[here]) * _share(box, boxes, weights)
            np.add(result[here], change, out=result[here], where=unknown[here])
        else:
            refused += 1
    return Learned(np.clip(result, 0, 1, out=result), refused)


def tiles(unknown: Mask, side: int) -> list[Box]:
    """Where the tiles lie.

    Args:
        unknown: Where alpha has to be found, H×W bool.
        side: The sides of a tile, in pixels.

    Returns:
        Boxes within the picture, of that size where the picture is not smaller. Each unknown pixel
        is in one that has a margin around it, or ends with the picture.
    """
    height, width = unknown.shape
    boxes = []
    for rows in _runs(np.any(unknown, axis=1), side):
        for columns in _runs(np.any(unknown[rows], axis=0), side):
            (inner,) = np.nonzero(np.any(unknown[rows, columns], axis=1))
            across = _around(columns.start, columns.stop, side, width)
            first, last = rows.start + int(inner[0]), rows.start + int(inner[-1])
            down = _around(first, last + 1, side, height)
            boxes.append(Box(across[0], down[0], across[1], down[1]))
    return boxes


def _runs(wanted: Mask, side: int) -> Iterator[slice]:
    """The fewest runs that hold all that is wanted, and each fit into a tile with its margins.

    Where the picture ends, a tile needs none.
    """
    margin, length = side // MARGINS, len(wanted)
    (at,) = np.nonzero(wanted)
    while len(at):
        end = max(int(at[0]) - margin, 0) + side
        count = int(np.searchsorted(at, end - margin if end < length else length))
        yield slice(int(at[0]), int(at[count - 1]) + 1)
        at = at[count:]


def _around(first: int, last: int, side: int, length: int) -> tuple[int, int]:
    """Where a tile begins and ends that has a run in its middle, as far as the picture allows."""
    start = min(max((first + last - side) // 2, 0), max(length - side, 0))
    return start, min(start + side, length)


def _padded(plane: NDArray[Number], side: int) -> NDArray[Number]:
    """A tile, mirrored at its right and lower ends where the picture is smaller."""
    rows, columns = (_mirrored(length, side) for length in plane.shape[:2])
    return plane[np.ix_(rows, columns)]


def _mirrored(length: int, side: int) -> NDArray[np.intp]:
    """Which pixel of a line stands at each place of a longer one."""
    at = np.arange(side) % (2 * length)
    return np.minimum(at, 2 * length - 1 - at)


def _window(side: int) -> Floats:
    """A tile's weights, S×S: 1 in its middle, and falling to near 0 over two margins."""
    at = np.minimum(np.arange(side), np.arange(side)[::-1]) + 0.5
    rising = np.sin(np.pi / 2 * np.minimum(at / max(2 * (side // MARGINS), 1), 1)) ** 2
    return np.outer(rising, rising).astype(np.float32)


def _share(box: Box, boxes: list[Box], weights: Floats) -> Floats:
    """How much a tile counts at each of its pixels, beside those that overlap it: h×w in 0..1."""
    total = np.zeros((box.bottom - box.top, box.right - box.left), np.float32)
    for other in boxes:
        here, there = other.within(box), box.within(other)
        if here and there:
            total[here.rows_and_columns] += weights[there.rows_and_columns]
    return np.asarray(weights[: total.shape[0], : total.shape[1]] / total)


def _is_faithful(found: Floats, trimap: Floats) -> bool:
    """Whether a tile is as its trimap says where that is sure."""
    for value in (0, 1):
        sure = found[trimap == value]
        if sure.size > trimap.size * COUNTED and abs(float(sure.mean()) - value) > FAITHFUL:
            return False
    return True


def _stage(number: int, count: int, seconds: float) -> str:
    """What is under way, and about how long all that is left takes."""
    doing = Sentence(
        "Refining the edges: tile {number} of {count}", number=str(number + 1), count=str(count)
    )
    if not seconds:
        return doing
    left = duration(seconds * (count - number))
    return Sentence("{doing}, about {time} left", doing=doing, time=left)
