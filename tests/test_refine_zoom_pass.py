"""A second look: taken where it pays, trusted where it agrees, blended without a seam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from localmatte.engine import Engine
from localmatte.errors import UsageError
from localmatte.imaging.geometry import Box
from localmatte.imaging.pixels import Raster, quantised
from localmatte.options import Options
from localmatte.refine.blend import blend
from localmatte.refine.zoom_pass import MARGIN, shared, surroundings, within, zoom_pass
from tests.quality import metrics
from tests.quality.pictures import spiky_disc

Floats = NDArray[np.float32]

WHOLE = Box(0, 0, 3200, 3200)


def _matte(box: Box, side: int = 320) -> Floats:
    matte = np.zeros((side, side), np.float32)
    matte[box.rows_and_columns] = 1
    return matte


def _seen(*looks: Floats) -> tuple[list[Box], Callable[[Box], Floats]]:
    """A network that sees this, look after look; and where it was made to look."""
    boxes: list[Box] = []

    def look(box: Box) -> Floats:
        boxes.append(box)
        return looks[len(boxes) - 1]

    return boxes, look


def test_a_small_subject_is_looked_at_with_its_surroundings() -> None:
    first = _matte(Box(40, 80, 80, 160))
    boxes, look = _seen(_matte(Box(120, 107, 240, 213)), np.zeros((320, 320), np.float32))
    zoom_pass(first, 640, 320, look)
    margin = round(80 * MARGIN)
    assert boxes[0] == Box(80 - margin, 80 - margin, 160 + margin, 160 + margin)


def test_specks_do_not_widen_the_box() -> None:
    whole = Box(0, 0, 640, 320)
    matte = _matte(Box(40, 80, 80, 160))
    clean = surroundings(matte, whole, whole)
    matte[310:312, 310:312] = 1
    assert surroundings(matte, whole, whole) == clean


@pytest.mark.parametrize("box", [Box(0, 0, 320, 320), Box(20, 20, 260, 300), Box(0, 0, 0, 0)])
def test_a_large_subject_or_none_is_not_looked_at_again(box: Box) -> None:
    boxes, look = _seen()
    assert zoom_pass(_matte(box), 4000, 3000, look) is None
    assert not boxes


def test_the_finer_a_network_sees_the_smaller_a_subject_must_be() -> None:
    boxes, look = _seen()
    assert zoom_pass(_matte(Box(100, 100, 500, 500), side=1024), 4000, 4000, look) is None
    assert not boxes


def test_a_second_look_that_agrees_is_taken() -> None:
    first = _matte(Box(100, 100, 164, 164))
    second = within(first, Box(0, 0, 3200, 3200), Box(840, 840, 1800, 1800))
    boxes, look = _seen(second)
    assert zoom_pass(first, 3200, 3200, look) == (boxes[0], second)
    assert boxes == [Box(840, 840, 1800, 1800)]


def test_two_looks_that_agree_outvote_the_first() -> None:
    first = _matte(Box(100, 100, 164, 164))
    second = _matte(Box(60, 60, 160, 260))
    around = surroundings(first, WHOLE, WHOLE)
    assert around is not None
    nearer = surroundings(second, around, WHOLE)
    assert nearer is not None
    agreeing = within(second, around, nearer)
    boxes, look = _seen(second, agreeing)
    found = zoom_pass(first, 3200, 3200, look)
    assert found is not None
    assert boxes == [around, nearer]
    assert found[0] == nearer
    assert found[1] is agreeing


def test_looks_that_all_differ_change_nothing() -> None:
    first = _matte(Box(100, 100, 164, 164))
    _, look = _seen(_matte(Box(60, 60, 160, 260)), _matte(Box(0, 0, 320, 20)))
    assert zoom_pass(first, 3200, 3200, look) is None
    _, look = _seen(np.zeros_like(first))
    assert zoom_pass(first, 3200, 3200, look) is None


def test_within_cuts_the_same_place_out_and_shows_nothing_beyond() -> None:
    matte = _matte(Box(100, 100, 140, 180))
    whole = Box(0, 0, 640, 320)
    part = within(matte, whole, Box(200, 100, 280, 180))
    assert part.shape == matte.shape
    assert part[8:-8, 8:-8].min() == 1
    assert within(matte, whole, Box(300, 0, 640, 90)).max() == 0
    beyond = within(np.ones_like(matte), Box(100, 100, 200, 200), Box(100, 100, 300, 200))
    assert beyond[8:-8, 8:150].min() == 1
    assert beyond[:, 170:].max() == 0


def test_what_looks_share() -> None:
    whole = _matte(Box(100, 100, 200, 200))
    assert shared(whole, whole) == 1
    assert shared(whole, _matte(Box(100, 100, 200, 150))) == 0.5
    assert shared(whole, np.zeros_like(whole)) == 0
    assert shared(np.zeros_like(whole), np.zeros_like(whole)) == 0


def test_a_part_fades_in_but_not_where_it_ends_with_the_picture() -> None:
    whole = np.zeros((100, 120), np.float32)
    blend(whole, np.ones((60, 50), np.float32), Box(0, 20, 50, 80), ramp=10)
    assert (whole[:20] == 0).all()
    assert (whole[:, 50:] == 0).all()
    assert (whole[30:70, :40] == 1).all()
    steps = np.abs(np.diff(whole.astype(np.float64), axis=0)).max()
    assert steps <= 0.11


@pytest.mark.usefixtures("home")
def test_a_small_subjects_edge_comes_nearer_to_the_truth() -> None:
    gravel = np.dstack([data.gravel()] * 3)
    scene = np.asarray(Image.fromarray(gravel).resize((2400, 1600)), np.uint8)
    small, alpha = spiky_disc(data.coffee(), gravel, 480, 360)
    rgb = np.rint(160 + scene * 0.35).clip(0, 255).astype(np.uint8)
    rgb[900:1260, 1500:1980] = small
    truth = np.zeros((1600, 2400), np.float32)
    truth[900:1260, 1500:1980] = alpha
    engine = Engine()
    one = engine.matte(Raster(rgb), Options(provider="cpu", zoom=False))
    two = engine.matte(Raster(rgb), Options(provider="cpu"))
    assert "zoom" not in one.seconds
    assert metrics.boundary(two.alpha, truth) < 0.65 * metrics.boundary(one.alpha, truth)


@pytest.mark.usefixtures("home")
def test_an_existing_mask_stays_outside_of_the_selection_and_fades_into_what_is_found() -> None:
    photo = Raster(np.asarray(data.astronaut()))
    existing = np.full((512, 512), 77, np.uint8)
    box = Box(100, 0, 400, 300)
    engine = Engine()
    options = Options(provider="cpu", selection=box)
    # The surroundings of such a selection are all of this picture.
    fresh = quantised(engine.matte(photo, Options(provider="cpu", zoom=False)).alpha)
    found = quantised(engine.matte(replace(photo, existing=existing), options).alpha)
    assert (found[300:] == 77).all()
    assert (found[:, :100] == 77).all()
    assert (found[:250, 150:350] == fresh[:250, 150:350]).all()
    seam = np.abs(found[299].astype(int) - found[300]).max()
    assert seam < 10
    with pytest.raises(UsageError, match="have different sizes"):
        replace(photo, existing=existing[1:])


@pytest.mark.usefixtures("home")
def test_a_selection_of_any_shape_limits_what_changes_and_shows_no_seam() -> None:
    photo = Raster(np.asarray(data.astronaut()))
    existing = np.full((512, 512), 77, np.uint8)
    y, x = np.mgrid[:512, :512]
    inside = np.hypot(x - 250, y - 150) < 150
    selected = np.where(inside, 255, 0).astype(np.uint8)
    engine = Engine()
    options = Options(provider="cpu", selection=Box(100, 0, 400, 300))
    fresh = quantised(engine.matte(photo, Options(provider="cpu", zoom=False)).alpha)

    def matte(chosen: NDArray[np.uint8]) -> NDArray[np.uint8]:
        raster = replace(photo, existing=existing, selected=chosen)
        return quantised(engine.matte(raster, options).alpha)

    found = matte(selected)
    assert (found[~inside] == 77).all()
    core = np.hypot(x - 250, y - 150) < 110
    assert (found[core] == fresh[core]).all()
    border = inside & (np.hypot(x - 250, y - 150) > 148)
    assert (np.abs(found[border].astype(int) - 77) < 30).all()
    # What is selected by half changes by half at most.
    half = matte(selected // 2).astype(int)
    assert (np.abs(half - 77)[core] <= np.abs(fresh[core].astype(int) - 77) // 2 + 1).all()
    with pytest.raises(UsageError, match="have different sizes"):
        matte(selected[1:])


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("hurt", [0, 1])
def test_a_poor_part_of_a_mask_is_mended_where_it_is_selected(hurt: int) -> None:
    gravel = np.dstack([data.gravel()] * 3)
    rgb, truth = spiky_disc(data.coffee(), gravel, 1200, 900)
    mask = truth.copy()
    y, x = np.mgrid[:900, :1200]
    mask[np.hypot(x - 840, y - 450) < 60] = hurt
    box = Box(740, 350, 940, 550)
    options = Options(provider="cpu", selection=box)
    found = Engine().matte(Raster(rgb, existing=mask), options).alpha
    place = box.rows_and_columns
    before, after = (np.abs(alpha[place] - truth[place]).mean() for alpha in (mask, found))
    assert after < 0.5 * before
    found[place] = mask[place]
    assert (found == mask).all()


@pytest.mark.usefixtures("home")
def test_a_good_mask_is_not_spoilt_by_a_selection_that_holds_a_part_of_the_subject() -> None:
    gravel = np.dstack([data.gravel()] * 3)
    rgb, truth = spiky_disc(data.coffee(), gravel, 1200, 900)
    box = Box(600, 150, 700, 250)
    options = Options(provider="cpu", selection=box)
    found = Engine().matte(Raster(rgb, existing=truth), options).alpha
    place = box.rows_and_columns
    assert np.abs(found[place] - truth[place]).mean() < 0.05
