"""The mask that localmatte made last, kept small beside it: what was painted since differs."""

from __future__ import annotations

import re
import zlib
from typing import NamedTuple, Optional, Union

NAME = "localmatte-mask"
"""What an editor calls it in the document."""

LIMIT = 300 * 1024
"""More bytes than this are not kept in a document."""

LEVELS = (256, 16, 8)
"""How many values a mask is kept in, in turn, until it is small enough: hair takes space."""

PIECE = 1 << 18
"""So many bytes are made small before the size is looked at."""

HEADER = re.compile(rb"localmatte mask 1 (\d{1,9}) (\d{1,9}) (\d{1,3})\n")


class Kept(NamedTuple):
    """A mask that was kept.

    Attributes:
        mask: A byte for each pixel; empty where it is of another size than the layer is now.
        levels: How many values it is kept in.
    """

    mask: bytes
    levels: int


def pack(mask: Union[bytes, bytearray], width: int, height: int, beside: int = 0) -> bytes:
    """Make a mask small.

    Args:
        mask: A byte for each pixel.
        width: In pixels.
        height: In pixels.
        beside: How many bytes of LIMIT something else takes.

    Returns:
        At most LIMIT bytes; none where it does not fit into so many.
    """
    for levels in LEVELS:
        header = f"localmatte mask 1 {width} {height} {levels}\n".encode("ascii")
        packed = _compressed(rounded(mask, levels), LIMIT - beside - len(header))
        if packed:
            return header + packed
    return b""


def unpack(kept: bytes, width: int, height: int) -> Optional[Kept]:
    """Give a mask back.

    Args:
        kept: What `pack` returned, or anything else that a document holds.
        width: The layer's, in pixels.
        height: The layer's, in pixels.

    Returns:
        The mask; None where there is none.
    """
    header = HEADER.match(kept)
    if header is None:
        return None
    columns, rows, levels = map(int, header.groups())
    if levels not in LEVELS:
        return None
    if (columns, rows) != (width, height):
        return Kept(b"", levels)
    try:
        mask = zlib.decompressobj().decompress(kept[header.end() :], width * height + 1)
    except zlib.error:
        return None
    return Kept(mask, levels) if len(mask) == width * height else None


def _compressed(data: Union[bytes, bytearray], limit: int) -> bytes:
    """The data made small; nothing as soon as that takes more than so many bytes."""
    compressor, packed = zlib.compressobj(6), bytearray()
    for start in range(0, len(data), PIECE):
        packed += compressor.compress(data[start : start + PIECE])
        if len(packed) > limit:
            return b""
    packed += compressor.flush()
    return bytes(packed) if len(packed) <= limit else b""


def rounded(mask: Union[bytes, bytearray], levels: int) -> bytes:
    """Bring a mask to fewer values.

    Args:
        mask: A byte for each pixel.
        levels: How many values from 0 to 255.

    Returns:
        The nearest of these for each pixel.
    """
    step = 255 / (levels - 1)
    table = bytes(round(round(value / step) * step) for value in range(256))
    return bytes(mask.translate(table))
