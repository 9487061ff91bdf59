"""Nothing of the removed background is in the file, unless the user wants to paint it back."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

import localmatte
from localmatte import compose
from localmatte.imaging import writer
from localmatte.imaging.photo import from_image
from localmatte.imaging.pixels import quantised
from tests.commands import localmatte as command
from tests.test_imaging_photo import IMAGES

pytestmark = pytest.mark.usefixtures("home")

SIDE, WIDTH = 40, 256
SUFFIXES = {
    "PNG": ".png",
    "WEBP": ".webp",
    "TIFF": ".tif",
    "AVIF": ".avif",
    "JPEG2000": ".jp2",
    "TGA": ".tga",
    "ICO": ".ico",
}


def _ramp() -> np.ndarray:
    """A matte with every step from nothing to all: 0 to 255."""
    across = np.clip(np.arange(WIDTH), 0, 255) / 255
    return np.tile(across.astype(np.float32), (SIDE, 1))


def _photo(hidden: int) -> np.ndarray:
    """A subject, and other things where the matte hides nearly all or all of them."""
    picture = np.random.default_rng(1).integers(0, 256, (SIDE, WIDTH, 3), np.uint8)
    other = np.random.default_rng(hidden).integers(0, 256, picture.shape, np.uint8)
    faint = np.rint(_ramp() * 255) <= 3
    return np.where(faint[..., None], other, picture)


def _file(kind: str, hidden: int, *, keep_hidden: bool = False) -> bytes:
    photo = from_image(Image.fromarray(_photo(hidden)))
    cut = compose.cutout(photo.colours, _ramp(), clean_colours=False, keep_hidden=keep_hidden)
    stream = io.BytesIO()
    writer.encode(cut, stream, kind, photo)
    return stream.getvalue()


@pytest.mark.parametrize("kind", writer.WITH_ALPHA)
def test_another_background_makes_the_very_same_file(kind: str) -> None:
    assert (_photo(2) != _photo(3)).any()
    assert _file(kind, 2) == _file(kind, 3)
    assert _file(kind, 2, keep_hidden=True) != _file(kind, 3, keep_hidden=True)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "TGA", "JPEG2000"])
def test_hidden_colours_are_kept_on_request(kind: str) -> None:
    kept = np.asarray(Image.open(io.BytesIO(_file(kind, 2, keep_hidden=True))))
    assert (kept[..., :3] == _photo(2)).all()
    assert (kept[..., 3] == np.rint(_ramp() * 255)).all()


@pytest.mark.parametrize("clean_colours", [True, False])
@pytest.mark.parametrize("own", [None, np.uint8, np.uint16, np.float32])
def test_colours_are_black_under_no_alpha_and_haze_is_none(
    clean_colours: bool, own: type | None
) -> None:
    alpha = np.ones((SIDE, WIDTH), np.float32)
    alpha[:8], alpha[8:16] = 0, 2 / 255
    mine = None if own is None else quantised(alpha, own)
    cut = np.asarray(compose.cutout(_photo(2), _ramp(), mine, clean_colours=clean_colours))
    shown = cut[..., 3]
    assert not cut[shown == 0].any()
    assert shown[shown > 0].min() == 4
    assert shown.max() == 255
    if mine is not None:
        assert not shown[:16].any()


@pytest.mark.parametrize("mode", IMAGES)
def test_the_librarys_cutout_holds_no_colour_that_it_does_not_show(
    mode: str, photos: dict[str, Path]
) -> None:
    photo = Image.open(photos["astronaut"]).resize((200, 200))
    image = photo.convert("RGB")
    if mode == "P with transparency":
        image = image.quantize(64)
        image.info["transparency"] = 0
    elif mode in ("I;16", "I", "F"):
        grey = np.asarray(image.convert("L"))
        image = Image.fromarray(
            grey.astype(np.float32) / 255
            if mode == "F"
            else grey.astype(np.int32 if mode == "I" else np.uint16) * 257
        )
    elif mode != "LAB":
        image = image.convert(mode)
    cut = np.asarray(localmatte.cutout(image))
    assert (cut[..., 3] == 0).any()
    assert not cut[cut[..., 3] == 0].any()
    kept = np.asarray(localmatte.cutout(image, keep_hidden=True))
    assert kept[kept[..., 3] == 0].any()


@pytest.mark.parametrize("suffix", SUFFIXES.values())
@pytest.mark.parametrize("flags", [(), ("--keep-colours",), ("--no-refine",)], ids=str)
def test_no_file_of_the_command_line_holds_the_background(
    suffix: str, flags: tuple[str, ...], photos: dict[str, Path], tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    Image.open(photos["astronaut"]).resize((256, 256)).save(photo)
    out = tmp_path / f"cut{suffix}"
    done = command("cut", photo, "-o", out, *flags)
    assert done.returncode == 0, done.stderr
    cut = np.asarray(Image.open(out)).astype(int)
    colours = np.asarray(Image.open(photo)).astype(int)
    mask = tmp_path / "mask.png"
    command("cut", photo, "-o", mask, "--mask", *[flag for flag in flags if flag == "--no-refine"])
    # A lossy file's own decoder may spread the subject a little; never what lies far from it.
    hidden = np.asarray(Image.open(mask)) == 0
    far = hidden & ~_near(~hidden, 16)
    assert far.sum() > 5000
    assert colours[far].std() > 20
    assert np.abs(cut[far][:, :3]).max() <= 2
    assert cut[far][:, 3].max() == 0


def _near(mask: np.ndarray, pixels: int) -> np.ndarray:
    image = Image.fromarray(mask.astype(np.uint8) * 255)
    return np.asarray(image.filter(ImageFilter.MaxFilter(2 * pixels + 1))) > 0


JPEG_START = b"\xff\xd8\xff\xe0\0\x10JFIF"
"""Ten bytes: three of them come up by chance in one of some compressed pictures."""


def _with_small_pictures(photo: Image.Image, path: Path) -> None:
    """A JPEG that holds its scene in four further places."""
    small = io.BytesIO()
    photo.resize((64, 48)).save(small, "JPEG")
    exif = Image.Exif()
    exif[0x010E] = "A description"
    exif[0x013B] = "A photographer"
    exif[0xC4A5] = b"PrintIM" + small.getvalue()
    camera = exif.get_ifd(0x8769)
    camera[0x927C] = b"Maker" + small.getvalue()
    camera[0x9003] = "2026:01:02 03:04:05"
    exif.get_ifd(0x8825)[1] = "N"
    photo.save(path, exif=exif, xmp=b"<x:xmpmeta>" + small.getvalue(), quality=95)
    # A gain map, a depth map or a second view lies behind the picture's end.
    path.write_bytes(path.read_bytes() + small.getvalue())


def test_small_pictures_of_the_scene_never_travel(photos: dict[str, Path], tmp_path: Path) -> None:
    photo = tmp_path / "phone.jpg"
    _with_small_pictures(Image.open(photos["astronaut"]), photo)
    assert photo.read_bytes().count(JPEG_START) >= 4
    for suffix in (".png", ".webp", ".tif", ".avif"):
        out = tmp_path / f"cut{suffix}"
        done = command("cut", photo, "-o", out, "--keep-metadata")
        assert done.returncode == 0, done.stderr
        data = out.read_bytes()
        assert b"Maker" not in data
        assert b"PrintIM" not in data
        assert JPEG_START not in data
        with Image.open(out) as written:
            found = written.getexif()
            written.load()
        assert found[0x013B] == "A photographer"
        assert found.get_ifd(0x8769)[0x9003] == "2026:01:02 03:04:05"
        assert found.get_ifd(0x8825)[1] == "N"
