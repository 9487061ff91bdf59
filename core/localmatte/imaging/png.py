"""PNG files, chunk by chunk: what Pillow stumbles over, passes over, or cannot write."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from localmatte.imaging import colour
from localmatte.imaging.filters import runs
from localmatte.system.parallel import each

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PICTURE = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"pHYs", b"eXIf"}
"""The chunks that Pillow gets to see."""

ANIMATION = {b"acTL", b"fcTL", b"fdAT"}
SIZES = {b"pHYs": (9,), b"tRNS": range(1, 257), b"PLTE": range(3, 769, 3)}
"""How many bytes such chunks have, in files that mean something by them."""

TEXTS = (b"tEXt", b"zTXt", b"iTXt")
EXIF_AS_TEXT = b"Raw profile type exif"
PQ_BY_NAME = b"ITUR_2100_PQ_FULL"
"""The profile by whose name programs marked HDR pictures before there was cICP."""

REC_2020 = 9
NOT_SAID = bytes((2, 2))
"""H.273's numbers for colours that something else describes."""

LARGEST_PROFILE = 1 << 24
COMPRESS_LEVEL = 2
ZLIB_HEADER = b"\x78\x5e"
ADLER_MODULUS = 65521

COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
"""PNG's numbers for grey, RGB and RGBA, by their channels."""

BAND_BYTES = 1 << 20
"""So much is compressed at a time, by one core; each band begins without what was before it."""

AT_ONCE = 16
"""So many bands are in memory."""


@dataclass
class Contents:
    """A PNG file taken apart.

    Attributes:
        data: The file with nothing but its pixels, its size in print and its EXIF data.
        profile: Its colour profile, as it says in any of PNG's four ways; None for sRGB.
        hdr: Whether its samples stand for more than paper white.
        texts: Whether it has texts.
        frames: How many pictures it has.
        losses: What was wrong with it, in sentences.
    """

    data: bytes
    profile: bytes | None = None
    hdr: bool = False
    texts: bool = False
    frames: int = 1
    losses: list[str] = field(default_factory=list)


def taken_apart(data: bytes, *, animated: bool = False) -> Contents:
    """Separate a PNG file's pixels from what surrounds them.

    Args:
        data: The file.
        animated: Whether to keep an animation's further frames.

    Returns:
        What it holds.
    """
    pixels = PICTURE | ANIMATION if animated else PICTURE
    found = Contents(SIGNATURE)
    kept, says, controls = [SIGNATURE], dict[bytes, bytes](), 0
    for kind, whole, payload in _chunks(data):
        if len(payload) not in SIZES.get(kind, (len(payload),)):
            continue
        controls += kind == b"fcTL"
        if kind in pixels or (kind in TEXTS and payload.startswith(EXIF_AS_TEXT)):
            kept.append(whole)
        elif kind in TEXTS:
            found.texts = True
        else:
            says.setdefault(kind, payload)
    if kept[-1][4:8] != b"IEND":
        kept.append(chunk(b"IEND", b""))
    found.data = b"".join(kept)
    found.frames = max(1, controls)
    _colours(says, found)
    return found


def write(pixels: NDArray[Any], stream: BinaryIO, chunks: dict[bytes, bytes]) -> None:
    """Write a PNG file.

    Each row is stored as its difference from the one above. In cut-outs of photos that gives files
    of the size that Pillow's choice among all filters gives, in half of the time.

    Args:
        pixels: H×W, H×W×3 or H×W×4 of uint8 or uint16.
        stream: Where it goes.
        chunks: What else is in it, by kind.
    """
    height, width = pixels.shape[:2]
    kind = COLOUR_TYPES[pixels.shape[2] if pixels.ndim == 3 else 1]
    bits = 8 * pixels.dtype.itemsize
    stream.write(SIGNATURE)
    stream.write(chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)))
    for name, payload in chunks.items():
        stream.write(chunk(name, payload))
    rows = max(1, BAND_BYTES * height // pixels.nbytes)
    bands = runs(height, rows)
    total = 1

    def compress(band: slice) -> tuple[bytes, int, int]:
        filtered = _differences(pixels, band)
        packer = zlib.compressobj(COMPRESS_LEVEL, wbits=-zlib.MAX_WBITS)
        last = band.stop == height
        packed = ZLIB_HEADER if band.start == 0 else b""
        packed += packer.compress(filtered.data)
        packed += packer.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)
        return packed, zlib.adler32(filtered.data), filtered.nbytes

    for group in range(0, len(bands), AT_ONCE):
        for packed, check, size in each(compress, bands[group : group + AT_ONCE]):
            stream.write(chunk(b"IDAT", packed))
            total = _adler32_of_both(total, check, size)
    stream.write(chunk(b"IDAT", struct.pack(">I", total)))
    stream.write(chunk(b"IEND", b""))


def _differences(pixels: NDArray[Any], band: slice) -> NDArray[np.uint8]:
    """Rows as PNG has them: each as its difference from the one above, and first that filter."""
    above = max(band.start - 1, 0)
    part = pixels[above : band.stop]
    if part.dtype == np.uint16:
        part = part.astype(">u2")
    samples = np.ascontiguousarray(part).view(np.uint8).reshape(len(part), -1)
    rows = np.empty((band.stop - band.start, samples.shape[1] + 1), np.uint8)
    rows[:, 0] = 2
    if band.start == 0:
        rows[0, 1:] = samples[0]
    skipped = int(band.start == 0)
    np.subtract(samples[1:], samples[:-1], out=rows[skipped:, 1:])
    return rows


def _adler32_of_both(first: int, second: int, size: int) -> int:
    """The checksum of two pieces of data from those of each; `size` bytes are in the second."""
    low = (first & 0xFFFF) + (second & 0xFFFF) - 1
    high = (first >> 16) + (second >> 16) + size * ((first & 0xFFFF) - 1)
    return high % ADLER_MODULUS << 16 | low % ADLER_MODULUS


def profile_chunk(profile: bytes) -> bytes:
    """What an iCCP chunk holds."""
    return b"ICC Profile\0\0" + zlib.compress(profile)


def resolution_chunk(resolution: tuple[float, float]) -> bytes:
    """What a pHYs chunk holds for dots per inch."""
    across, down = (round(value / 0.0254) for value in resolution)
    return struct.pack(">IIB", across, down, 1)


def chunk(kind: bytes, payload: bytes) -> bytes:
    """A chunk as it stands in a file.

    Args:
        kind: Its four letters.
        payload: What it holds.

    Returns:
        It, with its length and its checksum.
    """
    check = zlib.crc32(payload, zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(payload)), kind, payload, struct.pack(">I", check)))


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a file, their kinds and what they hold; their checksums are not looked at."""
    for kind, _, payload in _chunks(data):
        yield kind, payload


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    at = len(SIGNATURE)
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at : at + 12 + size], data[at + 8 : at + 8 + size]
        at += 12 + size


def _colours(says: dict[bytes, bytes], found: Contents) -> None:
    """Which colours a file means: the most exact of what it says counts, as PNG has it."""
    try:
        primaries, transfer = says.get(b"cICP", NOT_SAID)[:2]
        if colour.known(primaries, transfer):
            found.profile = colour.coded(primaries, transfer)
            found.hdr = transfer in (colour.PQ, colour.HLG)
        elif b"iCCP" in says:
            name, _, rest = says[b"iCCP"].partition(b"\0")
            found.profile = zlib.decompressobj().decompress(rest[1:], LARGEST_PROFILE)
            if name == PQ_BY_NAME:
                found.profile, found.hdr = colour.coded(REC_2020, colour.PQ), True
        elif b"gAMA" in says and b"sRGB" not in says:
            (gamma,) = struct.unpack(">I", says[b"gAMA"])
            xy: Any = None
            if b"cHRM" in says:
                xy = tuple(value / 100000 for value in struct.unpack(">8I", says[b"cHRM"]))
            found.profile = colour.with_gamma(gamma / 100000, xy)
    except (struct.error, ValueError, zlib.error):
        found.losses.append("Its colour profile is damaged and was left out.")
