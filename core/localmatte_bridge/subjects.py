"""Between which subjects of a picture the user can choose, and where they are."""

from __future__ import annotations

from typing import Any, NamedTuple, Tuple, Union

from .errors import BridgeError
from .viewport import Part
from .words import _

LARGEST = 1 << 18
"""The most pixels of a map of subjects."""

TINT, OUTLINE = 96, 224
"""The alpha of what lies over a subject, and of the line around that, of 255."""


class Subject(NamedTuple):
    """A subject that the network found.

    Attributes:
        box: What it lies in, in the picture's pixels.
        share: Its area, as a share of the picture's.
        point: A pixel of the picture from which a click means it: x and y.
    """

    box: Part
    share: float
    point: Tuple[int, int]


class Subjects(NamedTuple):
    """The subjects in a picture.

    Attributes:
        width: The map's, in pixels.
        height: The map's, in pixels.
        labels: The map: for each pixel of the reduced picture the number of its subject, a byte
            each; 0 for none.
        found: The subjects by their numbers, which begin at 1; the largest comes first.
    """

    width: int
    height: int
    labels: bytes
    found: Tuple[Subject, ...]

    def at(self, across: float, down: float) -> int:
        """Which subject is at a place.

        Args:
            across: How far from the left, as a share of the picture's width.
            down: How far from the top, as a share of the picture's height.

        Returns:
            The subject's number; 0 where there is none.
        """
        if not (0 <= across < 1 and 0 <= down < 1):
            return 0
        return self.labels[int(down * self.height) * self.width + int(across * self.width)]

    def label(self, number: int) -> str:
        """What a list calls a subject; e.g. "Subject 1 (62 %)".

        Args:
            number: The subject's.
        """
        percent = max(1, round(100 * self.found[number - 1].share))
        share = _("{number} %").format(number=percent)
        return _("Subject {number} ({share})").format(number=number, share=share)

    def tint(self, number: int, colour: int) -> bytearray:
        """What highlights a subject when it is laid over the picture.

        Args:
            number: The subject's.
            colour: 0xRRGGBB; the line around it is white.

        Returns:
            Red, green, blue and alpha for each pixel of the map.
        """
        own = self.labels.translate(bytes(255 * (label == number) for label in range(256)))
        inner = _eroded(own, self.width)
        rgba = bytearray(4 * len(own))
        for place, shift in enumerate((16, 8, 0)):
            level = colour >> shift & 255
            rgba[place::4] = inner.translate(bytes([255, *[level] * 255]))
        line = inner.translate(bytes([OUTLINE, *[TINT] * 255]))
        rgba[3::4] = _both(own, line)
        return rgba


NONE_FOUND = Subjects(1, 1, b"\x00", ())


def from_answer(header: Any, labels: Union[bytes, bytearray]) -> Subjects:
    """Read the engine's answer.

    Args:
        header: The fields of the answer.
        labels: Its payload.

    Returns:
        What it says.

    Raises:
        BridgeError: It makes no sense ("protocol").
    """
    try:
        found = tuple(
            Subject(Part(*map(_count, row["box"])), float(row["share"]), _point(row["point"]))
            for row in header["parts"]
        )
        width, height = _count(header["width"]), _count(header["height"])
        if width * height != len(labels) or max(labels) > len(found):
            raise ValueError("the map is of another size, or of other subjects")
    except (KeyError, TypeError, ValueError):
        raise BridgeError("protocol", _("The peer sent an invalid message.")) from None
    return Subjects(width, height, bytes(labels), found)


def _point(value: Any) -> Tuple[int, int]:
    x, y = map(_count, value)
    return x, y


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("no number of pixels")
    return value


def _eroded(mask: bytes, width: int) -> bytes:
    """A mask of 0 and 255, without the pixels whose neighbours are not all of it."""
    whole = int.from_bytes(mask, "little")
    inner = whole
    for steps in (1, width):
        inner &= whole >> 8 * steps & whole << 8 * steps
    return inner.to_bytes(len(mask), "little")


def _both(mask: bytes, plane: bytes) -> bytes:
    """A plane where a mask of 0 and 255 is set, and 0 elsewhere."""
    both = int.from_bytes(mask, "little") & int.from_bytes(plane, "little")
    return both.to_bytes(len(mask), "little")
