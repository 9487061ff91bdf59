"""Rectangles and sizes in pixels."""

from __future__ import annotations

from dataclasses import dataclass

from localmatte.errors import PictureError
from localmatte_bridge.words import N_, Sentence

MAX_PIXELS = 1 << 28
"""The largest picture, in pixels; beyond it memory runs out before anything is computed."""


@dataclass(frozen=True)
class Box:
    """A rectangle; its left and top edges belong to it, the others do not."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def rows_and_columns(self) -> tuple[slice, slice]:
        """The box as an index into H×W arrays."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def grown(self, margin: int, width: int, height: int) -> Box:
        """The box with a margin around it, cut off where the picture ends.

        Args:
            margin: How much wider on every side, in pixels.
            width: The picture's, in pixels.
            height: The picture's, in pixels.

        Returns:
            The larger box, within the picture.
        """
        return Box(
            max(self.left - margin, 0),
            max(self.top - margin, 0),
            min(self.right + margin, width),
            min(self.bottom + margin, height),
        )

    def within(self, other: Box) -> Box | None:
        """What of the box lies in another one, in the other one's own pixels.

        Args:
            other: The other box.

        Returns:
            The part, counted from the other box's left and top; None if there is none.
        """
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        if right <= left or bottom <= top:
            return None
        return Box(left - other.left, top - other.top, right - other.left, bottom - other.top)


def check_size(width: int, height: int) -> None:
    """Refuse a picture that has no pixels, or more than memory holds.

    Args:
        width: In pixels.
        height: In pixels.

    Raises:
        PictureError: It is too small or too large.
    """
    if width < 1 or height < 1:
        raise PictureError(
            Sentence(
                "The image has no pixels ({width} × {height}).",
                width=str(width),
                height=str(height),
            ),
            N_("Choose another image."),
        )
    if width * height > MAX_PIXELS:
        raise PictureError(
            Sentence(
                "The image has {megapixels} megapixels; localmatte supports up to {limit}.",
                megapixels=f"{width * height / 1e6:.0f}",
                limit=f"{MAX_PIXELS / 1e6:.0f}",
            ),
            N_("Scale it down, or crop it."),
        )
