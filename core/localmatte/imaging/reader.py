"""Reads picture files, also those with harmless damage; says what it left out."""

from __future__ import annotations

import importlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from localmatte.errors import PictureError, reason
from localmatte.imaging import deep, png, tiff
from localmatte.imaging.geometry import check_size
from localmatte.imaging.photo import Photo, from_image

ONLY_FORMATS = "Use a PNG, JPEG, WebP, TIFF or similar file."
SEVERAL = ("GIF", "PNG", "WEBP", "TIFF", "AVIF", "HEIF")
"""The formats whose further pictures are frames or pages, and not layers or smaller copies."""

RAW = frozenset(
    (".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".mos",
     ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw",
     ".x3f")
)  # fmt: skip
"""The suffixes of cameras' raw files."""

HEIC = frozenset({".heic", ".heif", ".hif"})
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
NOT_READ = frozenset({"MPEG", "BUFR", "GRIB", "HDF5", "EPS", "WMF"})
"""What Pillow recognises, but cannot decode without other programs."""

END_OF_JPEG = b"\xff\xd9"


def suffixes() -> frozenset[str]:
    """The suffixes of pictures: those that can be read, and those that need other programs."""
    known = {
        suffix
        for suffix, kind in Image.registered_extensions().items()
        if kind in Image.OPEN and kind not in NOT_READ
    }
    return RAW | HEIC | known


def read(source: Path | BinaryIO) -> Photo:
    """Read a picture file.

    Args:
        source: A path, also of a pipe; or a stream of the file's bytes. It is read once.

    Raises:
        PictureError: It is missing, no picture, damaged, or of an impossible size.
    """
    name = source.name if isinstance(source, Path) else "The image"
    suffix = source.suffix.lower() if isinstance(source, Path) else ""
    data = contents(source)
    with explained(name):
        _refuse_raw(data, name, suffix)
        losses: list[str] = []
        parts = png.taken_apart(data) if data.startswith(png.SIGNATURE) else None
        file = File(parts.data if parts else data)
        image = file.loaded(losses)
        if tiff.is_raw(image):
            raise _raw(name)
        if parts:
            image.info["icc_profile"] = parts.profile
            losses += parts.losses
            if parts.hdr:
                losses.append("Its brightness above paper white was clipped.")
        frames = parts.frames if parts else getattr(image, "n_frames", 1)
        if frames > 1 and image.format in SEVERAL:
            losses.append(f"Only the first of its {frames} frames was used.")
        photo = from_image(image, deep.planes(file.opened))
        others = photo.other_metadata + (("text",) if parts and parts.texts else ())
        return replace(photo, losses=(*losses, *photo.losses), other_metadata=others)


def contents(source: Path | BinaryIO) -> bytes:
    """All bytes of a file, or of what is left of a stream.

    Raises:
        PictureError: It cannot be read.
    """
    try:
        return source.read_bytes() if isinstance(source, Path) else source.read()
    except FileNotFoundError:
        raise PictureError(f"There is no file {source}.", "Check the path.") from None
    except PermissionError:
        raise PictureError(
            f"No permission to read {source}.", "Check the file's permissions."
        ) from None
    except IsADirectoryError:
        raise PictureError(f"{source} is a folder.", "Specify an image file.") from None
    except MemoryError:
        raise PictureError(f"{source} does not fit in memory.", "Scale it down.") from None
    except OSError as error:
        raise PictureError(f"Cannot read {source}: {reason(error)}.", "Copy it again.") from error


class File:
    """A picture file's bytes, decoded as often as it takes.

    Args:
        data: All of them.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data

    def opened(self) -> ImageFile.ImageFile:
        """The file, not decoded yet."""
        return Image.open(io.BytesIO(self._data))

    def loaded(self, losses: list[str]) -> ImageFile.ImageFile:
        """The file, decoded; also where nothing but its end is missing."""
        image = self.opened()
        if image.format in NOT_READ:
            raise UnidentifiedImageError
        check_size(image.width, image.height)
        try:
            image.load()
        except OSError:
            if image.format != "JPEG" or self._data.endswith(END_OF_JPEG) or not self._whole():
                raise
            losses.append("The end of the file is missing, but the image is complete.")
            self._data = self._data.rstrip(b"\xff") + END_OF_JPEG
            image = self.opened()
            image.load()
        return image

    def _whole(self) -> bool:
        """Whether all of a JPEG's pixels are there, although the file ends too early.

        If they are, a decoder does not look at what comes before the marker of the end.
        """
        found = []
        for filling in (b"", b"\x5a\xa5" * 4096):
            image = Image.open(io.BytesIO(self._data.rstrip(b"\xff") + filling + END_OF_JPEG))
            image.load()
            found.append(np.asarray(image))
        return bool((found[0] == found[1]).all())


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn whatever a decoder raises into a sentence.

    Args:
        name: What the sentence calls the picture.

    Raises:
        PictureError: The block raised any other error; one of this kind passes unchanged.
    """
    try:
        yield
    except PictureError:
        raise
    except MemoryError:
        raise PictureError(f"{name} does not fit in memory.", "Scale it down.") from None
    except Image.DecompressionBombError:
        raise PictureError(
            f"{name} has more pixels than localmatte supports.", "Scale it down, or cut out a part."
        ) from None
    except UnidentifiedImageError:
        raise PictureError(f"{name} is not a readable image.", ONLY_FORMATS) from None
    except Exception as error:
        # Pillow's decoders raise whatever a damaged file makes them stumble over.
        raise PictureError(
            f"{name} is damaged: {reason(error)}.", "Save it again, or use another copy."
        ) from error


def _refuse_raw(data: bytes, name: str, suffix: str) -> None:
    if suffix in RAW:
        raise _raw(name)
    if re.match(rb"....ftyp", data[:8], re.DOTALL) and data[8:12] in HEIC_BRANDS and not _heic():
        raise PictureError(
            f"{name} is a HEIC image, which requires a package that is not installed.",
            "Install it with 'pip install pi-heif', or save the image as JPEG.",
        )


def _raw(name: str) -> PictureError:
    return PictureError(
        f"{name} is a camera raw file, which localmatte cannot develop.",
        "Save it as TIFF or JPEG with your raw developer.",
    )


def _heic() -> bool:
    """Teach Pillow to read HEIC, where the package for it is installed."""
    try:
        importlib.import_module("pi_heif").register_heif_opener()
    except ImportError:
        return False
    return True
