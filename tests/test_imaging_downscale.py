"""Averaging in strips beside Pillow's own way."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from localmatte.imaging import downscale
from localmatte.imaging.downscale import downscaled
from localmatte.imaging.filters import AREA


def _resized(photo: Image.Image, width: int, height: int, gap: int) -> NDArray[np.int64]:
    """As Pillow does, but down first in any case; before version 13 it began across."""
    block = (int(photo.width / width / gap) or 1, int(photo.height / height / gap) or 1)
    reduced = photo.reduce(block)
    right, bottom = photo.width / block[0], photo.height / block[1]
    lanczos = Image.Resampling.LANCZOS
    tall = reduced.resize((reduced.width, height), lanczos, (0, 0, reduced.width, bottom))
    return np.asarray(tall.resize((width, height), lanczos, (0, 0, right, height)), int)


def _photo(width: int, height: int) -> Image.Image:
    return Image.fromarray(data.astronaut()).resize((width, height), Image.Resampling.BICUBIC)


@pytest.mark.parametrize(
    "size", [(4000, 3000), (3999, 2998), (1921, 1081), (641, 100), (300, 2000)]
)
def test_it_is_what_pillow_gives(size: tuple[int, int]) -> None:
    photo = _photo(*size)
    expected = _resized(photo, 320, 240, gap=3)
    found = downscaled(np.asarray(photo), 320, 240).transpose(1, 2, 0)
    # Both round to whole numbers twice; blocks that lie half outside are averaged otherwise,
    # and reach into the last pixels.
    difference = np.abs(found - expected)
    assert difference[:-3, :-3].max() <= 1
    assert difference.mean() < 0.02


@pytest.mark.parametrize("size", [(4000, 3000), (3999, 2998), (1921, 1081), (640, 481)])
def test_an_area_s_mean_is_that_of_all_it_covers(size: tuple[int, int]) -> None:
    rgb = np.asarray(_photo(*size))
    found = downscaled(rgb, 320, 240, AREA, gap=2).transpose(1, 2, 0)
    # How much lies before each place, between the pixels too, by the picture's integral.
    integral = np.pad(rgb.astype(float), ((1, 0), (1, 0), (0, 0))).cumsum(0).cumsum(1)
    for axis, (few, many) in enumerate(((240, size[1]), (320, size[0]))):
        at = np.arange(few + 1) * many / few
        first = np.minimum(at.astype(int), many - 1)
        part = (at - first).reshape(-1, *[1] * (2 - axis))
        low, high = integral.take(first, axis), integral.take(first + 1, axis)
        integral = low + part * (high - low)
    mean = np.diff(np.diff(integral, axis=0), axis=1) * (320 * 240 / size[0] / size[1])
    difference = np.abs(found - mean)
    assert difference.mean() < 0.7  # a block that is half covered counts by its half
    if size == (640, 481):  # here no average over blocks comes before
        assert difference.max() <= 1


@pytest.mark.parametrize("side", [320, 1024])
def test_however_pixels_lie_in_memory_they_give_the_same(side: int) -> None:
    rgb = np.asarray(_photo(2000, 1500))
    usual = downscaled(rgb, side, side)
    with_gaps = np.dstack([rgb, rgb])[..., :3]
    backwards = np.ascontiguousarray(rgb[..., ::-1])[..., ::-1]
    in_planes = np.ascontiguousarray(rgb.transpose(2, 0, 1)).transpose(1, 2, 0)
    for view in (with_gaps, backwards, in_planes):
        assert (downscaled(view, side, side) == usual).all()


@pytest.mark.parametrize("side", [320, 1024])
def test_the_planes_of_a_grey_picture_are_the_same(side: int) -> None:
    rgb = np.asarray(_photo(2000, 1500))
    usual = downscaled(rgb, side, side)
    grey = np.broadcast_to(rgb[..., :1], rgb.shape)
    difference = np.abs(downscaled(grey, side, side).astype(int) - usual[:1])
    # The planes lie below each other in a matrix, and BLAS sums its last rows in another order.
    assert difference.max() <= 1
    assert difference.mean() < 1e-5


def test_a_huge_block_does_not_overflow() -> None:
    white = np.full((4000, 6000, 3), 255, np.uint8)
    assert (downscaled(white, 64, 64) == 255).all()


def test_a_small_picture_is_enlarged_as_pillow_does() -> None:
    photo = _photo(100, 80)
    expected = _resized(photo, 320, 320, gap=3)
    difference = np.abs(downscaled(np.asarray(photo), 320, 320).transpose(1, 2, 0) - expected)
    assert difference.max() <= 1
    assert difference.mean() < 0.02


def test_the_size_of_a_strip_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    rgb = np.asarray(_photo(1500, 1100))
    usual = downscaled(rgb, 1024, 1024)
    for rows in (1, 150, 1024):
        monkeypatch.setattr(downscale, "STRIP", rows)
        difference = np.abs(downscaled(rgb, 1024, 1024).astype(int) - usual)
        # BLAS adds in another order: of millions of halves a few are rounded the other way.
        assert difference.max() <= 1
        assert difference.mean() < 1e-4
