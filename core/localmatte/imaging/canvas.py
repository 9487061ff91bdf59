"""The canvas of a result: trimmed to what is seen of the subject, with a margin, square."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localmatte.errors import PictureError, UsageError
from localmatte.imaging.geometry import MAX_PIXELS, Box
from localmatte.imaging.hidden import HAZE

MARGIN = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,4})?)%|([0-9]{1,6})px")


@dataclass(frozen=True)
class Canvas:
    """What part of a picture a result shows, and how much room it has around it.

    Attributes:
        trim: Whether it is cropped to what is seen of the subject.
        square: Whether it is as wide as high; what is shown is in its middle.
        share: The margin on every side, as a share of the longer side of what is shown.
        pixels: The margin on every side in pixels, added to that.
    """

    trim: bool = False
    square: bool = False
    share: float = 0
    pixels: int = 0

    @classmethod
    def of(cls, trim: bool, square: bool, margin: str | None) -> Canvas:
        """A canvas as the command line names it.

        Args:
            trim: As the attribute.
            square: As the attribute.
            margin: "N%" or "Npx"; None for none.

        Returns:
            The canvas.

        Raises:
            UsageError: The margin is neither.
        """
        if margin is None:
            return cls(trim, square)
        written = MARGIN.fullmatch(margin)
        if not written:
            raise UsageError(
                f'The margin "{margin}" is not supported.',
                "Use a percentage of the subject's longer side, such as 10%, or pixels, such as "
                "40px.",
            )
        percent, pixels = written.groups()
        return cls(trim, square, float(percent or 0) / 100, int(pixels or 0))

    @property
    def whole(self) -> bool:
        """Whether it is the picture's own."""
        return self == Canvas()

    def box(self, alpha: NDArray[np.float32]) -> Box:
        """Where the canvas lies.

        Args:
            alpha: What is seen of the picture, H×W float32 in 0..1. Values below hidden.HAZE are
                nothing, as in a cut-out.

        Returns:
            The canvas in the picture's pixels; it may lie beyond its edges. Where nothing is seen,
            nothing is trimmed.

        Raises:
            PictureError: It is too large.
        """
        height, width = alpha.shape
        shown = (seen(alpha) if self.trim else None) or Box(0, 0, width, height)
        across, down = shown.right - shown.left, shown.bottom - shown.top
        margin = round(self.share * max(across, down)) + self.pixels
        wide, high = across + 2 * margin, down + 2 * margin
        if self.square:
            wide = high = max(wide, high)
        if wide * high > MAX_PIXELS:
            raise PictureError(
                f"The result would be {wide} × {high} pixels, which is too large.",
                "Use a smaller --margin, or leave out --square.",
            )
        left, top = shown.left - (wide - across) // 2, shown.top - (high - down) // 2
        return Box(left, top, left + wide, top + high)


def seen(alpha: NDArray[np.float32]) -> Box | None:
    """What is seen of a subject, however faint, down to hidden.HAZE.

    Args:
        alpha: H×W float32 in 0..1.

    Returns:
        The smallest box around it; None where there is nothing.
    """
    shown = alpha >= HAZE
    rows, columns = np.flatnonzero(shown.any(1)), np.flatnonzero(shown.any(0))
    if not len(rows):
        return None
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def placed(pixels: NDArray[Any], box: Box) -> NDArray[Any]:
    """The part of a picture that a canvas shows.

    Args:
        pixels: H×W or H×W×C, of any dtype.
        box: The canvas in the picture's pixels.

    Returns:
        Of the box's shape and the picture's dtype, contiguous; 0 beyond the picture's edges.
    """
    height, width = pixels.shape[:2]
    result = np.zeros((box.bottom - box.top, box.right - box.left, *pixels.shape[2:]), pixels.dtype)
    inside = Box(0, 0, width, height).within(box)
    part = box.within(Box(0, 0, width, height))
    if inside and part:
        result[inside.rows_and_columns] = pixels[part.rows_and_columns]
    return result
