"""Reads picture files, as they are meant to be seen: upright, with their own colours."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from localmatte.errors import PictureError
from localmatte.imaging.geometry import check_size
from localmatte.imaging.pixels import Raster

SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I")


@dataclass(frozen=True)
class Photo:
    """A picture file in memory.

    Attributes:
        colours: What is shown, mode RGB, upright, in the colour space of `icc_profile`.
        alpha: The file's own transparency, mode L; None where all is opaque.
        icc_profile: The profile of `colours`; None for sRGB.
        resolution: Horizontal and vertical, in dots per inch; None where not given.
        exif: All of the file's EXIF data, its orientation reset; location included.
    """

    colours: Image.Image
    alpha: Image.Image | None
    icc_profile: bytes | None
    resolution: tuple[float, float] | None
    exif: Image.Exif

    def picture(self) -> Raster:
        """The photo as the engine sees it: in sRGB."""
        seen = self.colours
        if self.icc_profile:
            seen = _to_srgb(seen, self.icc_profile) or seen
        alpha = None if self.alpha is None else np.asarray(self.alpha)
        return Raster(np.asarray(seen), alpha)


def read(source: Path | BinaryIO) -> Photo:
    """Read a picture file.

    Args:
        source: A path, or a stream of the file's bytes.

    Raises:
        PictureError: It is missing, no picture, damaged, or of an impossible size.
    """
    name = source.name if isinstance(source, Path) else "The picture"
    try:
        with Image.open(source) as image:
            check_size(image.width, image.height)
            image.load()
            return from_image(image)
    except PictureError:
        raise
    except FileNotFoundError:
        raise PictureError(f"There is no file {source}.", "Check the path.") from None
    except PermissionError:
        raise PictureError(f"{source} may not be read.", "Check its permissions.") from None
    except IsADirectoryError:
        raise PictureError(f"{source} is a folder.", "Name a picture file.") from None
    except MemoryError:
        raise PictureError(f"{name} does not fit into memory.", "Make it smaller.") from None
    except UnidentifiedImageError:
        raise PictureError(
            f"{name} is not a picture that can be read.",
            "Give a PNG, JPEG, WebP, TIFF or the like.",
        ) from None
    except Exception as error:
        # Pillow's decoders raise whatever a damaged file makes them stumble over.
        raise PictureError(
            f"{name} is damaged: {error}.", "Save it again, or use a copy."
        ) from error


def read_mask(path: Path) -> NDArray[Any]:
    """Read a mask: a grey picture, or a cut-out's alpha.

    Returns:
        H×W uint8, or uint16 where the file has sixteen bits.

    Raises:
        PictureError: As for read().
    """
    photo = read(path)
    with Image.open(path) as image:
        if image.mode in SIXTEEN_BIT:
            return np.asarray(image).astype(np.uint16)
    return np.asarray(photo.alpha or photo.colours.convert("L"))


def from_image(image: Image.Image) -> Photo:
    """A photo from a Pillow image of any mode.

    Raises:
        PictureError: It is too small or too large.
    """
    check_size(image.width, image.height)
    upright = ImageOps.exif_transpose(image)
    alpha = _alpha(upright)
    colours, profile = _colours(upright)
    exif = upright.getexif()
    return Photo(colours, alpha, profile, upright.info.get("dpi"), exif)


def _alpha(image: Image.Image) -> Image.Image | None:
    if not image.has_transparency_data:
        return None
    alpha = image.convert("RGBA").getchannel("A")
    return None if alpha.getextrema() == (255, 255) else alpha


def _colours(image: Image.Image) -> tuple[Image.Image, bytes | None]:
    profile = image.info.get("icc_profile") or None
    if image.mode in SIXTEEN_BIT:
        values = np.asarray(image, np.float32) * np.float32(255 / 65535)
        return _from_gray(values), None
    if image.mode == "F":
        values = np.nan_to_num(np.asarray(image, np.float32))
        return _from_gray(values * np.float32(255) if values.max() <= 1 else values), None
    if image.mode == "RGB" and not image.has_transparency_data:
        return image, profile
    if image.mode in ("RGB", "RGBA", "P", "PA", "RGBX", "RGBa"):
        # By way of RGBA, so that a palette's transparency does not end up in the colours.
        return image.convert("RGBA").convert("RGB"), profile
    if profile and image.mode in ("L", "LA", "CMYK", "LAB"):
        plain = image.convert("L") if image.mode == "LA" else image
        converted = _to_srgb(plain, profile)
        if converted is not None:
            return converted, None
    return image.convert("RGB"), None


def _from_gray(values: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> Image.Image:
    return Image.fromarray(np.rint(np.clip(values, 0, 255)).astype(np.uint8)).convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image | None:
    """The image in sRGB; None where its profile is damaged or of another kind."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if image.mode == "RGB" and "sRGB" in ImageCms.getProfileDescription(source):
            return image
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
