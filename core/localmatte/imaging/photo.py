"""A picture as people mean it: upright, with its own colours and its own transparency."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms

from localmatte.imaging import colour, icc, tiff
from localmatte.imaging.geometry import check_size
from localmatte.imaging.pixels import Raster, to_uint8, unit_floats
from localmatte.imaging.tiff_samples import Samples

SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N")
TRANSPOSED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright, by its EXIF orientation."""

TIFF_STARTS = (b"II*\0", b"MM\0*")
"""EXIF data is a TIFF file within the file."""

RESOLUTIONS = (1.0, 65535.0)
"""Dots per inch that a file may mean; others are left out."""


DAMAGED_EXIF = "Its EXIF data is damaged and was left out."
CLIPPED = "Its brightness above paper white was clipped."
UNFIT_PROFILE = "Its colour profile is damaged or of another type and was left out."


@dataclass(frozen=True)
class Photo:
    """A picture file in memory.

    Attributes:
        colours: What is shown, H×W×3 uint8 or uint16, upright, in the colour space of
            `icc_profile`.
        alpha: The file's own transparency, H×W uint8, uint16 or float32 in 0..1; None where all
            is opaque.
        icc_profile: The profile of `colours`; None for sRGB.
        resolution: Horizontal and vertical, in dots per inch; None where not given.
        exif: All of the file's EXIF data, its orientation reset; location included.
        losses: What was left out of it, in sentences.
        other_metadata: What else the file says of itself, e.g. "XMP".
    """

    colours: NDArray[Any]
    alpha: NDArray[Any] | None = None
    icc_profile: bytes | None = None
    resolution: tuple[float, float] | None = None
    exif: Image.Exif | None = None
    losses: tuple[str, ...] = ()
    other_metadata: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.colours.shape[1], self.colours.shape[0]

    def picture(self) -> Raster:
        """The photo as the engine sees it: in sRGB."""
        return Raster(colour.to_srgb(self.colours, self.icc_profile), self.alpha)

    def shallow(self) -> Photo:
        """The photo with eight bits a sample of colour."""
        return replace(self, colours=to_uint8(self.colours))

    def in_srgb(self) -> Photo:
        """The photo with eight bits a sample of colour, in sRGB and without a profile."""
        colours = colour.to_srgb(self.colours, self.icc_profile)
        return replace(self, colours=colours, icc_profile=None)


def from_image(
    image: Image.Image,
    deep: NDArray[np.uint16] | None = None,
) -> Photo:
    """A photo from a Pillow image of any mode.

    Args:
        image: Loaded.
        deep: Its samples in sixteen bits, H×W×{2, 3, 4}, where there are any.

    Returns:
        The photo, upright.

    Raises:
        PictureError: It is too small or too large.
    """
    check_size(image.width, image.height)
    losses: list[str] = []
    exif = _exif(image, losses)
    profile = _coded(image.info.get("icc_profile") or None, losses)
    if deep is None:
        colours, alpha, profile = _shallow(image, profile, losses)
    else:
        colours, alpha, profile = _deep(image, deep, profile, losses)
    dpi = _sane(_resolution(image, exif))
    found = Photo(colours, alpha, profile, dpi, exif, tuple(losses), _others(image))
    return _upright(found)


def from_samples(
    samples: Samples, profile: bytes | None, exif: Image.Exif, others: tuple[str, ...]
) -> Photo:
    """A photo from the samples of a TIFF file's page.

    Args:
        samples: The page's.
        profile: The colour profile that the page names; None for none.
        exif: What the page says of itself.
        others: The names of its other metadata.

    Returns:
        The photo, upright.
    """
    losses, colours = list(samples.losses), samples.colours
    profile = _coded(profile, losses)
    shown: NDArray[Any]
    if samples.space == "grey":
        shown, profile = _of_grey(_grey_in_srgb(colours[..., 0], profile, losses)), None
    elif samples.space == "rgb":
        shown, profile = np.ascontiguousarray(colours), _fitting(profile, losses)
    else:
        mode = {"cmyk": "CMYK", "lab": "LAB"}[samples.space]
        image = Image.fromarray(_eight_bits_of(samples), mode)
        shown, profile = _print_in_srgb(image, profile, losses), None
    dpi = _sane(tiff.resolution(exif))
    try:
        exif.tobytes()
    except Exception:
        # Whatever junk makes Pillow stumble over.
        losses.append(DAMAGED_EXIF)
        exif = Image.Exif()
    return _upright(Photo(shown, samples.alpha, profile, dpi, exif, tuple(losses), others))


def _upright(photo: Photo) -> Photo:
    """A photo turned as its EXIF data say, which say nothing of it then; no alpha if opaque."""
    colours, alpha = photo.colours, photo.alpha
    turn = TRANSPOSED.get((photo.exif or Image.Exif()).pop(ExifTags.Base.Orientation, 1))
    if turn is not None:
        colours = turned(colours, turn)
        alpha = None if alpha is None else turned(alpha, turn)
    if alpha is not None and (alpha == np.iinfo(alpha.dtype).max).all():
        alpha = None
    return replace(photo, colours=colours, alpha=alpha)


def _eight_bits_of(samples: Samples) -> NDArray[np.uint8]:
    if samples.space != "lab":
        return to_uint8(samples.colours)
    # a* and b* are signed, in TIFF and in what Pillow makes a LAB image of.
    opponents = (samples.colours[..., 1:] >> 8).astype(np.uint8)
    return np.dstack([to_uint8(samples.colours[..., :1]), opponents])


def turned(plane: NDArray[Any], turn: Image.Transpose) -> NDArray[Any]:
    """Transpose an array as Pillow transposes an image.

    Args:
        plane: H×W or H×W×C.
        turn: How.

    Returns:
        A contiguous array of the same dtype; W×H or W×H×C where the turn swaps the axes.
    """
    how = {
        Image.Transpose.FLIP_LEFT_RIGHT: lambda a: a[:, ::-1],
        Image.Transpose.FLIP_TOP_BOTTOM: lambda a: a[::-1],
        Image.Transpose.ROTATE_180: lambda a: a[::-1, ::-1],
        Image.Transpose.TRANSPOSE: lambda a: a.swapaxes(0, 1),
        Image.Transpose.TRANSVERSE: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        Image.Transpose.ROTATE_90: lambda a: np.rot90(a),
        Image.Transpose.ROTATE_270: lambda a: np.rot90(a, -1),
    }
    return np.ascontiguousarray(how[turn](plane))


def orientation(image: Image.Image) -> Image.Transpose | None:
    """What makes an image upright; None where it is."""
    return TRANSPOSED.get(_exif(image, []).get(ExifTags.Base.Orientation, 1))


def grey_samples(image: Image.Image, losses: list[str]) -> NDArray[Any] | None:
    """The samples of an image with one channel of more than 8 bits.

    Args:
        image: Loaded.
        losses: Sentences about what is lost are added to it.

    Returns:
        H×W uint16; None for any other image.
    """
    if image.mode in SIXTEEN_BIT:
        grey = np.asarray(image).astype(np.uint16)
        # Files of twelve bits have values of twelve bits.
        return grey * 16 + (grey >> 8) if _bits(image) == 12 else grey
    if image.mode == "I":
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 65535:
            losses.append("Its 32-bit samples were converted to 16 bits.")
            return (values.astype(np.int64).clip(0) >> 15).astype(np.uint16)
        return values.astype(np.uint16)
    if image.mode == "F":
        return np.rint(unit_floats(np.asarray(image), losses) * 65535).astype(np.uint16)
    return None


def _bits(image: Image.Image) -> int:
    bits = getattr(image, "tag_v2", {}).get(258, (16,))
    return int(bits[0] if isinstance(bits, tuple) else bits)


def unassociated(image: Image.Image) -> Image.Image:
    """An image whose grey is not multiplied with its alpha, which Pillow converts no further."""
    return image.convert("LA") if image.mode == "La" else image


def _shallow(
    image: Image.Image, profile: bytes | None, losses: list[str]
) -> tuple[NDArray[Any], NDArray[Any] | None, bytes | None]:
    """The colours, the alpha and the profile of an image of Pillow's own modes."""
    grey = grey_samples(image, losses)
    if grey is not None:
        clear = image.info.get("transparency")
        alpha = np.where(grey == clear, 0, 65535).astype(np.uint16) if clear is not None else None
        return _of_grey(_grey_in_srgb(grey, profile, losses)), alpha, None
    image, alpha = unassociated(image), None
    if image.has_transparency_data:
        alpha = np.asarray(image.convert("RGBA").getchannel("A"))
    if image.mode in ("L", "LA", "1"):
        plain = np.asarray(image.convert("LA").getchannel("L"))
        return _of_grey(_grey_in_srgb(plain, profile, losses)), alpha, None
    if image.mode in ("CMYK", "LAB"):
        return _print_in_srgb(image, profile, losses), alpha, None
    if image.mode == "RGB" and alpha is None:
        colours = np.asarray(image)
    else:
        # By way of RGBA, so that a palette's transparency does not end up in the colours.
        colours = np.asarray(image.convert("RGBA").convert("RGB"))
    return colours, alpha, _fitting(profile, losses)


def _deep(
    image: Image.Image, deep: NDArray[np.uint16], profile: bytes | None, losses: list[str]
) -> tuple[NDArray[Any], NDArray[Any] | None, bytes | None]:
    channels = deep.shape[2]
    alpha = np.ascontiguousarray(deep[..., -1]) if channels in (2, 4) else None
    if channels == 2:
        return _of_grey(_grey_in_srgb(deep[..., 0], profile, losses)), alpha, None
    clear = image.info.get("transparency")
    if isinstance(clear, tuple):
        alpha = np.where((deep == clear).all(-1), 0, 65535).astype(np.uint16)
    return np.ascontiguousarray(deep[..., :3]), alpha, _fitting(profile, losses)


def _print_in_srgb(
    image: Image.Image, profile: bytes | None, losses: list[str]
) -> NDArray[np.uint8]:
    """A CMYK or Lab image in sRGB."""
    seen = colour.image_in_srgb(image, profile) if profile else None
    if seen is None and profile:
        losses.append("Its colour profile does not match the image and was left out.")
    if seen is None and image.mode == "LAB":
        seen = colour.image_in_srgb(image, ImageCms.createProfile("LAB"))
    return np.asarray(image.convert("RGB")) if seen is None else seen


def _grey_in_srgb(grey: NDArray[Any], profile: bytes | None, losses: list[str]) -> NDArray[Any]:
    seen = colour.grey_in_srgb(grey, profile)
    if seen is None:
        losses.append(UNFIT_PROFILE)
    return grey if seen is None else seen


def _of_grey(grey: NDArray[Any]) -> NDArray[Any]:
    return np.repeat(grey[..., None], 3, axis=2)


def _coded(profile: bytes | None, losses: list[str]) -> bytes | None:
    """A profile, or the one for H.273's numbers in it, which are the more exact."""
    numbers = icc.numbers(profile) if profile else None
    if numbers is None or not colour.known(*numbers):
        return profile
    if numbers[1] in (colour.PQ, colour.HLG):
        losses.append(CLIPPED)
    return colour.coded(*numbers)


def _fitting(profile: bytes | None, losses: list[str]) -> bytes | None:
    if profile is None or colour.fits(profile, "RGB"):
        return profile
    losses.append(UNFIT_PROFILE)
    return None


def _exif(image: Image.Image, losses: list[str]) -> Image.Exif:
    """EXIF data that can be read; none where they are damaged."""
    start = (image.info.get("exif") or TIFF_STARTS[0]).removeprefix(b"Exif\0\0")[:4]
    try:
        exif = image.getexif()
        exif.tobytes()
        if start not in TIFF_STARTS:
            raise ValueError("junk")
    except Exception:
        # Pillow's parser raises whatever junk makes it stumble over.
        again = _second_try(image)
        if again is None:
            losses.append(DAMAGED_EXIF)
        return again or Image.Exif()
    return exif


def _second_try(image: Image.Image) -> Image.Exif | None:
    """EXIF data after headers that some program wrote twice."""
    data = image.info.get("exif") or b""
    start = max(data.find(start) for start in TIFF_STARTS)
    if start < 0:
        return None
    exif = Image.Exif()
    try:
        exif.load(b"Exif\0\0" + data[start:])
        exif.tobytes()
    except Exception:
        return None
    return exif


def _resolution(image: Image.Image, exif: Image.Exif) -> Any:
    """What the file itself says: Pillow makes a resolution up where there is none."""
    if image.format == "TIFF":
        return tiff.resolution(exif if not hasattr(image, "tag_v2") else image.tag_v2)
    if image.format in ("JPEG", "MPO") and not image.info.get("jfif_unit"):
        return tiff.resolution(exif)
    return image.info.get("dpi") or tiff.resolution(exif)


def _sane(resolution: Any) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in resolution)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    low, high = RESOLUTIONS
    return (across, down) if low < across <= high and low < down <= high else None


def _others(image: Image.Image) -> tuple[str, ...]:
    names = {"xmp": "XMP", "photoshop": "Photoshop", "comment": "comment"}
    return tuple(word for key, word in names.items() if image.info.get(key))
