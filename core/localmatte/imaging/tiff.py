"""TIFF files: what they say about themselves, and how they are written."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffTags
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from localmatte.errors import PictureError
from localmatte.system.parallel import each

HEADER = b"II*\0" + (8).to_bytes(4, "little")
POINTER = 4
"""Where a file points to its first page."""

LARGEST = (1 << 32) - 1
STRIP_BYTES = 1 << 19
COMPRESS_LEVEL = 4
NO_UNIT, INCH, CENTIMETRE = 1, 2, 3
X_RESOLUTION, Y_RESOLUTION, UNIT = 282, 283, 296
DEFLATE, HORIZONTAL_DIFFERENCES, NOT_PREMULTIPLIED = 8, 2, 2
SUBFILE_TYPE, SUB_IFDS, DNG_VERSION = 254, 330, 50706
REDUCED, MASK = 1, 4
OF_ANOTHER = REDUCED | MASK
PROFILE = 34675
OTHER_METADATA = {700: "XMP", 34377: "Photoshop"}
STARTS = (b"II*\0", b"MM\0*", b"II+\0")


def is_raw(tags: Mapping[int, Any]) -> bool:
    """Whether a TIFF file is a camera's raw file: a small picture, and sensor data elsewhere.

    Args:
        tags: Of its first page.
    """
    if DNG_VERSION in tags:
        return True
    return bool(tags.get(SUBFILE_TYPE, 0) & REDUCED) and SUB_IFDS in tags


def shown(pages: Sequence[Mapping[int, Any]]) -> list[int]:
    """The numbers of the pages that are pictures of their own, not smaller copies or masks.

    Args:
        pages: The tags of each.

    Returns:
        At least one.
    """
    wanted = [at for at, tags in enumerate(pages) if not tags.get(SUBFILE_TYPE, 0) & OF_ANOTHER]
    return wanted or [0]


def description(data: bytes, page: ImageFileDirectory_v2) -> tuple[Image.Exif, tuple[str, ...]]:
    """What a page says of itself.

    Args:
        data: The file.
        page: The page's directory.

    Returns:
        Its EXIF data, and the names of its other metadata.
    """
    exif = Image.Exif()
    exif.endian = "<" if page.prefix == b"II" else ">"
    exif.bigtiff = data[2:4] == b"+\0"
    exif.load_from_fp(io.BytesIO(data), page.offset)
    return exif, tuple(name for tag, name in OTHER_METADATA.items() if tag in page)


def resolution(tags: Mapping[int, Any]) -> tuple[float, float] | None:
    """The resolution that a TIFF file's tags say, or EXIF data's, in dots per inch."""
    scale = {INCH: 1.0, CENTIMETRE: 2.54}.get(tags.get(UNIT, INCH))
    if scale is None or X_RESOLUTION not in tags or Y_RESOLUTION not in tags:
        return None
    try:
        across, down = (float(tags[name]) * scale for name in (X_RESOLUTION, Y_RESOLUTION))
    except ZeroDivisionError:
        return None
    return across, down


def write(
    pixels: NDArray[Any],
    stream: BinaryIO,
    profile: bytes | None = None,
    dpi: tuple[float, float] | None = None,
    exif: Image.Exif | None = None,
    pointer: int = POINTER,
) -> int:
    """Write a page of a TIFF file, deflated.

    Args:
        pixels: H×W, H×W×3 or H×W×4 of uint8 or uint16.
        stream: Where it goes; the file begins at its position 0.
        profile: Of the colours.
        dpi: Dots per inch across and down.
        exif: What else is known of the photo.
        pointer: Where the file points to this page: what was returned for the page before.

    Returns:
        Where the file points to a further page.

    Raises:
        PictureError: The file would be too large.
    """
    samples = np.atleast_3d(pixels)
    height, width, channels = samples.shape
    rows = max(1, STRIP_BYTES // (width * channels * samples.itemsize))

    def packed(top: int) -> bytes:
        strip = samples[top : top + rows]
        little = np.diff(strip, axis=1, prepend=strip.dtype.type(0)).astype(
            samples.dtype.newbyteorder("<")
        )
        return zlib.compress(little.data, COMPRESS_LEVEL)

    strips = each(packed, range(0, height, rows))
    offsets = np.cumsum([0, *(len(strip) for strip in strips)]).tolist()
    tags: dict[int, Any] = {
        256: width,
        257: height,
        258: (8 * samples.itemsize,) * channels,
        259: DEFLATE,
        262: 1 if channels == 1 else 2,
        273: tuple(offsets[:-1]),
        277: channels,
        278: rows,
        279: tuple(len(strip) for strip in strips),
        317: HORIZONTAL_DIFFERENCES,
    }
    if channels == 4:
        tags[338] = NOT_PREMULTIPLIED
    across, down = dpi or (1, 1)
    tags |= {X_RESOLUTION: across, Y_RESOLUTION: down, UNIT: INCH if dpi else NO_UNIT}
    if profile:
        tags[PROFILE] = profile
    directory = ImageFileDirectory_v2(ifh=HEADER)
    for name, value in (dict(exif or {}) | tags).items():
        if name in (273, 279):
            directory.tagtype[name] = TiffTags.LONG
        if name == PROFILE:
            directory.tagtype[name] = TiffTags.UNDEFINED
        if name in (X_RESOLUTION, Y_RESOLUTION):
            directory.tagtype[name] = TiffTags.RATIONAL
        directory[name] = value
    if pointer == POINTER:
        stream.write(HEADER)
    place = stream.tell()
    # It counts the strips' places from its own end.
    head = directory.tobytes(place)
    if place + len(head) + sum(map(len, strips)) > LARGEST:
        raise PictureError("TIFF files can be at most 4 GB.", "Use .png or .webp.")
    stream.write(head)
    stream.writelines(strips)
    if pointer != POINTER:
        end = stream.tell()
        stream.seek(pointer)
        stream.write(place.to_bytes(4, "little"))
        stream.seek(end)
    if stream.tell() % 2:
        stream.write(b"\0")
    return place + 2 + 12 * len(directory)
