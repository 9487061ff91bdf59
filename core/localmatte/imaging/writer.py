"""Writes picture files: what each format holds, and what is said about what it does not."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.errors import PictureError, StorageError, UsageError
from localmatte.imaging import animation, colour, png, tiff
from localmatte.imaging.metadata import fitting, portable
from localmatte.imaging.photo import Photo
from localmatte.system.files import replacing

GIF_EDGES = "GIF files have no soft edges: each pixel is shown or not."
USE_OTHERS = "Use .png, .webp or .tiff"


@dataclass(frozen=True)
class Format:
    """What a file format holds, as localmatte writes it.

    Attributes:
        alpha: Whether it has alpha of more than one bit.
        deep: Whether it has sixteen bits a sample, in colour.
        deep_grey: Whether it has sixteen bits a sample, in grey.
        profile: Whether it has a colour profile; without one, colours are brought to sRGB.
        grey: Whether it has grey; without it, masks are written as RGB.
        resolution: Whether it has dots per inch.
        exif: The most bytes of EXIF data that it has; 0 for none.
        side: The most pixels across or down.
        options: How it is encoded, in Pillow's words.
    """

    alpha: bool = False
    deep: bool = False
    deep_grey: bool = False
    profile: bool = False
    grey: bool = True
    resolution: bool = False
    exif: int = 0
    side: int = 1 << 28
    options: dict[str, Any] = field(default_factory=dict)


NO_LIMIT = 1 << 31

FORMATS: dict[str, Format] = {
    # A fifth of the usual level's time, for 4 % more bytes on a photo.
    "PNG": Format(True, True, True, True, resolution=True, exif=NO_LIMIT),
    "TIFF": Format(True, True, True, True, resolution=True, exif=NO_LIMIT),
    # What can be kept without loss, is.
    "WEBP": Format(
        True, profile=True, exif=NO_LIMIT, side=16383, options={"lossless": True, "exact": True}
    ),
    "AVIF": Format(True, profile=True, exif=NO_LIMIT, side=65536),
    "JPEG2000": Format(True, deep_grey=True),
    "TGA": Format(True, side=65535),
    "DDS": Format(True),
    "QOI": Format(True, grey=False),
    "SGI": Format(True, side=65535),
    "ICO": Format(True, side=256),
    "JPEG": Format(
        profile=True,
        resolution=True,
        exif=65533 - 2 - 6,
        side=65500,
        options={"quality": 95, "subsampling": 0},
    ),
    "BMP": Format(resolution=True),
    "GIF": Format(side=65535),
    "PCX": Format(side=65535),
    "PPM": Format(deep_grey=True),
}
"""The formats that are written, by Pillow's names."""

MISNAMED = frozenset({".pfm", ".mpo"})
"""Suffixes in which Pillow writes files of another kind."""

SEVERAL = ("TIFF", *animation.JOINED)
"""The formats that hold several frames or pages."""

TRANSPARENT = 255
"""The palette's entry of what a GIF file does not show."""

WITH_ALPHA = tuple(name for name, what in FORMATS.items() if what.alpha)
"""The formats that hold eight bits of alpha or more."""


def file_format(path: Path, *, alpha: bool, depth: int = 8, frames: bool = False) -> str:
    """Pillow's name of the format that a path's suffix stands for.

    Args:
        path: Where the file goes.
        alpha: Whether it has to hold alpha.
        depth: The bits of a mask that it has to hold.
        frames: Whether it has to hold several frames or pages. In animated GIF files, alpha of
            one bit will do.

    Returns:
        The name, e.g. "PNG".

    Raises:
        UsageError: The suffix is unknown, or its format cannot hold what is asked.
    """
    suffix = path.suffix.lower()
    # Only for rarer formats have all of Pillow's modules to be loaded, which takes 32 ms.
    Image.preinit()
    found = Image.EXTENSION.get(suffix) or Image.registered_extensions().get(suffix)
    if found not in FORMATS or suffix in MISNAMED:
        raise UsageError(
            f'The file name extension of "{path.name}" is not supported.', f"{USE_OTHERS}."
        )
    what = FORMATS[found]
    if frames and found not in SEVERAL:
        raise UsageError(
            f"{found} files with several frames are not supported.",
            f"{USE_OTHERS}, .gif, or leave out --frames.",
        )
    if alpha and not (what.alpha or (frames and found == "GIF")):
        raise UsageError(
            f"{found} files cannot have transparency.", f"{USE_OTHERS}, or --background."
        )
    if depth > 8 and not what.deep_grey:
        raise UsageError(
            f"{found} files only support 8 bits.", "Use .png or .tiff, or leave out --depth 16."
        )
    return found


def check_fits(kind: str, width: int, height: int) -> None:
    """Refuse a picture that is too large for a format.

    Args:
        kind: The format, by Pillow's name.
        width: In pixels.
        height: In pixels.

    Raises:
        PictureError: It is.
    """
    side = FORMATS[kind].side
    if max(width, height) > side:
        raise PictureError(
            f"{kind} files can be at most {side} pixels wide and high; this image is {width} × "
            f"{height}.",
            "Use .png or .tiff, or scale the image down.",
        )


def suited(photo: Photo, kind: str) -> Photo:
    """A photo in the depth and the colour space that a format can hold.

    Args:
        photo: The photo.
        kind: The format, by Pillow's name.

    Returns:
        The photo itself if the format can hold it.
    """
    what = FORMATS[kind]
    if photo.icc_profile and not what.profile:
        return photo.in_srgb()
    return photo if what.deep else photo.shallow()


def alike(photo: Photo, first: Photo, kind: str) -> Photo:
    """A frame as an animation holds it, whose frames are all of one size, depth and colour space.

    Args:
        photo: The frame.
        first: The first frame.
        kind: The format, by Pillow's name.

    Returns:
        The frame itself for TIFF, whose pages are pictures of their own.

    Raises:
        PictureError: It does not fit in the format, or is of another size than the first.
    """
    check_fits(kind, *photo.size)
    if kind == "TIFF":
        return photo
    if photo.size != first.size:
        raise PictureError("The pages have different sizes.", "Use .tiff.")
    if photo.colours.dtype != np.uint8:
        lost = "Its 16-bit colours were converted to 8 bits."
        photo = replace(photo.shallow(), losses=(*photo.losses, lost))
    if photo.icc_profile != first.icc_profile:
        colours = colour.between(photo.colours, photo.icc_profile, first.icc_profile)
        photo = replace(photo, colours=colours, icc_profile=first.icc_profile)
    return photo


def encode(
    pixels: NDArray[Any],
    stream: BinaryIO,
    kind: str,
    photo: Photo,
    *,
    keep_metadata: bool = False,
) -> list[str]:
    """Write a picture file's bytes.

    The colour profile and the resolution are kept where the format has them. EXIF data, which
    may hold the place where a photo was taken, only with `keep_metadata`; the pictures in it
    never.

    Args:
        pixels: H×W, H×W×3 or H×W×4 of uint8, or of uint16 where the format has it.
        stream: Where it goes.
        kind: The format, by Pillow's name.
        photo: What it was made of, suited to the format.
        keep_metadata: Whether to copy EXIF data.

    Returns:
        What was left out, in sentences.
    """
    what, losses = FORMATS[kind], list[str]()
    profile = photo.icc_profile if what.profile and pixels.ndim == 3 else None
    dpi = photo.resolution if what.resolution else None
    exif = _exif(photo, pixels, kind, losses) if keep_metadata else None
    if kind == "TIFF":
        tiff.write(pixels, stream, profile, dpi, exif)
    elif kind == "PNG":
        chunks = {} if profile is None else {b"iCCP": png.profile_chunk(profile)}
        if dpi:
            chunks[b"pHYs"] = png.resolution_chunk(dpi)
        if exif:
            chunks[b"eXIf"] = exif.tobytes().removeprefix(b"Exif\0\0")
        png.write(pixels, stream, chunks)
    else:
        options: dict[str, Any] = dict(what.options)
        if profile:
            options["icc_profile"] = profile
        if dpi:
            options["dpi"] = dpi
        if exif:
            options["exif"] = exif.tobytes()
        if kind == "ICO":
            # Pillow would make smaller ones of its own sizes instead.
            options["sizes"] = [(pixels.shape[1], pixels.shape[0])]
        image = Image.fromarray(pixels)
        if image.mode == "L" and not what.grey:
            image = image.convert("RGB")
        if image.mode == "RGBA" and kind == "GIF":
            image = _of_one_bit_alpha(pixels)
            losses.append(GIF_EDGES)
        image.save(stream, kind, **options)
    return losses


def _of_one_bit_alpha(pixels: NDArray[np.uint8]) -> Image.Image:
    """A palette of the colours that are shown, and an entry for what is not."""
    shown = pixels[..., 3] >= 128
    colours = Image.fromarray(np.where(shown[..., None], pixels[..., :3], np.uint8(0)))
    palette = colours.quantize(TRANSPARENT, dither=Image.Dither.NONE)
    image = Image.fromarray(np.where(shown, np.asarray(palette), np.uint8(TRANSPARENT)))
    image.putpalette((palette.getpalette() or []) + [0] * (768 - len(palette.getpalette() or [])))
    image.info["transparency"] = TRANSPARENT
    return image


def _exif(photo: Photo, pixels: NDArray[Any], kind: str, losses: list[str]) -> Image.Exif | None:
    what = FORMATS[kind]
    if photo.other_metadata:
        losses.append(f"Its other metadata ({', '.join(photo.other_metadata)}) was not copied.")
    height, width = pixels.shape[:2]
    exif = portable(photo.exif or Image.Exif(), width, height)
    if not len(exif):
        return None
    if not what.exif:
        losses.append(f"Its EXIF data does not fit in a {kind} file.")
        return None
    if fitting(exif, what.exif):
        losses.append(f"Some of its EXIF data is too large for a {kind} file.")
    return exif


@dataclass(frozen=True)
class Frame:
    """A frame of an animation, or a page.

    Attributes:
        pixels: H×W, H×W×3 or H×W×4 of uint8, or of uint16 where the format has it.
        photo: What it was made of, suited to the format.
        milliseconds: How long it is shown.
    """

    pixels: NDArray[Any]
    photo: Photo
    milliseconds: float


def encode_all(
    frames: Iterable[Frame],
    stream: BinaryIO,
    kind: str,
    count: int,
    plays: int,
    *,
    keep_metadata: bool = False,
) -> list[str]:
    """Write a file of several frames or pages, one after the other.

    Args:
        frames: Of one size and type, except for TIFF's pages.
        stream: Where it goes; it can seek.
        kind: The format, one of SEVERAL.
        count: How many frames there are.
        plays: How often an animation is played; 0 for without end.
        keep_metadata: Whether to copy EXIF data.

    Returns:
        What was left out, in sentences.
    """
    losses, pointer = list[str](), tiff.POINTER
    joined = animation.JOINED[kind](stream, count, plays) if kind in animation.JOINED else None
    for frame in frames:
        if joined is None:
            pointer = _page(frame, stream, pointer, losses, keep_metadata=keep_metadata)
            continue
        still = io.BytesIO()
        losses += encode(frame.pixels, still, kind, frame.photo, keep_metadata=keep_metadata)
        joined.add(still.getvalue(), frame.milliseconds)
    if joined:
        joined.close()
    return list(dict.fromkeys(losses))


def _page(
    frame: Frame, stream: BinaryIO, pointer: int, losses: list[str], *, keep_metadata: bool
) -> int:
    photo = frame.photo
    profile = photo.icc_profile if frame.pixels.ndim == 3 else None
    exif = _exif(photo, frame.pixels, "TIFF", losses) if keep_metadata else None
    return tiff.write(frame.pixels, stream, profile, photo.resolution, exif, pointer)


Encode = Callable[[BinaryIO], list[str]]
"""Writes a file's bytes to a stream that can seek, and says what was left out."""


def write(path: Path, encoded: Encode) -> list[str]:
    """Write a picture file whole or not at all.

    Args:
        path: Where it goes.
        encoded: Writes its bytes.

    Returns:
        What was left out, in sentences.

    Raises:
        StorageError: The folder cannot be written, or the disk is full.
    """
    try:
        with replacing(path) as stream:
            return encoded(stream) if stream.seekable() else write_stream(stream, encoded)
    except OSError as error:
        raise StorageError(
            f"Cannot write {path}: {error.strerror or error}.",
            "Check the folder and the free disk space.",
        ) from error


def write_stream(stream: BinaryIO, encoded: Encode) -> list[str]:
    """Write a picture file to a stream that cannot seek, such as stdout.

    Args:
        stream: Where it goes.
        encoded: Writes its bytes.

    Returns:
        What was left out, in sentences.
    """
    buffer = io.BytesIO()
    losses = encoded(buffer)
    stream.write(buffer.getbuffer())
    stream.flush()
    return losses
