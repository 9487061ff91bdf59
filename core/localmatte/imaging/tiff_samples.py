"""Samples of TIFF files that Pillow has no mode for: of 2 to 64 bits, signed, or floating-point."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from localmatte.imaging.geometry import check_size
from localmatte.imaging.pixels import unit_floats

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266
STRIP_OFFSETS, CHANNELS, STRIP_ROWS, STRIP_SIZES, PLANAR, PREDICTOR = 273, 277, 278, 279, 284, 317
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_SIZES = 322, 323, 324, 325
EXTRA, FORMAT = 338, 339
UNSIGNED, SIGNED, FLOATING = 1, 2, 3
RAW, DEFLATE = (1,), (8, 32946)
BY_LIBTIFF = {5: "LZW", 32773: "PackBits", 34925: "LZMA", 50000: "Zstandard"}
"""Compressions that Pillow undoes, by their numbers."""

DIFFERENCES, FLOATING_DIFFERENCES = 2, 3
SEPARATE_PLANES = 2
WHITE_IS_ZERO, SEPARATED = 0, 5
SPACES = {0: ("grey", 1), 1: ("grey", 1), 2: ("rgb", 3), 5: ("cmyk", 4), 8: ("lab", 3)}
"""What samples mean, and how many of them a pixel has, by photometric interpretation."""

PREMULTIPLIED, UNASSOCIATED = 1, 2
BY_PILLOW = (1, 8)
"""Bits of unsigned samples that Pillow reads."""

MOST_CHANNELS = 64

ROWS = 64
"""Rows of odd bits unpacked at a time."""


@dataclass(frozen=True)
class Samples:
    """A page's samples.

    Attributes:
        space: What the colours are: "grey", "rgb", "cmyk" or "lab".
        colours: H×W×{1, 3, 4} uint16.
        alpha: H×W uint16; None where the page has none.
        losses: What was lost on the way, in sentences.
    """

    space: str
    colours: NDArray[np.uint16]
    alpha: NDArray[np.uint16] | None
    losses: tuple[str, ...] = ()


def directories(data: bytes) -> list[ImageFileDirectory_v2]:
    """The directories of a TIFF file's pages, in their order.

    Args:
        data: The file.
    """
    header = data[: 16 if data[2:4] == b"+\0" else 8]
    found = list[ImageFileDirectory_v2]()
    places, stream = set[int](), io.BytesIO(data)
    place = ImageFileDirectory_v2(header).next
    while place and place not in places and place < len(data):
        places.add(place)
        directory = ImageFileDirectory_v2(header)
        stream.seek(place)
        directory.load(stream)
        found.append(directory)
        place = directory.next
    return found


def read(data: bytes, directory: ImageFileDirectory_v2) -> Samples | None:
    """The samples of a page.

    Args:
        data: The file.
        directory: The page's.

    Returns:
        The samples; None where Pillow reads such pages, or nobody does.

    Raises:
        PictureError: The page is too large.
        ValueError: It is damaged; also what NumPy, zlib and Pillow raise then.
    """
    layout = _layout(directory)
    if layout is None:
        return None
    check_size(layout.width, layout.height)
    raw = _assembled(data, directory, layout)
    return _meant(raw, directory, layout)


@dataclass(frozen=True)
class _Layout:
    """How a page's samples are stored."""

    width: int
    height: int
    channels: int
    bits: int
    format: int
    compression: int
    predictor: int
    separate: bool
    order: str

    @property
    def dtype(self) -> np.dtype[Any]:
        """The samples' type, where they have whole bytes."""
        kind = {UNSIGNED: "u", SIGNED: "i", FLOATING: "f"}[self.format]
        return np.dtype(f"{self.order}{kind}{self.bits // 8}")

    @property
    def whole_bytes(self) -> bool:
        """Whether NumPy has a type for them."""
        return self.bits in (8, 16, 32, 64)


def _all_of(directory: Mapping[int, Any], tag: int, default: Any) -> set[Any]:
    value = directory.get(tag, default)
    return set(value) if isinstance(value, tuple) else {value}


def _layout(directory: ImageFileDirectory_v2) -> _Layout | None:
    bits, formats = _all_of(directory, BITS, 1), _all_of(directory, FORMAT, UNSIGNED)
    if len(bits) != 1 or len(formats) != 1:
        return None
    layout = _Layout(
        width=directory[WIDTH],
        height=directory[HEIGHT],
        channels=directory.get(CHANNELS, 1),
        bits=bits.pop(),
        format=formats.pop(),
        compression=directory.get(COMPRESSION, 1),
        predictor=directory.get(PREDICTOR, 1),
        separate=directory.get(PLANAR, 1) == SEPARATE_PLANES,
        order="<" if directory.prefix == b"II" else ">",
    )
    photometric = directory.get(PHOTOMETRIC)
    known = (
        photometric in SPACES
        and layout.compression in (*RAW, *DEFLATE, *BY_LIBTIFF)
        and directory.get(FILL_ORDER, 1) == 1
        and SPACES[photometric][1] <= layout.channels <= MOST_CHANNELS
        and 1 <= layout.bits <= (64 if layout.whole_bytes else 32)
        and (layout.format == UNSIGNED or layout.whole_bytes)
        and (layout.format != FLOATING or layout.bits > 8)
        and layout.format in (UNSIGNED, SIGNED, FLOATING)
    )
    by_pillow = layout.format == UNSIGNED and layout.bits in BY_PILLOW
    by_pillow &= photometric != SEPARATED or layout.channels == 4
    return layout if known and not by_pillow else None


def _assembled(data: bytes, directory: ImageFileDirectory_v2, layout: _Layout) -> NDArray[Any]:
    """A page's stored values from its strips or tiles, H×W×C."""
    tiled = TILE_OFFSETS in directory
    across = directory[TILE_WIDTH] if tiled else layout.width
    down = directory[TILE_HEIGHT] if tiled else directory.get(STRIP_ROWS, layout.height)
    down = down if tiled else min(down, layout.height)
    offsets = directory[TILE_OFFSETS if tiled else STRIP_OFFSETS]
    sizes = directory[TILE_SIZES if tiled else STRIP_SIZES]
    planes = layout.channels if layout.separate else 1
    deep = 1 if layout.separate else layout.channels
    tops, lefts = range(0, layout.height, down), range(0, layout.width, across)
    if planes * len(tops) * len(lefts) != len(offsets) or len(offsets) != len(sizes):
        raise ValueError("some of its strips are missing")
    dtype = layout.dtype.newbyteorder("=") if layout.whole_bytes else np.dtype(np.uint32)
    result = np.empty((layout.height, layout.width, layout.channels), dtype)
    places = product(range(planes), tops, lefts)
    for (plane, top, left), offset, size in zip(places, offsets, sizes, strict=True):
        rows = down if tiled else min(down, layout.height - top)
        packed = data[offset : offset + size]
        part = _values(packed, layout, rows, across, deep)
        space = result[top : top + down, left : left + across]
        space = space[..., plane : plane + 1] if layout.separate else space
        space[...] = part[: space.shape[0], : space.shape[1]]
    return result


def _values(packed: bytes, layout: _Layout, rows: int, across: int, deep: int) -> NDArray[Any]:
    """The values of a strip or a tile, rows×across×deep."""
    row_bytes = (across * deep * layout.bits + 7) // 8
    plain = _unpacked(packed, layout.compression, row_bytes, rows)
    stored = np.frombuffer(plain, np.uint8, rows * row_bytes).reshape(rows, row_bytes)
    if not layout.whole_bytes:
        return _of_bits(stored, layout.bits, across * deep).reshape(rows, across, deep)
    if layout.predictor == FLOATING_DIFFERENCES:
        summed = np.cumsum(stored.reshape(rows, -1, deep), axis=1, dtype=np.uint8)
        by_weight = summed.reshape(rows, layout.bits // 8, -1).transpose(0, 2, 1)
        kind = layout.dtype.newbyteorder(">")
        return np.ascontiguousarray(by_weight).view(kind).reshape(rows, across, deep)
    values = stored.view(layout.dtype).reshape(rows, across, deep)
    if layout.predictor == DIFFERENCES:
        whole = np.dtype(f"u{layout.bits // 8}")
        as_whole = values.view(np.dtype(f"{layout.order}u{layout.bits // 8}")).astype(whole)
        summed = np.cumsum(as_whole, axis=1, dtype=whole)
        return summed.view(layout.dtype.newbyteorder("="))
    return values


def _unpacked(packed: bytes, compression: int, row_bytes: int, rows: int) -> bytes:
    if compression in RAW:
        return packed
    if compression in DEFLATE:
        return zlib.decompressobj().decompress(packed, row_bytes * rows)
    # As a page of single bytes, which Pillow has libtiff decode.
    tags = ((256, row_bytes), (257, rows), (258, 8), (259, compression), (262, 1),
            (273, 8), (277, 1), (278, rows), (279, len(packed)))  # fmt: skip
    directory = struct.pack("<H", len(tags))
    directory += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    place = 8 + len(packed) + len(packed) % 2
    file = b"II*\0" + struct.pack("<I", place) + packed.ljust(place - 8, b"\0")
    with Image.open(io.BytesIO(file + directory + bytes(4))) as page:
        return page.tobytes()


def _of_bits(stored: NDArray[np.uint8], bits: int, samples: int) -> NDArray[np.uint32]:
    """Values of so many bits each, the highest first, in rows that start with whole bytes."""
    weights = (1 << np.arange(bits - 1, -1, -1)).astype(np.uint32)
    values = np.empty((len(stored), samples), np.uint32)
    for top in range(0, len(stored), ROWS):
        split = np.unpackbits(stored[top : top + ROWS], axis=1)[:, : samples * bits]
        values[top : top + ROWS] = split.reshape(-1, samples, bits) @ weights
    return values


def _meant(raw: NDArray[Any], directory: ImageFileDirectory_v2, layout: _Layout) -> Samples:
    photometric = directory[PHOTOMETRIC]
    space, count = SPACES[photometric]
    losses = list[str]()
    values = raw if space == "lab" and layout.bits == 16 else _scaled(raw, layout, losses, count)
    colours = values[..., :count].astype(np.uint16)
    alpha = None
    extra = directory.get(EXTRA, ())
    for at, kind in enumerate(extra if isinstance(extra, tuple) else (extra,)):
        if kind in (PREMULTIPLIED, UNASSOCIATED) and count + at < layout.channels:
            alpha = np.ascontiguousarray(values[..., count + at])
            if kind == PREMULTIPLIED and space in ("grey", "rgb"):
                colours = _unassociated(colours, alpha)
            break
    if photometric == WHITE_IS_ZERO:
        colours = 65535 - colours
    return Samples(space, colours, alpha, tuple(losses))


def _scaled(
    raw: NDArray[Any], layout: _Layout, losses: list[str], count: int
) -> NDArray[np.uint16]:
    """Values of any type with sixteen bits."""
    if layout.format == FLOATING:
        units = np.empty(raw.shape, np.float32)
        units[..., :count] = unit_floats(raw[..., :count].astype(np.float32), losses)
        units[..., count:] = np.clip(np.nan_to_num(raw[..., count:].astype(np.float32)), 0, 1)
        return np.rint(units * 65535).astype(np.uint16)
    bits = layout.bits - (layout.format == SIGNED)
    values = np.maximum(raw, 0) if layout.format == SIGNED else raw
    if bits == 16 or (bits > 16 and values.max() <= 65535):
        # Programs that count in 32 bits store values of sixteen as they are.
        return values.astype(np.uint16)
    if bits > 16:
        losses.append(f"Its {layout.bits}-bit samples were converted to 16 bits.")
        return np.asarray(values >> np.asarray(bits - 16, values.dtype), np.uint16)
    highest = (1 << bits) - 1
    scaled = (values.astype(np.uint32) * 65535 + highest // 2) // highest
    return np.asarray(scaled, np.uint16)


def _unassociated(colours: NDArray[np.uint16], alpha: NDArray[np.uint16]) -> NDArray[np.uint16]:
    divisor = np.maximum(alpha, 1).astype(np.uint32)[..., None]
    whole = (colours.astype(np.uint32) * 65535 + divisor // 2) // divisor
    return np.asarray(np.minimum(whole, 65535), np.uint16)
