"""Rectangles in the picture's pixels, which may lie outside the canvas."""

from __future__ import annotations

from typing import Any, NamedTuple


class Rect(NamedTuple):
    """Where something lies: its left upper corner and its size, in pixels."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def of(cls, rectangle: Any) -> Rect:
        """From a QRect."""
        return cls(rectangle.x(), rectangle.y(), rectangle.width(), rectangle.height())

    @property
    def right(self) -> int:
        """The first column that is not inside."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row that is not inside."""
        return self.y + self.height

    @property
    def area(self) -> int:
        """In pixels; 0 when nothing is inside."""
        return max(self.width, 0) * max(self.height, 0)

    def intersected(self, other: Rect) -> Rect:
        """What lies in both; its area is 0 when they do not meet."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Rect(x, y, max(right - x, 0), max(bottom - y, 0))

    def united(self, other: Rect) -> Rect:
        """The smallest rectangle around both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        right, bottom = max(self.right, other.right), max(self.bottom, other.bottom)
        return Rect(x, y, right - x, bottom - y)

    def moved(self, x: int, y: int) -> Rect:
        """The same size, x further right and y further down."""
        return Rect(self.x + x, self.y + y, self.width, self.height)
