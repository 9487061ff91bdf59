"""A mask that is there and what was found anew: where they dispute, the picture decides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from localmatte.imaging.geometry import Box
from localmatte.imaging.pixels import quantised
from localmatte.refine.existing_mask import agreeing, keep_existing
from tests.quality.pictures import spiky_disc

Floats = NDArray[np.float32]

DTYPES = (np.uint8, np.uint16, np.float32)


def _matte(box: Box, side: int = 320) -> Floats:
    matte = np.zeros((side, side), np.float32)
    matte[box.rows_and_columns] = 1
    return matte


def _disc() -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.bool_]]:
    """A picture, its truth, and a place at the subject's edge."""
    rgb, truth = spiky_disc(data.coffee(), np.dstack([data.gravel()] * 3), 640, 480)
    y, x = np.mgrid[:480, :640]
    return rgb, truth, np.hypot(y - 240, x - 450) < 40


@pytest.mark.parametrize("wrong", [0, 1])
def test_what_ends_where_the_picture_has_no_edge_is_not_believed(wrong: int) -> None:
    rgb, truth, place = _disc()
    good, poor = truth, np.where(place, np.float32(wrong), truth)
    existing, found = good.copy(), poor.copy()
    keep_existing(found, existing, rgb)
    assert (found == good).all()
    assert (existing == good).all()
    found = good.copy()
    keep_existing(found, poor, rgb)
    assert (found == good).all()


def test_each_place_is_judged_by_itself() -> None:
    rgb, truth, place = _disc()
    other = place[:, ::-1]
    found = np.where(place, np.float32(0), truth)
    keep_existing(found, np.where(other, np.float32(0), truth), rgb)
    assert (found == truth).all()


@pytest.mark.parametrize("shown", [0.0, 0.3, 1.0])
def test_a_mask_without_an_edge_knows_nothing_of_what_was_found(shown: float) -> None:
    rgb, truth, _ = _disc()
    found = truth.copy()
    keep_existing(found, np.full_like(truth, shown), rgb)
    assert (found == truth).all()


def test_masks_may_differ_in_their_samples_and_agree() -> None:
    rgb, truth, _ = _disc()
    found = truth * np.float32(0.9)
    expected = found.copy()
    keep_existing(found, quantised(truth, np.uint8), rgb)
    assert (found == expected).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_a_mask_stands_where_a_network_takes_a_part_for_the_whole(dtype: type) -> None:
    full = 1 if dtype is np.float32 else np.iinfo(dtype).max
    mask: NDArray[Any] = np.zeros((1000, 1600), dtype)
    mask[:, 800:] = full
    whole, part = _matte(Box(150, 0, 320, 320)), _matte(Box(200, 100, 260, 160))
    assert agreeing(whole, mask) is whole
    kept = agreeing(part, mask)
    assert kept.shape == (400, 640)
    assert kept[:, :319].max() == 0
    assert kept[:, 321:].min() == 1
    # A mask that shows all, or nothing, says nothing of the subject.
    assert agreeing(part, np.full((100, 100), full, dtype)) is part
    assert agreeing(part, np.zeros((100, 100), dtype)) is part
