"""Masks on which a script paints roughly, as a user does: how near they come to the truth.

Each mask is true but for one part: of a disc about a pixel of the true edge, what is of the subject
is missing, or what is not is shown. The disc is so large that a third of the part lies 15 pixels or
more from its edges. One stroke covers that third; another one is a round dab in the part's middle
whose edge lies 15 pixels beyond the nearest true one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage  # type: ignore[import-untyped]

from localmatte.imaging.pixels import quantised, unit
from localmatte.refine.painted import finish_painted, reach_of
from localmatte.refine.trimap import grown
from tests.quality.metrics import boundary, edge
from tests.quality.pictures import Pair

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

OFF = 15
"""How far the strokes' edges lie from those that they mean, in pixels."""

SHARE = 1 / 3
"""How much of the wrong part a stroke covers."""

LEAST, MOST = 40, 200
"""The radii that a wrong part may have, in pixels."""

LARGEST = 0.5
"""The largest area of a wrong part, beside the subject's."""

TRIES = 40
"""So many places are tried for a wrong part of that kind."""

SOFT = 0.49
"""Of the wrong part is also what is soft at its edge: all that is nearer to a half than this."""

STAGES = ("before", "painted", "after")

HALF = 0.5
SLACK = 1.01
"""The boundary errors, beside the painted mask's, that count as halved, and as worse."""


@dataclass(frozen=True)
class Painting:
    """A mask with strokes.

    Attributes:
        kind: "missing" or "too much", and "within" or "beyond".
        rgb: H×W×3 uint8.
        truth: H×W float32 in 0..1.
        before: The mask before anybody painted.
        painted: The same with strokes.
    """

    kind: str
    rgb: NDArray[np.uint8]
    truth: Floats
    before: Floats
    painted: Floats


@dataclass(frozen=True)
class Finished:
    """How near a mask came to the truth, by the mean absolute difference at the true edge.

    Attributes:
        kind: The painting's.
        before: Of the mask before the strokes.
        painted: Of the mask with the strokes.
        after: Of the finished mask.
        touched: How many pixels beyond the strokes' reach are not what they were.
    """

    kind: str
    before: float
    painted: float
    after: float
    touched: int


def finished(painting: Painting) -> Finished:
    """Finish a mask of eight bits, and measure it.

    Args:
        painting: The mask with its strokes.
    """
    before, painted = (quantised(plane) for plane in (painting.before, painting.painted))
    after = finish_painted(painting.rgb, painted, before)
    height, width = painted.shape
    beyond = ~grown(before != painted, reach_of(width, height))
    return Finished(
        painting.kind,
        boundary(unit(before), painting.truth),
        boundary(unit(painted), painting.truth),
        boundary(unit(after), painting.truth),
        int((after != painted)[beyond].sum()),
    )


def report(found: Sequence[Finished]) -> str:
    """A table: boundary errors for each kind, and how often they were halved or became larger."""
    lines = ["| strokes | masks | before | painted | finished | halved | worse | elsewhere |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    kinds = sorted({one.kind for one in found})
    for name, mine in [*((k, [f for f in found if f.kind == k]) for k in kinds), ("all", found)]:
        means = [np.mean([getattr(f, what) for f in mine]) for what in STAGES]
        shares = [
            np.mean([f.after <= HALF * f.painted for f in mine]),
            np.mean([f.after > SLACK * f.painted for f in mine]),
        ]
        errors = " | ".join(f"{mean:.4f}" for mean in means)
        cells = " | ".join(f"{share:.0%}" for share in shares)
        touched = sum(f.touched for f in mine)
        lines.append(f"| {name} | {len(mine)} | {errors} | {cells} | {touched} |")
    return "\n".join(lines)


def paintings(pictures: Iterable[Pair]) -> Iterator[Painting]:
    """What is painted on the masks of pictures, of each kind one where the picture has room.

    Args:
        pictures: With their alpha.
    """
    for number, pair in enumerate(pictures):
        places = np.argwhere(edge(pair.truth))
        random = np.random.default_rng([15, number])
        for value, wrong in ((1, "missing"), (0, "too much")):
            part = _wrong_part(pair.truth, places, value, random)
            if part is None:
                continue
            before = np.where(part, np.float32(1 - value), pair.truth)
            for off, stroke in _strokes(part):
                painted = np.where(stroke, np.float32(value), before)
                kind = f"{wrong}, {off}"
                yield Painting(kind, pair.rgb, pair.truth, before, painted)


def _wrong_part(
    truth: Floats, places: NDArray[np.intp], value: int, random: np.random.Generator
) -> Mask | None:
    inside = truth > 0.5 if value else truth <= 0.5
    for y, x in places[random.integers(len(places), size=TRIES)].tolist():
        low, high = LEAST, MOST
        while high - low > 1:
            radius = (low + high) // 2
            part = _disc(truth.shape, y, x, radius) & inside
            if _deep(part).sum() < SHARE * part.sum():
                low = radius
            else:
                high = radius
        disc = _disc(truth.shape, y, x, high)
        if high < MOST and _deep(disc & inside).any():
            part = disc & (inside | (abs(truth - 0.5) < SOFT))
            # A part as large as the subject is another mask.
            return part if part.sum() <= LARGEST * (truth > 0.5).sum() else None
    return None


def _strokes(part: Mask) -> Iterator[tuple[str, Mask]]:
    """Those that cover enough of a part, by their kinds."""
    depth = _depth(part)
    y, x = np.unravel_index(depth.argmax(), part.shape)
    dab = _disc(part.shape, int(y), int(x), int(depth.max()) + OFF)
    for kind, stroke in (("within", depth >= OFF), ("beyond", dab)):
        if (stroke & part).sum() >= SHARE * part.sum():
            yield kind, stroke


def _deep(part: Mask) -> Mask:
    return _depth(part) >= OFF


def _depth(part: Mask) -> NDArray[np.float64]:
    """How far each pixel of a part is from its edge; the picture's border is one, too."""
    return np.asarray(ndimage.distance_transform_edt(np.pad(part, 1))[1:-1, 1:-1])


def _disc(shape: tuple[int, ...], y: int, x: int, radius: int) -> Mask:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.asarray(np.hypot(rows - y, columns - x) <= radius)
