"""Which subject the user means: the clicks and the box in a preview, in the layer's pixels."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Optional, Tuple

from .viewport import Part, Viewport

KEEP, REMOVE, BOX = "keep", "remove", "box"


class Mark(NamedTuple):
    """One thing that the user said.

    Attributes:
        kind: KEEP, REMOVE or BOX.
        place: A pixel of the layer, or for BOX what the subject lies in.
    """

    kind: str
    place: Part


class Prompts(NamedTuple):
    """All that the user said, in that order.

    Attributes:
        marks: The clicks, and at most one box.
    """

    marks: Tuple[Mark, ...] = ()

    def clicked(self, kind: str, viewport: Viewport, x: float, y: float) -> Prompts:
        """Add a click; one beside the layer says nothing.

        Args:
            kind: KEEP or REMOVE.
            viewport: What was seen.
            x: Where it was clicked, in device pixels of the preview.
            y: In device pixels.

        Returns:
            The new prompts.
        """
        across, down = (int(value // 1) for value in viewport.to_layer(x, y))
        width, height = viewport.layer
        if not (0 <= across < width and 0 <= down < height):
            return self
        return Prompts((*self.marks, Mark(kind, Part(across, down, 1, 1))))

    def boxed(
        self, viewport: Viewport, start: Tuple[float, float], end: Tuple[float, float]
    ) -> Prompts:
        """Put a box in the place of the one before.

        Args:
            viewport: What was seen.
            start: One corner, in device pixels of the preview.
            end: The opposite corner.

        Returns:
            The new prompts; the same where the box lies beside the layer.
        """
        box = spanned(viewport, start, end)
        if box is None:
            return self
        others = tuple(mark for mark in self.marks if mark.kind != BOX)
        return Prompts((*others, Mark(BOX, box)))

    def chosen(self, point: Tuple[int, int], scale: float = 1.0) -> Prompts:
        """Mean one subject and nothing else.

        Args:
            point: A pixel of the subject, in a picture of the layer.
            scale: How many times as large as the layer that picture is, at most 1.

        Returns:
            The new prompts.
        """
        x, y = (int((value + 0.5) / scale) for value in point)
        return Prompts((Mark(KEEP, Part(x, y, 1, 1)),))

    def undone(self) -> Prompts:
        """Take the last one back."""
        return Prompts(self.marks[:-1])

    def fields(self, scale: float = 1.0) -> Dict[str, Any]:
        """Write them as the fields of a request.

        Args:
            scale: How many times as large as the layer the picture is that is sent, at most 1.

        Returns:
            "keep" and "remove", lists of points [x, y], and "box", [x, y, width, height]: those
            that there are.
        """
        found: Dict[str, Any] = {}
        for kind, place in self.marks:
            x, y = int((place.x + 0.5) * scale), int((place.y + 0.5) * scale)
            if kind == BOX:
                sides = (max(1, round(side * scale)) for side in place[2:])
                found[BOX] = [int(place.x * scale), int(place.y * scale), *sides]
            else:
                found.setdefault(kind, []).append([x, y])
        return found


def spanned(
    viewport: Viewport, start: Tuple[float, float], end: Tuple[float, float]
) -> Optional[Part]:
    """The part of a layer between two corners.

    Args:
        viewport: What is seen.
        start: One corner, in device pixels of the preview.
        end: The opposite corner.

    Returns:
        In the layer's pixels; None where nothing of it lies between them.
    """
    corners = viewport.to_layer(*start), viewport.to_layer(*end)
    (left, right), (top, bottom) = (sorted(pair) for pair in zip(*corners))  # noqa: B905
    left, top = max(0, int(left // 1)), max(0, int(top // 1))
    right, bottom = (
        min(side, int(-(-edge // 1)))
        for side, edge in zip(viewport.layer, (right, bottom))  # noqa: B905
    )
    if right <= left or bottom <= top:
        return None
    return Part(left, top, right - left, bottom - top)
