"""Pictures on which a matte is hard or makes no sense, with everything on that is on by default."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from localmatte.engine import Engine
from localmatte.errors import PictureError
from localmatte.imaging.geometry import Box
from localmatte.imaging.pixels import Raster
from localmatte.options import Options
from tests.commands import localmatte

pytestmark = pytest.mark.usefixtures("home")

ODD = [(1, 1), (1, 10000), (10000, 1), (4000, 3), (30, 2500), (2, 2)]
"""Widths and heights."""


def _stretched(size: tuple[int, int]) -> Raster:
    return Raster(np.asarray(Image.fromarray(data.astronaut()).resize(size)))


@pytest.mark.parametrize("size", ODD)
@pytest.mark.parametrize("masked", [False, True])
def test_odd_shapes_get_a_matte_of_their_size(size: tuple[int, int], masked: bool) -> None:
    width, height = size
    existing = np.full((height, width), 0.25, np.float32) if masked else None
    middle = Box(width // 2, height // 2, width // 2 + 1, height // 2 + 1)
    options = Options(provider="cpu", selection=middle if masked else None)
    found = Engine().matte(replace(_stretched(size), existing=existing), options).alpha
    assert found.shape == (height, width)
    assert found.min() >= 0
    assert found.max() <= 1
    found[middle.rows_and_columns] = 0.25
    assert not masked or (found == 0.25).all()


@pytest.mark.parametrize("masked", [False, True])
def test_a_selection_of_one_pixel_changes_nothing_else(masked: bool) -> None:
    existing = np.zeros((512, 512), np.uint8) if masked else None
    options = Options(provider="cpu", selection=Box(220, 200, 221, 201))
    photo = Raster(np.asarray(data.astronaut()), existing=existing)
    found = Engine().matte(photo, options).alpha
    found[200, 220] = 0
    assert not found.any()


def test_no_subject_is_said_and_not_invented() -> None:
    engine = Engine()
    slope = np.linspace(60, 180, 900, dtype=np.uint8)
    grain = np.random.default_rng(1).normal(128, 9, (600, 900, 3)).clip(0, 255).astype(np.uint8)
    for rgb in (np.full((600, 900, 3), 90, np.uint8), np.tile(slope[:, None], (600, 1, 3)), grain):
        found = engine.matte(Raster(rgb), Options(provider="cpu"))
        assert found.notice == "No clear subject was found in this image."
        assert not found.alpha.any()


def test_a_subject_that_fills_the_picture_is_not_looked_at_again() -> None:
    cat = Raster(np.asarray(data.chelsea()))
    engine = Engine()
    with_zoom = engine.matte(cat, Options(provider="cpu")).alpha
    without = engine.matte(cat, Options(provider="cpu", zoom=False)).alpha
    assert (with_zoom == without).all()
    assert with_zoom.any()


def test_a_transparent_layer_is_refused_with_a_selection_and_a_mask_as_well() -> None:
    clear, existing = np.zeros((90, 120), np.uint8), np.full((90, 120), 255, np.uint8)
    picture = Raster(np.zeros((90, 120, 3), np.uint8), clear, existing=existing)
    options = Options(provider="cpu", selection=Box(10, 10, 60, 60))
    with pytest.raises(PictureError, match="transparent"):
        Engine().matte(picture, options)


@pytest.mark.parametrize("size", [(1, 1), (1, 10000), (4000, 3)])
def test_the_command_line_takes_odd_shapes(size: tuple[int, int], tmp_path: Path) -> None:
    source, mask = tmp_path / "odd.png", tmp_path / "mask.png"
    Image.fromarray(_stretched(size).rgb).save(source)
    done = localmatte("cut", source, "--mask", "-o", mask)
    assert done.returncode == 0, done.stderr
    assert Image.open(mask).size == size


def test_the_command_line_says_that_there_is_no_subject(tmp_path: Path) -> None:
    source, mask = tmp_path / "flat.png", tmp_path / "mask.png"
    Image.new("RGB", (600, 400), "teal").save(source)
    done = localmatte("cut", source, "--mask", "-o", mask)
    assert done.returncode == 0
    assert b"No clear subject was found in this image." in done.stderr
    assert Image.open(mask).getextrema() == (0, 0)
