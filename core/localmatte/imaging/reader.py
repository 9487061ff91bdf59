"""Reads picture files, also those with harmless damage; says what it left out."""

from __future__ import annotations

import importlib
import io
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from localmatte.errors import PictureError, reason
from localmatte.imaging import deep, isobmff, jpeg, png, tiff, tiff_samples
from localmatte.imaging.geometry import check_size
from localmatte.imaging.photo import CLIPPED, Photo, from_image, from_samples

ONLY_FORMATS = "Use a PNG, JPEG, WebP, TIFF or similar file."
SEVERAL = ("GIF", "PNG", "WEBP", "TIFF", "AVIF", "HEIF")
"""The formats whose further pictures are frames or pages, and not layers or smaller copies."""

RAW = frozenset(
    (".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".mos",
     ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw",
     ".x3f")
)  # fmt: skip
"""The suffixes of cameras' raw files."""

RAW_MARKS = (
    (0, b"FUJIFILMCCD-RAW"),  # Fujifilm
    (0, b"FOVb"),  # Sigma
    (0, b"IIU\0"),  # Panasonic
    (0, b"IIRO"), (0, b"IIRS"), (0, b"MMOR"),  # Olympus
    (0, b"\0MRM"),  # Minolta
    (4, b"ftypcrx "), (6, b"HEAPCCDR"), (8, b"CR\2"),  # Canon
)  # fmt: skip
"""What raw files begin with, and where, whatever they are called."""

PAGE_MILLISECONDS = 1000
"""How long a page is shown that becomes a frame."""

HEIC = frozenset({".heic", ".heif", ".hif"})
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
NOT_READ = frozenset({"MPEG", "BUFR", "GRIB", "HDF5", "EPS", "WMF"})
"""What Pillow recognises, but cannot decode without other programs."""


def suffixes() -> frozenset[str]:
    """The suffixes of pictures: those that can be read, and those that need other programs."""
    known = {
        suffix
        for suffix, kind in Image.registered_extensions().items()
        if kind in Image.OPEN and kind not in NOT_READ
    }
    return RAW | HEIC | known


@dataclass(frozen=True)
class Sequence:
    """All that a picture file shows: one picture, or the frames of an animation, or pages.

    Attributes:
        kind: The file's format, by Pillow's name.
        count: How many pictures there are.
        plays: How often an animation is played, 0 for without end; None for what is none.
        photos: Decodes one after the other, each with the milliseconds that it is shown; 0
            where the file does not say.
    """

    kind: str
    count: int
    plays: int | None
    photos: Callable[[], Iterator[tuple[Photo, float]]]


def read(source: Path | BinaryIO) -> Photo:
    """Read a picture file; of several frames or pages, the first.

    Args:
        source: A path, also of a pipe; or a stream of the file's bytes. It is read once.

    Raises:
        PictureError: It is missing, no picture, damaged, or of an impossible size.
    """
    sequence = opened(source, animated=False)
    photo, _ = next(sequence.photos())
    if sequence.count == 1:
        return photo
    lost = f"Only the first of its {sequence.count} frames was used."
    return replace(photo, losses=(lost, *photo.losses))


def opened(source: Path | BinaryIO, *, animated: bool = True) -> Sequence:
    """Look into a picture file, without decoding it yet.

    Args:
        source: A path, also of a pipe; or a stream of the file's bytes. It is read once.
        animated: Whether more than the first picture is wanted: only then does damage in what
            follows count.

    Returns:
        What the file shows.

    Raises:
        PictureError: It is missing, no picture, damaged, or of an impossible size; photos()
            raises it as well.
    """
    name = source.name if isinstance(source, Path) else "The image"
    suffix = source.suffix.lower() if isinstance(source, Path) else ""
    data = contents(source)
    with explained(name):
        _refuse_raw(data, name, suffix)
        directories = pages(data)
        if directories and tiff.is_raw(directories[0]):
            raise _raw(name)
        if data.startswith(png.SIGNATURE):
            return _of_png(data, name, animated=animated)
        if directories:
            return _of_tiff(data, name, directories)
        profile, hdr = isobmff.colours(data)
        return _of_any(File(data), name, profile, [CLIPPED] if hdr else [])


def pages(data: bytes) -> list[ImageFileDirectory_v2]:
    """The pages of a TIFF file; none of other files, and of one that Pillow has to judge."""
    if not data.startswith(tiff.STARTS):
        return []
    try:
        return tiff_samples.directories(data)
    except Exception:
        # Whatever a damaged directory makes Pillow's parser stumble over.
        return []


def _of_tiff(data: bytes, name: str, directories: list[ImageFileDirectory_v2]) -> Sequence:
    file, numbers = File(data), tiff.shown(directories)

    def photos() -> Iterator[tuple[Photo, float]]:
        for number in numbers:
            with explained(name):
                photo = _of_page(file, data, directories[number], number)
            yield photo, PAGE_MILLISECONDS
        if directories[-1].next >= len(data):
            raise _damaged(name, "its last pages are missing")

    return Sequence("TIFF", len(numbers), None, photos)


def _of_page(file: File, data: bytes, page: ImageFileDirectory_v2, number: int) -> Photo:
    samples, profile = tiff_samples.read(data, page), page.get(tiff.PROFILE)
    profile = bytes(profile) if profile else None
    if samples is not None:
        return from_samples(samples, profile, *tiff.description(data, page))
    losses: list[str] = []
    image = file.loaded(losses, number)
    # Pillow keeps an earlier page's.
    image.info["icc_profile"] = profile
    return _with(from_image(image), losses)


def _of_png(data: bytes, name: str, *, animated: bool) -> Sequence:
    parts = png.taken_apart(data, animated=animated)
    losses = list(parts.losses)
    if parts.hdr:
        losses.append(CLIPPED)
    if animated and parts.frames > 1:
        if parts.data[24] == 16:
            # Pillow puts frames together with eight bits.
            losses.append("Its 16-bit colours were converted to 8 bits.")
        found = _of_any(File(parts.data), name, parts.profile, losses)
        return replace(found, count=parts.frames)

    def photos() -> Iterator[tuple[Photo, float]]:
        file = File(parts.data)
        with explained(name):
            image = file.loaded([])
            image.info["icc_profile"] = parts.profile
            photo = _with(from_image(image, deep.planes(file.opened)), losses)
        texts = ("text",) if parts.texts else ()
        yield replace(photo, other_metadata=photo.other_metadata + texts), 0

    return Sequence("PNG", parts.frames, None, photos)


def _of_any(file: File, name: str, profile: bytes | None, losses: Iterable[str]) -> Sequence:
    """What Pillow alone reads.

    Args:
        file: The file.
        name: Its name, for sentences.
        profile: The colours' profile where the file has no ICC profile.
        losses: What was left out of it already.
    """
    found = list(losses)
    image = file.recognised(found)
    count = getattr(image, "n_frames", 1) if image.format in SEVERAL else 1
    first = 1 if image.info.get("default_image") else 0

    def photos() -> Iterator[tuple[Photo, float]]:
        shown: ImageFile.ImageFile | None = None
        for number in range(first, max(count, 1)):
            with explained(name):
                if shown is None:
                    shown = file.loaded(found, number)
                else:
                    shown.seek(number)
                    shown.load()
                if profile and not shown.info.get("icc_profile"):
                    shown.info["icc_profile"] = profile
                photo = _with(from_image(shown), found)
            yield photo, float(shown.info.get("duration") or 0)

    return Sequence(image.format or "", count - first, _plays(image), photos)


def _plays(image: Image.Image) -> int:
    loop = image.info.get("loop")
    if image.format != "GIF":
        return int(loop or 0)
    # It says how often an animation is played again.
    return 1 if loop is None else int(loop) + (loop > 0)


def _with(photo: Photo, losses: Iterable[str]) -> Photo:
    return replace(photo, losses=tuple(dict.fromkeys((*losses, *photo.losses))))


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
        why = error.strerror or reason(error)
        raise PictureError(f"Cannot read {source}: {why}.", "Copy it again.") from error


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

    def loaded(self, losses: list[str], number: int = 0) -> ImageFile.ImageFile:
        """The file, decoded; also where its metadata are junk, or nothing but its end is missing.

        Args:
            losses: Sentences about what was left out are added to it.
            number: Of several frames or pages, which one.

        Returns:
            It, open, so that others can be sought.
        """
        image = self.recognised(losses)
        if image.format in NOT_READ:
            raise UnidentifiedImageError
        if number:
            image.seek(number)
        check_size(image.width, image.height)
        try:
            image.load()
        except OSError:
            if image.format != "JPEG" or self._data.endswith(jpeg.END) or not self._whole():
                raise
            losses.append("The end of the file is missing, but the image is complete.")
            self._data = self._data.rstrip(b"\xff") + jpeg.END
            image = self.opened()
            image.load()
        return image

    def recognised(self, losses: list[str]) -> ImageFile.ImageFile:
        """The file, not decoded yet; also where its metadata are junk.

        Args:
            losses: Sentences about what was left out are added to it.
        """
        try:
            return self.opened()
        except UnidentifiedImageError:
            if not self._data.startswith(jpeg.START):
                raise
        self._data = jpeg.without_metadata(self._data)
        image = self.opened()
        losses.append("Its metadata is damaged and was left out.")
        return image

    def _whole(self) -> bool:
        """Whether all of a JPEG's pixels are there, although the file ends too early.

        If they are, a decoder does not look at what comes before the marker of the end.
        """
        found = []
        for filling in (b"", b"\x5a\xa5" * 4096):
            image = Image.open(io.BytesIO(self._data.rstrip(b"\xff") + filling + jpeg.END))
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
        told = isinstance(error, (OSError, SyntaxError, ValueError)) and str(error)
        raise _damaged(name, reason(error) if told else "its content makes no sense") from error


def _damaged(name: str, why: str) -> PictureError:
    return PictureError(f"{name} is damaged: {why}.", "Save it again, or use another copy.")


def _refuse_raw(data: bytes, name: str, suffix: str) -> None:
    marked = any(data.startswith(mark, place) for place, mark in RAW_MARKS)
    if suffix in RAW or marked:
        raise _raw(name)
    if re.match(rb"....ftyp", data[:8], re.DOTALL) and data[8:12] in HEIC_BRANDS and not _heic():
        raise PictureError(
            f"{name} is a HEIC image, which requires a package that is not installed.",
            f"Install it with '{shlex.quote(sys.executable)} -m pip install pi-heif', or save the "
            "image as JPEG.",
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
