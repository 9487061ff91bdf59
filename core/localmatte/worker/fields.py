"""What the fields of a request's header say, read without trust."""

from __future__ import annotations

from typing import Any

from localmatte.errors import UsageError
from localmatte.imaging.geometry import Box
from localmatte.models import catalogue
from localmatte.options import ALL_LEVELS, Edges, Options, Point, Prompts, Strokes
from localmatte_bridge import BridgeError, wire
from localmatte_bridge.history import LARGEST_RAW


def options(header: wire.Header) -> Options:
    """How the subject is to be found.

    Args:
        header: The request's.

    Raises:
        UsageError: A selection or a control of the edges is wrong.
        BridgeError: Another field is.
    """
    return Options(
        model=text(header, "model", catalogue.DEFAULT),
        provider=text(header, "provider", "auto"),
        refine=header.get("refine", True) is True,
        selection=_box(header, "selection"),
        edges=edges(header),
        zoom=header.get("zoom", True) is True,
        prompts=Prompts(_points(header, "keep"), _points(header, "remove"), _box(header, "box")),
        best_edges=header.get("best_edges", False) is True,
    )


def edges(header: wire.Header) -> Edges:
    """How edges are finished.

    Args:
        header: The request's.

    Raises:
        UsageError: There is no such control, or a value is wrong.
    """
    values = header.get("edges", {})
    if not isinstance(values, dict):
        raise UsageError("The edges are not valid edge controls.")
    return Edges.of(values)


def refined(header: wire.Header) -> Edges:
    """How the edges of a matte are finished that is found again.

    Args:
        header: The request's.

    Raises:
        UsageError: There is nothing to find it from, or `edges` says so.
    """
    if not raw_size(header):
        raise UsageError("There is no raw matte to refine.", "Send one after the mask.")
    return edges(header)


def raw_size(header: wire.Header) -> int:
    """How many bytes of a raw matte follow a request's planes.

    Args:
        header: The request's.

    Returns:
        The number; 0 where it has none.

    Raises:
        BridgeError: It is no such number.
    """
    size = header.get("raw", 0)
    # A request for a matte says whether one is wanted.
    if isinstance(size, bool):
        return 0
    if type(size) is not int or not 0 <= size <= LARGEST_RAW:
        raise BridgeError("protocol", "The peer's raw matte has no valid size.")
    return size


def strokes(header: wire.Header) -> Strokes:
    """What the user said of the mask that comes with a picture.

    Args:
        header: The request's.

    Raises:
        UsageError: A value is wrong, or there is no mask.
    """
    meant, levels = header.get("selected_as"), header.get("levels", ALL_LEVELS)
    if "existing" not in header:
        raise UsageError("There is no mask to finish.", "Add a mask.")
    if meant not in (None, "subject", "background"):
        raise UsageError("What is selected must be the subject or the background.")
    if type(levels) is not int or not 2 <= levels <= ALL_LEVELS:
        raise UsageError(f"A mask has from 2 to {ALL_LEVELS} levels.")
    keep = None if meant is None else meant == "subject"
    return Strokes(keep, levels, header.get("turned") is True)


def part(header: wire.Header, width: int, height: int) -> Box | None:
    """What of a mask is to be sent; None for all of it.

    Args:
        header: The request's.
        width: The mask's, in pixels.
        height: The mask's, in pixels.

    Returns:
        The part.

    Raises:
        UsageError: It does not lie within the mask.
    """
    found = _box(header, "part")
    if found and not (
        0 <= found.left < found.right <= width and 0 <= found.top < found.bottom <= height
    ):
        raise UsageError("The part is not within the mask.")
    return found


def _box(header: wire.Header, name: str) -> Box | None:
    value = header.get(name)
    if value is None:
        return None
    if not _whole_numbers(value, 4):
        raise UsageError(f"A {name} must be four whole numbers: x, y, width, height.")
    left, top, width, height = value
    return Box(left, top, left + width, top + height)


def _points(header: wire.Header, name: str) -> tuple[Point, ...]:
    values = header.get(name, [])
    if not isinstance(values, list) or not all(_whole_numbers(value, 2) for value in values):
        raise UsageError(f"The points to {name} must be pairs of whole numbers: x, y.")
    return tuple((x, y) for x, y in values)


def _whole_numbers(value: Any, count: int) -> bool:
    return isinstance(value, list) and len(value) == count and all(type(n) is int for n in value)


def side(header: wire.Header, name: str) -> int:
    """Read a number of pixels from a field.

    Args:
        header: The request's.
        name: The field's.

    Returns:
        The number, which may be 0 or less.

    Raises:
        BridgeError: The field is missing, or no whole number.
    """
    value = header.get(name)
    if type(value) is not int:
        raise BridgeError("protocol", f"The peer's {name} is not a whole number of pixels.")
    return value


def text(header: wire.Header, name: str, default: str | None = None) -> str:
    """Read a text from a field.

    Args:
        header: The request's.
        name: The field's.
        default: What counts where the field is missing; None refuses that.

    Returns:
        The text; it may be empty.

    Raises:
        BridgeError: The field is missing and has no default, or is no text.
    """
    value = header.get(name, default)
    if not isinstance(value, str):
        raise BridgeError("protocol", f"The peer's {name} is not text.")
    return value
