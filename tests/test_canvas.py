"""Trimmed, square, with a margin: the right part of the picture, and nothing cut off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from localmatte.errors import PictureError
from localmatte.imaging.canvas import Canvas, placed
from localmatte.imaging.geometry import Box
from tests import profiles
from tests.test_pictures import PICTURE, SCENE, cut, scene

__all__ = ["cut"]

FAINT = np.float32(4 / 255)
"""The faintest alpha that a cut-out has."""


def matte() -> np.ndarray:
    """A subject of 20 × 10 pixels with one faint hair above it, in haze."""
    alpha = np.full((60, 80), np.float32(3 / 255))
    alpha[30:40, 10:30] = 1
    alpha[25:30, 25] = FAINT
    return alpha


@pytest.mark.parametrize(
    ("canvas", "box"),
    [
        (Canvas.of(True, False, None), Box(10, 25, 30, 40)),
        (Canvas.of(True, False, "10%"), Box(8, 23, 32, 42)),
        (Canvas.of(True, False, "30px"), Box(-20, -5, 60, 70)),
        (Canvas.of(True, True, None), Box(10, 23, 30, 43)),
        (Canvas.of(True, True, "7px"), Box(3, 16, 37, 50)),
        (Canvas.of(False, True, None), Box(0, -10, 80, 70)),
        (Canvas.of(False, False, "12.5%"), Box(-10, -10, 90, 70)),
    ],
)
def test_boxes(canvas: Canvas, box: Box) -> None:
    found = canvas.box(matte())
    assert found == box
    assert not canvas.whole


def test_where_nothing_is_seen_nothing_is_trimmed() -> None:
    assert Canvas(trim=True).box(np.zeros((6, 8), np.float32)) == Box(0, 0, 8, 6)


def test_what_lies_beyond_the_picture_is_nothing() -> None:
    pixels = np.arange(1, 13, dtype=np.uint16).reshape(3, 4)
    assert placed(pixels, Box(-1, 1, 3, 4)).tolist() == [
        [0, 5, 6, 7],
        [0, 9, 10, 11],
        [0, 0, 0, 0],
    ]
    assert placed(pixels, Box(1, 1, 3, 2)).tolist() == [[6, 7]]


def test_a_canvas_beyond_all_measure_is_refused() -> None:
    with pytest.raises(PictureError, match="too large"):
        Canvas(pixels=999_999).box(matte())


@pytest.mark.parametrize("margin", ["5", "-5%", "5 %", "%", "1.5px", "99999%", "five", ""])
def test_a_margin_that_is_none_is_one_sentence(cut: Any, margin: str) -> None:
    PICTURE.save("photo.png")
    done = cut("photo.png", "-o", "out.png", f"--margin={margin}")
    assert (done.status, done.said.count("\n")) == (2, 1)
    assert f'The margin "{margin}" is not supported.' in done.said
    assert not Path("out.png").exists()


def _read(name: str) -> np.ndarray:
    if name.endswith(".tif"):
        return np.asarray(tifffile.imread(name))
    return np.asarray(Image.open(name))


@pytest.fixture
def photo(home: Path, cut: Any) -> Any:
    """Runs `localmatte cut` on a photo with profile, resolution and EXIF data."""
    exif = Image.Exif()
    exif[0x010E] = "ball"
    exif.get_ifd(0x8769).update({0xA002: 240, 0xA003: 180, 0x9003: "2026:01:01 00:00:00"})
    PICTURE.save("photo.png", icc_profile=profiles.WIDE, dpi=(300, 300), exif=exif)

    def run(output: str, *more: str) -> Any:
        return cut("photo.png", "-o", output, "--json", "--no-refine", *more)

    return run


@pytest.mark.parametrize("suffix", ["png", "tif", "webp", "avif", "jp2", "qoi"])
def test_a_trimmed_file_is_the_whole_ones_part_in_every_format(photo: Any, suffix: str) -> None:
    photo(f"whole.{suffix}")
    done = photo(f"out.{suffix}", "--trim", "--margin", "3px", "--keep-metadata")
    assert done.status == 0, done.said
    whole, part = _read(f"whole.{suffix}"), _read(f"out.{suffix}")
    left, top = done.lines[0]["offset"]
    height, width = part.shape[:2]
    expected = whole[top : top + height, left : left + width]
    off = np.abs(part.astype(int) - expected)
    if suffix == "avif":  # with losses
        assert off.mean() < 2
    else:
        assert off.max() == 0
        # What is seen begins right behind the margin, on all sides, and nothing lies beyond.
        assert all(edge.any() for edge in (part[3], part[-4], part[:, 3], part[:, -4]))
        assert np.count_nonzero(whole[..., 3]) == np.count_nonzero(part[..., 3])
    with Image.open(f"out.{suffix}") as image:
        if suffix in ("png", "tif", "webp", "avif"):
            assert image.info["icc_profile"] == profiles.WIDE
            taken = image.getexif().get_ifd(0x8769)
            assert (taken[0xA002], taken[0xA003]) == (width, height)
        if suffix in ("png", "tif"):
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)


@pytest.mark.parametrize("suffix", ["jpg", "bmp", "gif", "ico"])
def test_a_product_picture_is_square_on_its_background(photo: Any, suffix: str) -> None:
    done = photo(
        f"out.{suffix}", "--trim", "--square", "--margin", "10%", "--background", "#306090"
    )
    assert done.status == 0, done.said
    found = np.asarray(Image.open(f"out.{suffix}").convert("RGB")).astype(int)
    assert found.shape[0] == found.shape[1]
    assert 130 < found.shape[0] < 180
    corners = found[[0, 0, -1, -1], [0, -1, 0, -1]]
    # The colour is brought into the photo's space where the format has one.
    close = 255 if suffix == "jpg" else 12
    assert np.abs(corners - [0x30, 0x60, 0x90]).max() <= close
    assert np.ptp(corners, axis=0).max() <= 8
    subject = np.abs(found - corners[0]).max(2) > 60
    rows, columns = np.flatnonzero(subject.any(1)), np.flatnonzero(subject.any(0))
    for places in (rows, columns):
        assert abs(places[0] - (found.shape[0] - 1 - places[-1])) <= 6


def test_a_picture_as_background_covers_the_canvas(photo: Any) -> None:
    back = np.zeros((20, 40, 3), np.uint8)
    back[:, :20], back[:, 20:] = (255, 0, 0), (0, 0, 255)
    Image.fromarray(back).save("back.png", icc_profile=profiles.WIDE)
    done = photo("out.png", "--trim", "--margin", "50px", "--background", "back.png")
    assert done.status == 0, done.said
    found = np.asarray(Image.open("out.png"))
    assert (found[[0, -1], 0] == (255, 0, 0)).all()
    assert (found[[0, -1], -1] == (0, 0, 255)).all()


def test_a_mask_is_cropped_as_its_cutout(photo: Any) -> None:
    canvas = ("--trim", "--square", "--margin", "25%")
    masks = photo("mask.png", "--mask", "--depth", "16", *canvas)
    cuts = photo("cut.png", *canvas)
    assert masks.lines[0]["offset"] == cuts.lines[0]["offset"]
    mask, alpha = _read("mask.png"), _read("cut.png")[..., 3]
    assert mask.shape == alpha.shape
    assert mask.dtype == np.uint16
    eight = np.rint(mask / 257).astype(int)
    assert np.abs(np.where(eight <= 3, 0, eight) - alpha).max() <= 1


def test_sixteen_bits_and_the_files_own_transparency(home: Path, cut: Any) -> None:
    own = np.full(SCENE.shape[:2], 65535, np.uint16)
    own[:, 120:] = 0
    deep = np.dstack([SCENE.astype(np.uint16) * 257, own])
    tifffile.imwrite("deep.tif", deep, photometric="rgb", extrasamples="unassalpha")
    done = cut("deep.tif", "-o", "out.tif", "--trim", "--json", "--no-refine", "--keep-colours")
    assert done.status == 0, done.said
    found = tifffile.imread("out.tif")
    left, top = done.lines[0]["offset"]
    assert found.dtype == np.uint16
    assert left + found.shape[1] == 120
    solid = found[..., 3] == 65535
    there = deep[top : top + found.shape[0], left:120]
    assert solid.any()
    assert (found[solid] == there[solid]).all()


def test_a_format_needs_to_hold_no_more_than_the_canvas(home: Path, cut: Any) -> None:
    Image.fromarray(scene(600, 180)).save("wide.png")
    assert "at most 256 pixels" in cut("wide.png", "-o", "out.ico").said
    assert cut("wide.png", "-o", "out.ico", "--trim").status == 0
    assert max(Image.open("out.ico").size) <= 256
    done = cut("wide.png", "-o", "large.ico", "--trim", "--margin", "200px")
    assert "at most 256 pixels" in done.said
    assert (done.status, Path("large.ico").exists()) == (1, False)


def test_frames_keep_one_size(home: Path, cut: Any) -> None:
    images = [Image.fromarray(scene(middle=middle)) for middle in (0.3, 0.7)]
    images[0].save("film.gif", save_all=True, append_images=images[1:], duration=50)
    done = cut("film.gif", "--frames", "--trim")
    assert (done.status, done.said.count("\n")) == (2, 1)
    assert "Frames cannot be trimmed" in done.said
    assert cut("film.gif", "--frames", "--square", "--no-refine").status == 0
    with Image.open("film-cutout.gif") as film:
        assert film.size == (240, 240)
        assert getattr(film, "n_frames", 1) == 2
