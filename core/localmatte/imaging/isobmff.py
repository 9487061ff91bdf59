"""AVIF and HEIC files: the colours that they mean where they have no ICC profile."""

from __future__ import annotations

import struct

from localmatte.imaging import colour

NUMBERS = b"colrnclx"
"""How the box with H.273's numbers begins; nothing that is compressed contains it by chance."""


def colours(data: bytes) -> tuple[bytes | None, bool]:
    """The profile of a file's colours, and whether they stand for more than paper white.

    Args:
        data: The file, of any format.

    Returns:
        An ICC profile; None for sRGB, for unknown colours, and for other files.
    """
    place = data.find(NUMBERS) if data[4:8] == b"ftyp" else -1
    if place < 0 or len(data) < place + len(NUMBERS) + 4:
        return None, False
    primaries, transfer = struct.unpack_from(">HH", data, place + len(NUMBERS))
    found = colour.coded(primaries, transfer)
    return found, found is not None and transfer in (colour.PQ, colour.HLG)
