"""From alpha to pictures: the mask, the cut-out, the subject on a new background; and files."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageOps

from localmatte.errors import StorageError, UsageError
from localmatte.photo import Photo, read

WITH_ALPHA = ("PNG", "WEBP", "TIFF", "AVIF", "JPEG2000", "TGA", "ICO")
"""The file formats, by Pillow's names, that hold eight bits of alpha."""

SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    # What can be kept without loss, is.
    "WEBP": {"lossless": True, "exact": True},
    "TIFF": {"compression": "tiff_deflate"},
    "JPEG": {"quality": 95, "subsampling": 0},
}


def quantised(alpha: NDArray[np.float32], depth: int = 8) -> NDArray[Any]:
    """Alpha in 0..1 as H×W uint8 (depth 8) or uint16 (depth 16), rounded to the nearest."""
    whole = np.rint(alpha * np.float32((1 << depth) - 1))
    return np.asarray(whole, dtype=np.uint8 if depth == 8 else np.uint16)


def limited(mask: NDArray[Any], own: Image.Image | None) -> NDArray[Any]:
    """A mask multiplied with the picture's own alpha, as an editor shows a masked layer.

    Args:
        mask: H×W uint8 or uint16.
        own: The picture's alpha, mode L; None for opaque.

    Returns:
        H×W of the mask's dtype, rounded to the nearest.
    """
    if own is None:
        return mask
    product = mask.astype(np.uint32) * np.asarray(own, np.uint32)
    return np.asarray((product + 127) // 255, dtype=mask.dtype)


def mask_image(photo: Photo, alpha: NDArray[np.float32], depth: int = 8) -> Image.Image:
    """The matte as a picture: mode L, or I;16 for depth 16."""
    return Image.fromarray(limited(quantised(alpha, depth), photo.alpha))


def cutout_image(photo: Photo, alpha: NDArray[np.float32]) -> Image.Image:
    """The photo's colours, untouched, with the matte as their alpha: mode RGBA."""
    cut = photo.colours.convert("RGBA")
    cut.putalpha(mask_image(photo, alpha))
    return cut


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
    place where a photo was taken, only with `keep_metadata`.
    """
    options: dict[str, Any] = dict(SAVE_OPTIONS.get(kind, {}))
    if photo.icc_profile and image.mode.startswith("RGB"):
        options["icc_profile"] = photo.icc_profile
    if photo.resolution:
        options["dpi"] = photo.resolution
    if keep_metadata and len(photo.exif):
        options["exif"] = photo.exif
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
    """Write a picture file whole or not at all: beside its place, then renamed.

    Raises:
        StorageError: The folder cannot be written, or the disk is full.
    """
    try:
        descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                encode(image, stream, kind, photo, keep_metadata=keep_metadata)
            _give_usual_permissions(Path(beside))
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Check the folder and the free space.",
        ) from error


def _give_usual_permissions(path: Path) -> None:
    """Undo mkstemp's privacy: a picture gets the permissions that any new file gets."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)
