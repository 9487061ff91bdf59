"""Every format × mode × profile × orientation comes in as it looks, and goes out as it can."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from localmatte import compose
from localmatte.imaging import writer
from localmatte.imaging.photo import Photo
from localmatte.imaging.pixels import unit
from localmatte.imaging.reader import read
from tests import formats, profiles
from tests.formats import Cell


@pytest.mark.parametrize("cell", list(formats.cells()), ids=str)
def test_a_picture_is_seen_as_littlecms_shows_it(cell: Cell) -> None:
    photo = read(io.BytesIO(formats.made(cell)))
    colours, alpha = formats.expected(cell)
    assert photo.losses == ()
    seen = photo.picture().rgb
    assert seen.shape == colours.shape
    off = np.abs(seen.astype(int) - colours)
    if cell.kind.tolerance:
        assert off.mean() <= cell.kind.tolerance
    elif cell.mode in ("LAB", "YCbCr"):
        assert off.mean() < 1.5
    else:
        assert off.max() <= 1
    if alpha is None:
        assert photo.alpha is None
    else:
        assert photo.alpha is not None
        off = np.abs(unit(photo.alpha) * 255 - alpha)
        assert off.max() <= (2 if cell.kind.tolerance else 0.003)


def test_the_document_says_what_is_true_now() -> None:
    assert formats.DOCUMENT.read_text(encoding="utf-8") == formats.document(), (
        "run python -m tests.formats"
    )


SHOWN = Photo(formats.RGB, None, profiles.WIDE, (300.0, 300.0))
DEEP = Photo(np.ascontiguousarray(formats.DEEP[..., :3]), None, profiles.WIDE, (300.0, 300.0))


def decoded(data: bytes, kind: str) -> np.ndarray:
    """A file's samples as another decoder gives them, where there is one."""
    if kind == "TIFF":
        return tifffile.imread(io.BytesIO(data))
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize("photo", [SHOWN, DEEP], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize("kind", writer.FORMATS)
@pytest.mark.parametrize("what", ["cut-out", "flat"])
def test_what_is_written_is_what_a_decoder_gives_back(photo: Photo, kind: str, what: str) -> None:
    form = writer.FORMATS[kind]
    if what == "cut-out" and not form.alpha:
        assert kind not in writer.WITH_ALPHA
        return
    suited = writer.suited(photo, kind)
    matte = unit(formats.ALPHA)
    cut = compose.cutout(suited.colours, matte, clean_colours=False)
    white = compose.background("white")
    pixels = cut if what == "cut-out" else compose.on_background(cut, white, suited)
    stream = io.BytesIO()
    assert writer.encode(pixels, stream, kind, suited) == []
    found = decoded(stream.getvalue(), kind)
    if found.dtype == np.uint8 and pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if kind == "GIF":
        found = np.asarray(Image.open(stream).convert("RGB"))
    if found.shape[2] == 4 and pixels.shape[2] == 3:
        found = found[..., :3]
    off = np.abs(found.astype(int) - pixels)
    assert off.mean() < {"JPEG": 3, "AVIF": 4, "GIF": 12}.get(kind, 1e-9)
    image = Image.open(stream)
    assert (image.info.get("icc_profile") == profiles.WIDE) == form.profile
    if form.resolution:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)


@pytest.mark.parametrize("kind", writer.FORMATS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_mask_is_written_to_the_last_bit(kind: str, dtype: Any) -> None:
    form = writer.FORMATS[kind]
    if dtype == np.uint16 and not form.deep_grey:
        return
    mask = formats.GREY if dtype == np.uint8 else np.ascontiguousarray(formats.DEEP[..., 0])
    stream = io.BytesIO()
    writer.encode(mask, stream, kind, SHOWN)
    image = Image.open(stream)
    found = (
        decoded(stream.getvalue(), kind) if image.mode != "P" else np.asarray(image.convert("L"))
    )
    if found.ndim == 3:
        found = found[..., 0]
    off = np.abs(found.astype(int) - mask)
    assert off.max() <= {"JPEG": 6, "AVIF": 12}.get(kind, 0)
    assert "icc_profile" not in image.info
