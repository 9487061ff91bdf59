"""From alpha to pictures: the mask, the cut-out, the subject on a new background; and files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageOps

from localmatte.errors import StorageError, UsageError
from localmatte.imaging.hidden import blank, without_haze
from localmatte.imaging.metadata import portable
from localmatte.imaging.photo import Photo, read
from localmatte.imaging.pixels import quantised, unit
from localmatte.refine.foreground import estimate_foreground
from localmatte.system.files import replacing

WITH_ALPHA = ("PNG", "WEBP", "TIFF", "AVIF", "JPEG2000", "TGA", "ICO")
"""The file formats, by Pillow's names, that hold eight bits of alpha."""

SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    # A fifth of the usual level's time, for 4 % more bytes on a photo.
    "PNG": {"compress_level": 2},
    # What can be kept without loss, is.
    "WEBP": {"lossless": True, "exact": True},
    "TIFF": {"compression": "tiff_deflate"},
    "JPEG": {"quality": 95, "subsampling": 0},
}


def limited(alpha: NDArray[np.float32], own: NDArray[Any] | None) -> NDArray[np.float32]:
    """A matte multiplied with the picture's own alpha, as an editor shows a masked layer.

    Args:
        alpha: H×W float32 in 0..1.
        own: The picture's alpha, H×W uint8, uint16 or float32; None for opaque.
    """
    return alpha if own is None else alpha * unit(own)


def cutout_image(
    colours: NDArray[np.uint8],
    matte: NDArray[np.float32],
    own: NDArray[Any] | None = None,
    *,
    clean_colours: bool = True,
    keep_hidden: bool = False,
) -> Image.Image:
    """A picture's colours with the matte as their alpha: mode RGBA.

    Args:
        colours: The picture, H×W×3 uint8.
        matte: H×W float32 in 0..1.
        own: The picture's own alpha, H×W uint8, uint16 or float32; None for opaque.
        clean_colours: Whether to take the background's colours out of soft edges; the colours
            of pixels that are wholly shown are never touched.
        keep_hidden: Whether to keep the picture's colours, too, where nothing of it is shown.
            Otherwise they are black, and alpha below imaging.hidden.HAZE is 0.
    """
    alpha = limited(matte, own)
    mask = quantised(alpha if keep_hidden else without_haze(alpha))
    cut = np.empty((*mask.shape, 4), np.uint8)
    cut[..., :3] = estimate_foreground(colours, quantised(matte)) if clean_colours else colours
    cut[..., 3] = mask
    if not keep_hidden:
        blank(cut, mask)
    return Image.fromarray(cut)


def on_background(cut: Image.Image, background: str) -> Image.Image:
    """Put a cut-out before a colour or a picture: mode RGB.

    Args:
        cut: Mode RGBA.
        background: A colour as CSS writes it, or the path of a picture, which is scaled and
            cropped to cover.

    Raises:
        UsageError: It is neither.
    """
    try:
        behind = Image.new("RGBA", cut.size, ImageColor.getcolor(background, "RGBA"))
    except ValueError:
        if not Path(background).exists():
            raise UsageError(
                f'The background "{background}" is neither a colour nor a picture file.',
                'Write a colour like "white" or "#336699", or a path.',
            ) from None
        colours = read(Path(background)).colours
        behind = ImageOps.fit(colours, cut.size, Image.Resampling.LANCZOS).convert("RGBA")
    return Image.alpha_composite(behind, cut).convert("RGB")


def file_format(path: Path, *, alpha: bool) -> str:
    """Pillow's name of the format that a path's suffix stands for.

    Raises:
        UsageError: The suffix is unknown, or its format cannot hold what is asked.
    """
    known = Image.registered_extensions()
    found = known.get(path.suffix.lower())
    if found is None or found not in Image.SAVE:
        raise UsageError(f'The suffix of "{path.name}" is unknown.', "Use .png, .webp or .tiff.")
    if alpha and found not in WITH_ALPHA:
        raise UsageError(
            f"{found} files cannot be transparent.", "Use .png, .webp or .tiff, or --background."
        )
    return found


def encode(
    image: Image.Image, stream: BinaryIO, kind: str, photo: Photo, *, keep_metadata: bool = False
) -> None:
    """Write a picture file's bytes.

    The colour profile and the resolution are always kept. EXIF data, which may hold the
    place where a photo was taken, only with `keep_metadata`; the pictures in it never.
    """
    options: dict[str, Any] = dict(SAVE_OPTIONS.get(kind, {}))
    if photo.icc_profile and image.mode.startswith("RGB"):
        options["icc_profile"] = photo.icc_profile
    if photo.resolution:
        options["dpi"] = photo.resolution
    if keep_metadata and (exif := portable(photo.exif)):
        options["exif"] = exif.tobytes()
    image.save(stream, kind, **options)


def write_stream(
    image: Image.Image, stream: BinaryIO, kind: str, photo: Photo, *, keep_metadata: bool = False
) -> None:
    """Write a picture file to a stream that cannot seek, such as stdout."""
    buffer = io.BytesIO()
    encode(image, buffer, kind, photo, keep_metadata=keep_metadata)
    stream.write(buffer.getbuffer())
    stream.flush()


def write(
    image: Image.Image, path: Path, kind: str, photo: Photo, *, keep_metadata: bool = False
) -> None:
    """Write a picture file whole or not at all.

    Raises:
        StorageError: The folder cannot be written, or the disk is full.
    """
    try:
        with replacing(path) as stream:
            encode(image, stream, kind, photo, keep_metadata=keep_metadata)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Check the folder and the free space.",
        ) from error
