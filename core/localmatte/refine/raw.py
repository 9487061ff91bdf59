"""What networks saw of a picture, kept small: its edges are found again without a network."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localmatte.errors import UsageError
from localmatte.imaging.geometry import Box
from localmatte.imaging.pixels import quantised, unit
from localmatte.imaging.resample import upscaled
from localmatte.progress import CancelToken, OnProgress, no_progress
from localmatte.refine import WORKING_SIDE, refine
from localmatte.refine.blend import blend, ramp_of
from localmatte.refine.trimap import trimap
from localmatte.refine.upsample import nearest_of
from localmatte_bridge.words import N_

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

MOST_SIDE = 4096
"""No network's matte has more pixels a side."""

HEADER = re.compile(rb"localmatte raw 1 (\{[^\n]{1,4096}\})\n")

DAMAGED = (
    N_("The data that localmatte stored with the mask is damaged."),
    N_("Remove the background again."),
)


@dataclass(frozen=True)
class Sight:
    """What a network saw of a part of a picture.

    Attributes:
        box: The part, in the picture's pixels.
        matte: Of the subject that is meant, h×w uint8.
    """

    box: Box
    matte: NDArray[np.uint8]

    @classmethod
    def of(cls, box: Box, matte: Floats) -> Sight:
        """Round a network's matte.

        Args:
            box: The part of the picture.
            matte: h×w float32 in 0..1.

        Returns:
            The same in 256 values.
        """
        return cls(box, quantised(matte))


@dataclass(frozen=True)
class Raw:
    """All that alpha is found from, beside the picture.

    Attributes:
        size: The picture's width and height.
        inside: What of it was selected; the subject is nowhere else.
        first: What the network saw at first.
        closer: What it saw of a small subject then; None where nothing was gained by that.
        refined: Whether edges were refined.
        digest: Of the picture's colours, where that is known.
        best_edges: Whether a network refined the edges.
    """

    size: tuple[int, int]
    inside: Box
    first: Sight
    closer: Sight | None
    refined: bool
    digest: str = ""
    best_edges: bool = False

    def moved(self, seen: Box, size: tuple[int, int], inside: Box) -> Raw:
        """The same for the picture that this one is a part of.

        Args:
            seen: The part.
            size: The whole picture's width and height.
            inside: What of that is selected.

        Returns:
            What networks saw, in the whole picture's pixels.
        """
        first, closer = (
            sight and Sight(_moved(sight.box, seen), sight.matte)
            for sight in (self.first, self.closer)
        )
        assert first
        return replace(self, size=size, inside=inside, first=first, closer=closer)

    def alpha(
        self,
        rgb: NDArray[np.uint8],
        on_progress: OnProgress = no_progress,
        cancel: CancelToken | None = None,
    ) -> Floats:
        """Find alpha again.

        Args:
            rgb: The picture, or a reduced one, H×W×3 uint8.
            on_progress: Called with a fraction and a stage.
            cancel: Stops the work.

        Returns:
            H×W float32 in 0..1.

        Raises:
            CancelledError: When `cancel` was called.
        """
        cancel = cancel or CancelToken()
        inside, seen = self._scaled(self.inside, rgb), self._scaled(self.first.box, rgb)
        here, alpha = rgb[seen.rows_and_columns], np.zeros(rgb.shape[:2], np.float32)
        found = self._enlarged(here, self.first, on_progress, cancel)
        if self.closer:
            box = self._scaled(self.closer.box, rgb).within(seen) or seen
            sharp = self._enlarged(here[box.rows_and_columns], self.closer, no_progress, cancel)
            blend(found, sharp, box, ramp_of(box))
        place = inside.within(seen)
        if place:
            alpha[inside.rows_and_columns] = found[place.rows_and_columns]
        return alpha

    def unknown(self, rgb: NDArray[np.uint8], alpha: Floats) -> Mask:
        """Where alpha is not sure: what the trimaps leave open, and where it is soft.

        Args:
            rgb: The picture, or a reduced one, H×W×3 uint8.
            alpha: What was found there, H×W float32 in 0..1.

        Returns:
            H×W bool.
        """
        found = (alpha > 0) & (alpha < 1)
        seen = self._scaled(self.first.box, rgb)
        unsure = _unsure(self.first, seen)
        if self.closer:
            box = self._scaled(self.closer.box, rgb).within(seen) or seen
            unsure[box.rows_and_columns] = _unsure(self.closer, box)
        found[seen.rows_and_columns] |= unsure
        inside = np.zeros_like(found)
        inside[self._scaled(self.inside, rgb).rows_and_columns] = True
        return found & inside

    def inside_of(self, rgb: NDArray[np.uint8]) -> Box | None:
        """What is selected of a picture of this kind; None for all of it.

        Args:
            rgb: The picture, or a reduced one, H×W×3 uint8.

        Returns:
            The part, in that picture's pixels.
        """
        whole = Box(0, 0, *self.size)
        return None if self.inside == whole else self._scaled(self.inside, rgb)

    def _enlarged(
        self, rgb: NDArray[np.uint8], sight: Sight, on_progress: OnProgress, cancel: CancelToken
    ) -> Floats:
        matte = unit(sight.matte)
        if self.refined:
            return refine(rgb, matte, on_progress, cancel)
        return upscaled(matte, rgb.shape[1], rgb.shape[0], cancel)

    def _scaled(self, box: Box, rgb: NDArray[np.uint8]) -> Box:
        """A box in a picture that may be reduced; it has a pixel at least."""
        edges = []
        for low, high, side, now in (
            (box.left, box.right, self.size[0], rgb.shape[1]),
            (box.top, box.bottom, self.size[1], rgb.shape[0]),
        ):
            first = min(round(low * now / side), now - 1)
            edges.append((first, max(first + 1, min(round(high * now / side), now))))
        (left, right), (top, bottom) = edges
        return Box(left, top, right, bottom)


def _unsure(sight: Sight, box: Box) -> Mask:
    """What the trimap of a network's matte leaves open, of the size of its box."""
    height, width = box.bottom - box.top, box.right - box.left
    scale = min(1.0, WORKING_SIDE / max(height, width))
    rows, columns = (max(1, round(side * scale)) for side in (height, width))
    unknown = trimap(upscaled(unit(sight.matte), columns, rows)).unknown
    wide = unknown.take(nearest_of(width, width / columns), axis=1)
    return wide.take(nearest_of(height, height / rows), axis=0)


def digest(rgb: NDArray[np.uint8]) -> str:
    """Tell one picture from another.

    Args:
        rgb: H×W×3 uint8.

    Returns:
        Hexadecimal digits.
    """
    return hashlib.blake2b(np.ascontiguousarray(rgb).data, digest_size=16).hexdigest()


def packed(raw: Raw) -> bytes:
    """Write what networks saw as bytes that a document can hold.

    Args:
        raw: What they saw.

    Returns:
        A few kilobytes for a network of 320 × 320 pixels.
    """
    sights = [raw.first, *([raw.closer] if raw.closer else [])]
    about = {
        "size": list(raw.size),
        "inside": _edges(raw.inside),
        "seen": [[*_edges(sight.box), *sight.matte.shape] for sight in sights],
        "refined": raw.refined,
        "digest": raw.digest,
        "best_edges": raw.best_edges,
    }
    planes = b"".join(_differences(sight.matte).tobytes() for sight in sights)
    header = json.dumps(about, separators=(",", ":")).encode("ascii")
    return b"localmatte raw 1 " + header + b"\n" + zlib.compress(planes, 9)


def unpacked(data: bytes | memoryview) -> Raw:
    """Read what `packed` wrote, or anything else that a document holds.

    Args:
        data: The bytes.

    Returns:
        What networks saw.

    Raises:
        UsageError: It is no such thing.
    """
    data = bytes(data)
    header = HEADER.match(data)
    try:
        if header is None:
            raise ValueError
        about = json.loads(header.group(1))
        size = _numbers(about["size"], 2)
        # Earlier versions knew nothing of best edges.
        refined, best = about["refined"], about.get("best_edges", False)
        places = [_numbers(seen, 6) for seen in about["seen"]]
        if not 1 <= len(places) <= 2 or not all(isinstance(each, bool) for each in (refined, best)):
            raise ValueError
        planes = _decompressed(data[header.end() :], [place[4:] for place in places])
        sights = [
            Sight(_box(place[:4], size), plane) for place, plane in zip(places, planes, strict=True)
        ]
        inside = _box(_numbers(about["inside"], 4), size)
        closer = sights[1] if len(sights) > 1 else None
        known = refined, str(about["digest"]), best
        return Raw((size[0], size[1]), inside, sights[0], closer, *known)
    except (ValueError, KeyError, TypeError, RecursionError, zlib.error):
        raise UsageError(*DAMAGED) from None


def _edges(box: Box) -> list[int]:
    return [box.left, box.top, box.right, box.bottom]


def _moved(box: Box, by: Box) -> Box:
    return Box(box.left + by.left, box.top + by.top, box.right + by.left, box.bottom + by.top)


def _differences(matte: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each row as its difference from the one above, which takes less space."""
    return np.diff(matte, axis=0, prepend=np.uint8(0))


def _decompressed(data: bytes, shapes: list[list[int]]) -> list[NDArray[np.uint8]]:
    if not all(0 < side <= MOST_SIDE for shape in shapes for side in shape):
        raise ValueError
    total = sum(rows * columns for rows, columns in shapes)
    decompressor = zlib.decompressobj()
    held = decompressor.decompress(data, total + 1)
    if len(held) != total or not decompressor.eof:
        raise ValueError
    planes, start = [], 0
    for rows, columns in shapes:
        plane = np.frombuffer(held, np.uint8, rows * columns, start).reshape(rows, columns)
        planes.append(np.cumsum(plane, axis=0, dtype=np.uint8))
        start += rows * columns
    return planes


def _numbers(values: Any, count: int) -> list[int]:
    if not isinstance(values, list) or len(values) != count:
        raise ValueError
    if not all(type(value) is int and value >= 0 for value in values):
        raise ValueError
    return values


def _box(edges: list[int], size: list[int]) -> Box:
    left, top, right, bottom = edges
    if not (left < right <= size[0] and top < bottom <= size[1]):
        raise ValueError
    return Box(left, top, right, bottom)
