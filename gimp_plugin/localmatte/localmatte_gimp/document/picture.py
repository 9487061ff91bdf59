"""A layer as the preview needs it: its pixels, and what else decides how its mask will look."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

from localmatte_bridge import Client
from localmatte_bridge.client import Event
from localmatte_bridge.viewport import Part

Plane = Union[bytes, bytearray]

SAMPLES = {"y8": 1, "ya8": 2, "rgb8": 3, "rgba8": 4}
"""The bytes of a pixel, by the wire's name for the layout."""

RUNS = re.compile(rb"\x00+|\xff+|[\x01-\xfe]+")
"""What of a plane is black, white, or in between."""

ADDED: Dict[str, Callable[[int, int], int]] = {
    "intersect": min,
    "add": lambda new, old: min(255, new + old),
}
"""How a mask's value comes of a new and an existing one, by what becomes of existing masks."""


class Picture(NamedTuple):
    """A layer, or a small version of it.

    Attributes:
        pixels: Of `layout`, row by row.
        width: In pixels.
        height: In pixels.
        layout: The wire's name.
        layer: The layer's own width and height, in pixels.
        box: The selection's bounds in it: x, y, width, height; None where nothing is selected.
        selected: How far each pixel is selected, a byte each; empty where nothing is selected.
        existing: The layer's mask, a byte for each pixel; empty where it has none.
        raw: What networks saw of the layer, where none is to be run again.
        held: How far each pixel of the mask stays then, a byte each; empty where none does.
    """

    pixels: Plane
    width: int
    height: int
    layout: str
    layer: Tuple[int, int]
    box: Optional[List[int]] = None
    selected: Plane = b""
    existing: Plane = b""
    raw: bytes = b""
    held: Plane = b""

    @property
    def scale(self) -> float:
        """How many times as long as the layer's its sides are."""
        return max(self.width / self.layer[0], self.height / self.layer[1])

    @property
    def whole(self) -> Part:
        """All of it."""
        return Part(0, 0, self.width, self.height)

    def ask(
        self, client: Client, inference: Dict[str, Any], edges: Dict[str, Any]
    ) -> Iterator[Event]:
        """Ask for its matte.

        Args:
            client: A connection to the engine.
            inference: The fields model, refine and selection of the request.
            edges: The edge controls, in its own pixels.

        Yields:
            Progress, then the result.

        Raises:
            BridgeError: The engine answered with an error, or ended.
        """
        request: Dict[str, Any] = {
            "pixels": [self.pixels],
            "width": self.width,
            "height": self.height,
            "layout": self.layout,
            "edges": edges,
        }
        if self.raw:
            held = [self.held] if self.held else None
            return client.refine(mask=[self.existing], raw=self.raw, held=held, **request)
        return client.matte(**request, **inference)

    def rgba(self, part: Part) -> bytearray:
        """The colours of a part.

        Returns:
            Four bytes a pixel: red, green, blue, and the layer's alpha.
        """
        size = SAMPLES[self.layout]
        pixels = _cut(self.pixels, self.width, part, size)
        channels = range(3) if size > 2 else (0, 0, 0)
        rgba = bytearray(b"\xff") * (4 * part.width * part.height)
        for place, channel in enumerate(channels):
            rgba[place::4] = pixels[channel::size]
        if size % 2 == 0:
            rgba[3::4] = pixels[size - 1 :: size]
        return rgba

    def mask(self, matte: Plane, part: Part, inside: bool, existing: str) -> Plane:
        """The mask that would be made of a matte, as `mask.made` makes it.

        Args:
            matte: Of the part, a byte for each pixel.
            part: Which part.
            inside: Whether only what is selected is shown.
            existing: What becomes of an existing mask, a key of mask.EXISTING.

        Returns:
            A byte for each pixel of the part.
        """
        if inside and self.selected:
            matte = _merged(matte, _cut(self.selected, self.width, part), min)
        if existing in ADDED and self.existing:
            matte = _merged(matte, _cut(self.existing, self.width, part), ADDED[existing])
        return matte

    def shown(self, mask: Plane, part: Part) -> Plane:
        """What a mask lets be seen: itself, as far as the layer's alpha does.

        Args:
            mask: Of the part, a byte for each pixel.
            part: Which part.

        Returns:
            A byte for each pixel of the part.
        """
        size = SAMPLES[self.layout]
        if size % 2:
            return mask
        alpha = _cut(self.pixels, self.width, part, size)[size - 1 :: size]
        return _merged(mask, alpha, lambda one, other: one * other // 255)


def _cut(plane: Plane, width: int, part: Part, size: int = 1) -> Plane:
    """A part of a plane of this width."""
    if part.width == width and part.x == part.y == 0 and part.height * width * size == len(plane):
        return plane
    view, length = memoryview(plane), part.width * size
    starts = (((part.y + row) * width + part.x) * size for row in range(part.height))
    return b"".join(view[start : start + length] for start in starts)


def _merged(plane: Plane, other: Plane, operation: Callable[[int, int], int]) -> Plane:
    """Two planes' values put together; quick where the other one is black or white for long."""
    merged = bytearray(plane)
    tables = {level: bytes(operation(value, level) for value in range(256)) for level in (0, 255)}
    for run in RUNS.finditer(other):
        span, level = slice(*run.span()), other[run.start()]
        if level in tables:
            merged[span] = merged[span].translate(tables[level])
        else:
            merged[span] = bytes(map(operation, merged[span], other[span]))
    return merged
