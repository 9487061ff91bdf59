"""Which subject: what clicks and a box leave of a network's matte, and what they add to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.imaging.downscale import downscaled
from localmatte.imaging.filters import AREA
from localmatte.imaging.geometry import Box
from localmatte.imaging.resample import resize
from localmatte.options import Point, Prompts
from localmatte.refine.components import labelled
from localmatte.refine.geodesic import distances
from localmatte.refine.parts import CLEAR, SIDE, SIGNIFICANT, reduced
from localmatte.refine.trimap import grown

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

NEAR = 1 / 64
"""How far beside a part a click still means it, as a share of the picture's longer side."""

SHARES = (0.6, 0.3, 0.15)
"""The sides of the boxes in which the network looks for what is clicked and was not found, as
shares of the picture's longer side."""

SMALL = 0.02
"""A clicked part that is at most this share of the picture may be a part of something: the network
sees it again from nearer, too."""

INSIDE = 0.5
"""How much of a part has to lie in a box for the part to be meant."""

BOX_MARGIN = 0.15
"""How far around a box the network sees, as a share of the box's longer side."""

LEAST_COST = 0.02
"""What a step costs where nothing keeps two pixels apart, beside 1 for a step out of a part, or
from black to white."""

LEVELS = 40
"""So many sizes are tried for what is around a click; of these that with the clearest border."""

LARGEST = 0.5
"""The largest share of a part that one click takes away."""


@dataclass(frozen=True)
class Subject:
    """What the user means.

    Attributes:
        matte: Of the size of the network's own, h×w float32 in 0..1.
        region: Where the subject may be, h×w float32 in 0..1, of the same size.
    """

    matte: Floats
    region: Floats


def subject(
    matte: Floats, rgb: NDArray[np.uint8], prompts: Prompts, infer: Callable[[Box], Floats]
) -> Subject:
    """Choose the parts of a matte that are meant, and look closer at what was not found.

    Where anything is to be kept, nothing else is. A click that takes away takes away the whole
    part, unless something of it is to be kept, or there is no other part: then what is taken away
    is nearer to it by the geodesic distance (Bai and Sapiro 2007), or has the clearest border
    around it.

    Args:
        matte: The network's matte of the picture, of any size, float32 in 0..1.
        rgb: The picture, H×W×3 uint8.
        prompts: What the user says, in the picture's pixels.
        infer: The network's matte of a box of the picture, of any size, float32 in 0..1.

    Returns:
        The matte of what is meant, and where that lies.
    """
    return _Scene(matte, rgb, prompts, infer).chosen()


class _Scene:
    def __init__(
        self,
        matte: Floats,
        rgb: NDArray[np.uint8],
        prompts: Prompts,
        infer: Callable[[Box], Floats],
    ) -> None:
        self._whole = Box(0, 0, rgb.shape[1], rgb.shape[0])
        self._scale = min(1.0, SIDE / max(rgb.shape[:2]))
        width, height = reduced(rgb.shape[1], rgb.shape[0])
        self._shape = height, width
        self._colours = downscaled(rgb, width, height, AREA).astype(np.float32) / 255
        self._first = matte
        self._matte = resize(matte, width, height, Image.Resampling.BILINEAR)
        self._closer = np.zeros(self._shape, np.float32)
        self._infer = infer
        self._box = prompts.box
        self._keep = [self._placed(point) for point in prompts.keep]
        self._remove = [self._placed(point) for point in prompts.remove]

    def chosen(self) -> Subject:
        if self._box:
            self._look_into(self._box)
        for point in self._keep:
            part = self._part_at(self._matte, point)
            if part is None or part.sum() <= SMALL * part.size:
                self._look_at(point, grow=part is None)
        region = self._region(self._parts()).astype(np.float32)
        size = self._first.shape[1], self._first.shape[0]
        region, closer = (
            resize(plane, *size, Image.Resampling.BILINEAR) for plane in (region, self._closer)
        )
        return Subject(np.maximum(self._first, closer) * region, region)

    def _region(self, parts: Sequence[Mask]) -> Mask:
        """Where the subject may be."""
        if not parts:
            return np.zeros(self._shape, bool)
        areas = self._areas(parts)
        kept = {areas[point] for point in self._keep}
        dropped = {areas[point] for point in self._remove}
        wanted = (kept or self._meant_by_the_box(parts)) - (dropped - kept)
        if not wanted and len(parts) == 1:
            wanted = dropped
        region = np.isin(areas, list(wanted))
        if dropped & wanted:
            region &= ~self._taken_away(region)
        return region

    def _placed(self, point: Point) -> Point:
        """A click in the reduced picture: row and column."""
        height, width = self._shape
        row, column = (int((value + 0.5) * self._scale) for value in (point[1], point[0]))
        return min(row, height - 1), min(column, width - 1)

    def _parts(self) -> list[Mask]:
        """The parts of the matte that count: large ones, and those that are clicked."""
        labels = labelled(self._matte > CLEAR)
        sizes = np.bincount(labels.ravel())[1:]
        clicked = {self._number_at(labels, point) for point in (*self._keep, *self._remove)}
        return [
            labels == number
            for number, size in enumerate(sizes, 1)
            if size >= SIGNIFICANT * sizes.max() or number in clicked
        ]

    def _areas(self, parts: Sequence[Mask]) -> NDArray[np.intp]:
        """For each pixel the part that it goes with, by ways along what the matte shows."""
        if len(parts) == 1:
            return np.zeros(self._shape, np.intp)
        cost = np.asarray(LEAST_COST + (1 - self._matte), np.float32)
        ways = [distances(cost, part) for part in parts]
        return np.asarray(np.argmin(ways, axis=0), np.intp)

    def _meant_by_the_box(self, parts: Sequence[Mask]) -> set[int]:
        """The parts of which enough lies in the box; all where there is none."""
        if self._box is None:
            return set(range(len(parts)))
        inside = np.zeros(self._shape, bool)
        inside[self._reduced(self._box).rows_and_columns] = True
        shares = [float((part & inside).sum() / part.sum()) for part in parts]
        least = min(INSIDE, max(shares))
        return {number for number, share in enumerate(shares) if share >= least}

    def _taken_away(self, region: Mask) -> Mask:
        """What of a region is taken away by clicks."""
        cost = self._steps()
        theirs = distances(cost, self._seeds(self._remove))
        kept = [point for point in self._keep if region[point]]
        if kept:
            return theirs < distances(cost, self._seeds(kept))
        return _with_the_clearest_border(theirs, region, cost)

    def _steps(self) -> Floats:
        """What a step costs by the colours that it passes."""
        step = np.zeros(self._shape, np.float32)
        for axis in (1, 2):
            change = abs(np.diff(self._colours, axis=axis)).max(axis=0)
            low = [slice(None)] * 2
            low[axis - 1] = slice(0, -1)
            high = [slice(None)] * 2
            high[axis - 1] = slice(1, None)
            step[tuple(low)] = np.maximum(step[tuple(low)], change)
            step[tuple(high)] = np.maximum(step[tuple(high)], change)
        return np.asarray(LEAST_COST + step, np.float32)

    def _seeds(self, points: Sequence[Point]) -> Mask:
        seeds = np.zeros(self._shape, bool)
        for point in points:
            seeds[point] = True
        return grown(seeds, 1)

    def _part_at(self, matte: Floats, point: Point) -> Mask | None:
        """The part of a matte that a click means; None if there is none."""
        labels = labelled(matte > CLEAR)
        number = self._number_at(labels, point)
        return labels == number if number else None

    def _number_at(self, labels: NDArray[np.intp], point: Point) -> int:
        """The number of the part that a click means; 0 if there is none."""
        reach = round(NEAR * max(self._shape))
        row, column = point
        top, left = max(row - reach, 0), max(column - reach, 0)
        nearby = np.argwhere(labels[top : row + reach + 1, left : column + reach + 1])
        if not len(nearby):
            return 0
        nearby = np.add(nearby, (top, left))
        return int(labels[tuple(nearby[np.abs(nearby - point).sum(axis=1).argmin()])])

    def _look_into(self, box: Box) -> None:
        """Let the network see what is in a box, and trust it where it finds anything."""
        longer = max(box.right - box.left, box.bottom - box.top)
        seen = box.grown(round(longer * BOX_MARGIN), self._whole.right, self._whole.bottom)
        closer = self._seen(seen)
        if (closer > CLEAR).any():
            self._matte = self._closer = closer
            self._first = np.zeros_like(self._first)

    def _look_at(self, point: Point, grow: bool) -> None:
        """Let the network see what is around a click, and add the part that it finds there.

        Where it finds none, what is around the click may be added by its colours.
        """
        best, found = 0.0, None
        for share in SHARES:
            box = self._around(point, share)
            closer = self._seen(box)
            part = self._part_at(closer, point)
            if part is None:
                continue
            sure = float(closer[part].mean()) * (1 - self._cut_off(part, box))
            if sure > best:
                best, found = sure, np.where(grown(part, 2), closer, np.float32(0))
        if found is None and grow:
            cost = self._steps()
            away = distances(cost, self._seeds([point]))
            free = self._matte <= CLEAR
            found = _with_the_clearest_border(away, free, cost).astype(np.float32)
        if found is not None:
            self._closer = np.maximum(self._closer, found)
            self._matte = np.maximum(self._matte, found)

    def _around(self, point: Point, share: float) -> Box:
        """A square around a click, moved into the picture."""
        side = max(1, round(share * max(self._whole.right, self._whole.bottom)))
        edges = []
        for at, end in zip(reversed(point), (self._whole.right, self._whole.bottom), strict=True):
            low = min(max(round(at / self._scale) - side // 2, 0), max(end - side, 0))
            edges.append((low, min(low + side, end)))
        (left, right), (top, bottom) = edges
        return Box(left, top, right, bottom)

    def _seen(self, box: Box) -> Floats:
        """What the network makes of a box, in the reduced picture."""
        place = self._reduced(box)
        matte = np.zeros(self._shape, np.float32)
        size = place.right - place.left, place.bottom - place.top
        matte[place.rows_and_columns] = resize(self._infer(box), *size, Image.Resampling.BILINEAR)
        return matte

    def _reduced(self, box: Box) -> Box:
        height, width = self._shape
        left, top = (int(edge * self._scale) for edge in (box.left, box.top))
        left, top = min(left, width - 1), min(top, height - 1)
        right, bottom = (round(edge * self._scale) for edge in (box.right, box.bottom))
        return Box(left, top, min(max(right, left + 1), width), min(max(bottom, top + 1), height))

    def _cut_off(self, part: Mask, box: Box) -> float:
        """How much of a part's reach ends at the box and not at the picture's own border."""
        place, (height, width) = self._reduced(box), self._shape
        rows, columns = part.any(axis=1), part.any(axis=0)
        lines = [
            (part[place.top], columns, place.top > 0),
            (part[place.bottom - 1], columns, place.bottom < height),
            (part[:, place.left], rows, place.left > 0),
            (part[:, place.right - 1], rows, place.right < width),
        ]
        shares = [float(line.sum() / whole.sum()) for line, whole, inner in lines if inner]
        return max(shares, default=0.0)


def _with_the_clearest_border(away: Floats, region: Mask, cost: Floats) -> Mask:
    """What is around a click, up to the distance at which the border is the clearest.

    Args:
        away: Distances from the click, h×w float32.
        region: What may be taken, h×w bool.
        cost: What a step costs, h×w float32.

    Returns:
        h×w bool.
    """
    within = np.sort(away[region])
    within = within[: max(1, int(len(within) * LARGEST))]
    best, found = -1.0, np.zeros_like(region)
    for level in within[np.linspace(0, len(within) - 1, LEVELS, dtype=int)]:
        taken = region & (away <= level)
        border = taken & grown(~taken & region, 1)
        clear = float(cost[border].mean()) if border.any() else 0.0
        if clear > best:
            best, found = clear, taken
    return found
