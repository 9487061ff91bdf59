"""Which part of a layer a preview shows, and where: the one place that converts coordinates.

Positions in the preview are in device pixels from its top left corner; a window that knows only
logical pixels multiplies by its scale factor first.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Tuple

LARGEST = 32.0
"""The largest zoom, in device pixels for each pixel of the layer."""

STEPS = 2
"""How many steps of the zoom double it."""

FIT = 0.0
"""The zoom that shows the whole layer, as large as there is room."""


class Part(NamedTuple):
    """A rectangle of whole pixels.

    Attributes:
        x: Of its left edge.
        y: Of its top.
        width: At least 1.
        height: At least 1.
    """

    x: int
    y: int
    width: int
    height: int

    def holds(self, other: Part) -> bool:
        """Whether another one lies inside."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.x + other.width <= self.x + self.width
            and other.y + other.height <= self.y + self.height
        )


class Viewport(NamedTuple):
    """A layer in a preview.

    Attributes:
        layer: The layer's width and height, in its pixels.
        room: The preview's width and height, in device pixels.
        zoom: Device pixels for each pixel of the layer; FIT follows the room.
        centre: What of the layer is in the middle, in its pixels.
    """

    layer: Tuple[int, int]
    room: Tuple[int, int]
    zoom: float = FIT
    centre: Tuple[float, float] = (0.0, 0.0)

    @property
    def fitting(self) -> float:
        """The scale at which the whole layer just fits."""
        return min(room / side for room, side in zip(self.room, self.layer))  # noqa: B905

    @property
    def scale(self) -> float:
        """Device pixels for each pixel of the layer."""
        return self.zoom or self.fitting

    @property
    def drawn(self) -> Tuple[int, int]:
        """The size that the whole layer has at this scale, in device pixels."""
        width, height = (max(1, round(side * self.scale)) for side in self.layer)
        return width, height

    @property
    def origin(self) -> Tuple[int, int]:
        """Where the preview's corner lies in the drawn layer; negative where there is a margin."""
        x, y = map(_origin, self.drawn, self.room, self.centre, (self.scale, self.scale))
        return x, y

    @property
    def visible(self) -> Part:
        """What of the drawn layer is seen, in device pixels from the drawn layer's corner."""
        (x, y), (width, height) = self.origin, self.drawn
        left, top = max(0, x), max(0, y)
        return Part(left, top, min(width, self.room[0]), min(height, self.room[1]))

    def seen(self, margin: float = 0.0) -> Part:
        """What of the layer is seen, in its pixels; those seen in part count.

        Args:
            margin: What is added on each side, as a share of the part.
        """
        x, y, width, height = self.visible
        # The drawn size is rounded, so each direction has a scale of its own.
        left, right = _grown(x, width, self.drawn[0], self.layer[0], margin)
        top, bottom = _grown(y, height, self.drawn[1], self.layer[1], margin)
        return Part(left, top, right - left, bottom - top)

    def to_layer(self, x: float, y: float) -> Tuple[float, float]:
        """What of the layer is at a place in the preview.

        Args:
            x: In device pixels; places outside of the layer count.
            y: In device pixels.

        Returns:
            In the layer's pixels; its first pixel reaches from 0 to 1.
        """
        left, top = self.origin
        return (x + left) / self.scale, (y + top) / self.scale

    def to_preview(self, x: float, y: float) -> Tuple[float, float]:
        """Where a place of the layer is in the preview.

        Args:
            x: In the layer's pixels.
            y: In the layer's pixels.

        Returns:
            In device pixels.
        """
        left, top = self.origin
        return x * self.scale - left, y * self.scale - top

    def fitted(self) -> Viewport:
        """The whole layer."""
        return self._replace(zoom=FIT)

    def resized(self, room: Tuple[int, int]) -> Viewport:
        """The same in a preview of another size.

        Args:
            room: In device pixels.
        """
        return self._replace(room=(max(1, room[0]), max(1, room[1])))

    def zoomed(self, zoom: float, x: float, y: float) -> Viewport:
        """Another zoom, with what is at a place kept there where that can be.

        Args:
            zoom: Device pixels for each pixel of the layer; cut to what makes sense.
            x: The place, in device pixels.
            y: In device pixels.

        Returns:
            The new view.
        """
        zoom = min(LARGEST, max(zoom, min(1.0, self.fitting)))
        kept_x, kept_y = self.to_layer(x, y)
        centre = (
            kept_x - (x - self.room[0] / 2) / zoom,
            kept_y - (y - self.room[1] / 2) / zoom,
        )
        return self._replace(zoom=zoom, centre=centre)._kept_inside()

    def stepped(self, steps: int, x: float, y: float) -> Viewport:
        """Zoomed by steps, to the next round numbers.

        Args:
            steps: How many; negative ones show more of the layer.
            x: What is kept in its place, in device pixels.
            y: In device pixels.

        Returns:
            The new view.
        """
        exact = math.log2(self.scale) * STEPS
        # A scale that is a step already moves on by a whole one.
        near = math.ceil(exact - 0.01) if steps < 0 else math.floor(exact + 0.01)
        zoom = 2 ** ((near + steps) / STEPS)
        if steps < 0 and zoom <= min(1.0, self.fitting):
            return self.fitted() if self.fitting <= 1 else self.zoomed(1.0, x, y)
        return self.zoomed(zoom, x, y)

    def panned(self, across: float, down: float) -> Viewport:
        """The layer moved.

        Args:
            across: How far its left edge goes to the right, in device pixels.
            down: How far its top goes down, in device pixels.

        Returns:
            The new view.
        """
        x, y = self._kept_inside().centre
        moved = self._replace(centre=(x - across / self.scale, y - down / self.scale))
        return moved._kept_inside()

    def scrolled(self, left: float, top: float) -> Viewport:
        """The layer moved so that the preview's corner lies there in the drawn layer.

        Args:
            left: In device pixels.
            top: In device pixels.

        Returns:
            The new view.
        """
        width, height = self.room
        centre = (left + width / 2) / self.scale, (top + height / 2) / self.scale
        return self._replace(centre=centre)._kept_inside()

    def _kept_inside(self) -> Viewport:
        """The same view with a centre from which any movement is seen at once."""
        (left, top), (width, height) = self.origin, self.room
        centre = (left + width / 2) / self.scale, (top + height / 2) / self.scale
        return self._replace(centre=centre)


def _origin(drawn: int, room: int, centre: float, scale: float) -> int:
    if drawn <= room:
        return -((room - drawn) // 2)
    return min(max(0, round(centre * scale - room / 2)), drawn - room)


def _grown(start: int, length: int, drawn: int, side: int, margin: float) -> Tuple[int, int]:
    more = margin * length
    first = math.floor((start - more) * side / drawn)
    last = math.ceil((start + length + more) * side / drawn)
    return max(0, first), min(side, last)
