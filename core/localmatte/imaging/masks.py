"""Masks and hints from picture files: their numbers are data, and no profile bends them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from localmatte.imaging import deep, png, reader, tiff, tiff_samples
from localmatte.imaging.photo import TRANSPOSED, grey_samples, orientation, turned, unassociated
from localmatte.imaging.pixels import to_uint8

Planes = tuple[NDArray[Any], NDArray[Any] | None]
"""Grey values, and alpha where there is any."""

NOTHING_SAID = 128
"""The hint of a pixel that nobody painted."""


def read_mask(path: Path) -> NDArray[Any]:
    """Read a mask: a cut-out's alpha, or a picture's grey values.

    Returns:
        H×W uint8, or uint16 where the file has sixteen bits.

    Raises:
        PictureError: As for reader.read().
    """
    grey, alpha = _read(path)
    return grey if alpha is None else alpha


def read_hints(path: Path) -> NDArray[np.uint8]:
    """Read strokes: white keeps, black removes, and what is not painted says nothing.

    Returns:
        H×W uint8.

    Raises:
        PictureError: As for reader.read().
    """
    grey, alpha = _read(path)
    hints = to_uint8(grey)
    if alpha is None:
        return hints
    return np.where(to_uint8(alpha) > NOTHING_SAID - 1, hints, np.uint8(NOTHING_SAID))


def _read(path: Path) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """A file's grey values, and its alpha where it has any, opaque or not."""
    data = reader.contents(path)
    with reader.explained(path.name):
        (grey, alpha), turn = _of_tiff(data) or _of_any(data)
        if turn is None:
            return grey, alpha
        return turned(grey, turn), None if alpha is None else turned(alpha, turn)


def _of_tiff(data: bytes) -> tuple[Planes, Image.Transpose | None] | None:
    pages = reader.pages(data)
    samples = tiff_samples.read(data, pages[0]) if pages else None
    if samples is None:
        return None
    exif, _ = tiff.description(data, pages[0])
    turn = TRANSPOSED.get(exif.get(ExifTags.Base.Orientation, 1))
    return (_grey_of(samples.colours), samples.alpha), turn


def _of_any(data: bytes) -> tuple[Planes, Image.Transpose | None]:
    file = reader.File(png.taken_apart(data).data if data.startswith(png.SIGNATURE) else data)
    image = file.loaded([])
    samples = deep.planes(file.opened)
    return (_shallow(image) if samples is None else _deep(samples)), orientation(image)


def _shallow(image: Image.Image) -> Planes:
    grey = grey_samples(image, [])
    if grey is not None:
        return grey, None
    image, alpha = unassociated(image), None
    if image.has_transparency_data:
        alpha = np.asarray(image.convert("RGBA").getchannel("A"))
    plain = image if image.mode in ("1", "L", "RGB") else image.convert("RGBA").convert("RGB")
    return np.asarray(plain.convert("L")), alpha


def _deep(samples: NDArray[np.uint16]) -> Planes:
    channels = samples.shape[2]
    alpha = samples[..., -1] if channels in (2, 4) else None
    return _grey_of(samples[..., : channels - (alpha is not None)]), alpha


def _grey_of(colours: NDArray[np.uint16]) -> NDArray[np.uint16]:
    if colours.shape[2] == 1:
        return colours[..., 0]
    # The weights of ITU-R BT.601, as Pillow uses them for eight bits.
    grey = colours[..., :3] @ np.array([0.299, 0.587, 0.114])
    return np.asarray(np.rint(grey), np.uint16)
