"""What a mask was made of, kept beside it: its edges can be set again without a network."""

from __future__ import annotations

import json
import re
import zlib
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

from . import kept_mask
from .edge_controls import CONTROLS, changed
from .errors import BridgeError
from .words import _

NAME = "localmatte-matte"
"""What an editor calls it in the document."""

LIMIT = 200 * 1024
"""More bytes than this are not kept in a document; the mask is kept in what they leave of its own
limit."""

LARGEST_RAW = 1 << 20
"""More bytes than this are no raw matte."""

HEADER = re.compile(rb"localmatte matte 1 (\{[^\n]{1,65536}\})\n")

PROMPTS = ("keep", "remove", "box")
"""The fields of a request that say which subject is meant."""

SAMPLED = 4
"""Every so many columns and rows are compared to tell whether a mask was turned."""

TURNED = 4
"""A mask that was kept was turned since if it is so many times as near to the mask when turned."""

HALF = bytes(128) + b"\x01" * 128
SET = b"\x00" + b"\xff" * 255
UNLIKE_WHITE = b"\xff" * 255 + b"\x00"

Bytes = Union[bytes, bytearray, memoryview]


class Origin(NamedTuple):
    """What a mask was made of.

    Attributes:
        raw: What networks saw, as the engine writes it.
        asked: What the user chose: "model", "edges", and "keep", "remove" and "box" in the layer's
            pixels, as in a request.
        fixed: A byte for each pixel, 255 where the mask is not what was found; empty where it is
            that everywhere.
    """

    raw: bytes
    asked: Dict[str, Any]
    fixed: bytes = b""

    @property
    def edges(self) -> Dict[str, float]:
        """The edge controls that do something, with values that can be set."""
        return _edges(self.asked.get("edges"))

    def with_edges(self, edges: Dict[str, float], fixed: bytes) -> Origin:
        """What a mask is made of whose edges were set again.

        Args:
            edges: The controls that do something.
            fixed: Where the mask was not changed by that.

        Returns:
            The new origin.
        """
        return Origin(self.raw, {**self.asked, "edges": edges}, fixed)


class Opened(NamedTuple):
    """A mask whose edges can be set again.

    Attributes:
        origin: What it was made of.
        held: A byte for each pixel, 255 where the mask stays as it is, since it was painted on or
            was never what was found; empty where that is nowhere.
    """

    origin: Origin
    held: bytes


def origin(result: Any, options: Dict[str, Any], fixed: bytes = b"") -> Optional[Origin]:
    """What a mask is made of that has just been found.

    Args:
        result: A `client.Result` of a request with `raw`.
        options: The request's.
        fixed: Where the mask is not what was found.

    Returns:
        It; None where the engine did not say what networks saw.
    """
    if not result.raw:
        return None
    asked = {name: options[name] for name in PROMPTS if options.get(name)}
    model = str(result.header["meta"]["model"])
    return Origin(result.raw, {"model": model, "edges": options.get("edges") or {}, **asked}, fixed)


def pack(origin: Origin) -> bytes:
    """Make what a mask was made of small.

    Args:
        origin: It.

    Returns:
        At most LIMIT bytes; none where it does not fit into so many.
    """
    about = {"raw": len(origin.raw), "asked": origin.asked, "fixed": len(origin.fixed)}
    header = json.dumps(about, separators=(",", ":")).encode("ascii")
    packed = b"localmatte matte 1 " + header + b"\n" + origin.raw
    if origin.fixed:
        packed += zlib.compress(origin.fixed, 9)
    return packed if HEADER.match(packed) and len(packed) <= LIMIT else b""


def unpack(kept: bytes, width: int, height: int) -> Optional[Origin]:
    """Read what a mask was made of.

    Args:
        kept: What `pack` returned, or anything else that a document holds.
        width: The layer's, in pixels.
        height: The layer's, in pixels.

    Returns:
        It; None where there is nothing that can be used.
    """
    header = HEADER.match(kept)
    try:
        about = json.loads(header.group(1)) if header else None
        if header is None or not isinstance(about, dict) or not isinstance(about["asked"], dict):
            return None
        size, count = about["raw"], about["fixed"]
        if type(size) is not int or not 0 < size <= LARGEST_RAW or count not in (0, width * height):
            return None
        start = header.end()
        raw, fixed = kept[start : start + size], b""
        if count:
            fixed = zlib.decompressobj().decompress(kept[start + size :], count + 1)
        whole = len(raw) == size and len(fixed) == count
        return Origin(raw, about["asked"], fixed.translate(SET)) if whole else None
    except (ValueError, KeyError, RecursionError, zlib.error):
        return None


def opened(
    layer: str,
    origin: Optional[Origin],
    before: Optional[kept_mask.Kept],
    mask: bytes,
    size: Tuple[int, int],
) -> Opened:
    """Find what of a mask stays when its edges are set again.

    Args:
        layer: The layer's name.
        origin: What the mask was made of; None where the document does not say.
        before: What it was then; None likewise.
        mask: What it is, a byte for each pixel.
        size: The layer's width and height, in pixels.

    Returns:
        It.

    Raises:
        BridgeError: One of these is not known, or the layer was resized or rotated since ("layer").
    """
    if before and not before.mask:
        raise turned_away(layer)
    if before is None or origin is None:
        raise BridgeError(
            "layer",
            _("What the model found in “{layer}” is not stored in the image.").format(layer=layer),
            _("Remove the background again."),
        )
    if is_turned(mask, before.mask, *size):
        raise turned_away(layer)
    return Opened(origin, held(origin, before, mask))


def turned_away(layer: str) -> BridgeError:
    """What is wrong where a layer is not what it was when its mask was made ("layer").

    Args:
        layer: Its name.
    """
    return BridgeError(
        "layer",
        _("“{layer}” has been resized or rotated since its background was removed.").format(
            layer=layer
        ),
        _("Remove the background again."),
    )


def followed(
    origin: Optional[Origin], before: Optional[kept_mask.Kept], mask: bytes
) -> Optional[Origin]:
    """What a mask is made of that another command made of an earlier one.

    Args:
        origin: What the earlier one was made of; None where the document does not say.
        before: What it was then; None likewise.
        mask: The new mask, a byte for each pixel.

    Returns:
        It; None where one of these is not known, or the layer is of another size.
    """
    if origin is None or before is None or len(before.mask) != len(mask):
        return None
    return origin._replace(fixed=held(origin, before, mask))


def held(origin: Origin, before: kept_mask.Kept, mask: bytes) -> bytes:
    """Where a mask is not what was found.

    Args:
        origin: What it was made of.
        before: What it was then.
        mask: What it is, a byte for each pixel.

    Returns:
        A byte for each pixel, 255 there; empty where it is that everywhere.
    """
    return union(origin.fixed, differing(kept_mask.rounded(mask, before.levels), before.mask))


def limited(selected: Bytes) -> bytes:
    """Where a mask is limited by a selection, or by an existing mask that it is combined with.

    Args:
        selected: How far each pixel is selected, or is shown by the existing mask, a byte each.

    Returns:
        A byte for each pixel, 255 there; empty where it is nowhere.
    """
    return _or_empty(bytes(selected).translate(UNLIKE_WHITE))


def covered(mask: Bytes) -> bytes:
    """Where an existing mask shows something that a new one is added to.

    Args:
        mask: The existing mask, a byte for each pixel.

    Returns:
        A byte for each pixel, 255 there; empty where it is nowhere.
    """
    return _or_empty(bytes(mask).translate(SET))


def union(*planes: bytes) -> bytes:
    """Where any of several planes is 255.

    Args:
        planes: Of one size, a byte for each pixel, 0 or 255; empty for nowhere.

    Returns:
        Such a plane.
    """
    there = [plane for plane in planes if plane]
    if len(there) < 2:
        return there[0] if there else b""
    total = 0
    for plane in there:
        total |= int.from_bytes(plane, "little")
    return total.to_bytes(len(there[0]), "little")


def differing(one: Bytes, other: Bytes) -> bytes:
    """Where two planes differ.

    Args:
        one: A byte for each pixel.
        other: Of the same size.

    Returns:
        A byte for each pixel, 255 there; empty where it is nowhere.
    """
    # Python's long numbers are quicker by far than its loops.
    apart = int.from_bytes(one, "little") ^ int.from_bytes(other, "little")
    return apart.to_bytes(len(one), "little").translate(SET) if apart else b""


def is_turned(mask: bytes, before: bytes, width: int, height: int) -> bool:
    """Look whether a mask was mirrored or rotated since it was kept.

    Args:
        mask: As it is, a byte for each pixel.
        before: As it was kept, a byte for each pixel.
        width: In pixels.
        height: In pixels.

    Returns:
        Whether it was; a rotation by a quarter is seen where the mask is square.
    """
    now, then = (_sampled(plane, width, height) for plane in (mask, before))
    apart = _count(now, then)
    if not apart:
        return False
    planes = [then]
    if width == height:
        planes.append([bytes(column) for column in zip(*then)])  # noqa: B905  # Python 3.8
    turns = [
        turn
        for plane in planes
        for turn in (plane, plane[::-1], _mirrored(plane), _mirrored(plane[::-1]))
    ]
    return any(TURNED * _count(now, turn) < apart for turn in turns[1:])


def _sampled(plane: bytes, width: int, height: int) -> List[bytes]:
    # As far from one border as from the other: mirrored, they are the same places.
    top, left = (height - 1) % SAMPLED // 2, (width - 1) % SAMPLED // 2
    rows = (plane[row * width : (row + 1) * width] for row in range(top, height, SAMPLED))
    return [row[left::SAMPLED].translate(HALF) for row in rows]


def _mirrored(rows: List[bytes]) -> List[bytes]:
    return [row[::-1] for row in rows]


def _count(one: List[bytes], other: List[bytes]) -> int:
    """In how many pixels two planes of 0 and 1 differ."""
    first, second = (int.from_bytes(b"".join(rows), "little") for rows in (one, other))
    return bin(first ^ second).count("1")


def _or_empty(plane: bytes) -> bytes:
    return plane if plane.strip(b"\x00") else b""


def _edges(values: Any) -> Dict[str, float]:
    """The edge controls among what a document holds, those with values that can be set."""
    if not isinstance(values, dict):
        return {}
    valid: Dict[str, float] = {}
    for control in CONTROLS:
        value: Any = values.get(control.name)
        if type(value) in (int, float) and control.low <= value <= control.high:
            valid[control.name] = value
    return changed(valid)
