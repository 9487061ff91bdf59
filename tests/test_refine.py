"""Refinement: nearer to the truth than enlarging, exact where the matte is sure, never astray."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from localmatte.errors import CancelledError
from localmatte.progress import CancelToken
from localmatte.refine import refine, upsample, upscaled
from localmatte.refine.trimap import grown
from tests.quality.pictures import spiky_disc

Floats = NDArray[np.float32]


def _composite(width: int, height: int) -> tuple[NDArray[np.uint8], Floats]:
    return spiky_disc(data.coffee(), data.astronaut(), width, height)


def _small(alpha: Floats, side: int = 320) -> Floats:
    """What a network of that input sees of it."""
    image = Image.fromarray(alpha).resize((side, side), Image.Resampling.BOX)
    return np.asarray(image, np.float32)


def test_it_comes_nearer_to_the_truth_than_enlarging_does() -> None:
    rgb, truth = _composite(1600, 1200)
    matte = _small(truth, 96)
    enlarged = np.abs(upscaled(matte, 1600, 1200) - truth).sum()
    refined = np.abs(refine(rgb, matte) - truth).sum()
    assert refined < 0.75 * enlarged


def test_what_is_sure_stays_exactly_so() -> None:
    rgb, truth = _composite(1200, 900)
    found = refine(rgb, _small(truth))
    height = 900
    y, x = np.mgrid[:900, :1200]
    radius = np.hypot(x - 600, y - 450) / height
    assert (found[radius < 0.15] == 1).all()
    assert (found[radius > 0.42] == 0).all()
    assert found.dtype == np.float32
    assert found.min() >= 0
    assert found.max() <= 1


@pytest.mark.parametrize("value", [0.0, 1.0])
@pytest.mark.parametrize("size", [(1, 1), (1, 10000), (10000, 1), (7, 5), (640, 480)])
def test_a_matte_without_any_doubt_is_kept(value: float, size: tuple[int, int]) -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    found = refine(rgb, np.full((320, 320), value, np.float32))
    assert found.shape == (size[1], size[0])
    assert (found == value).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 10000), (10000, 1), (3, 400), (33, 17)])
def test_odd_shapes_with_doubt_give_a_finite_matte(size: tuple[int, int]) -> None:
    rgb = np.random.default_rng(2).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    ramp = np.tile(np.linspace(0, 1, 320, dtype=np.float32), (320, 1))
    found = refine(rgb, ramp)
    assert found.shape == (size[1], size[0])
    assert np.isfinite(found).all()
    assert 0 <= found.min() <= found.max() <= 1


def test_a_flat_picture_gives_no_edges_that_the_matte_has_not() -> None:
    rgb = np.full((600, 800, 3), 90, np.uint8)
    _, truth = _composite(800, 600)
    matte = _small(truth)
    assert np.abs(refine(rgb, matte) - upscaled(matte, 800, 600)).mean() < 0.05


def test_it_gives_the_same_matte_twice() -> None:
    rgb, truth = _composite(1500, 1100)
    matte = _small(truth)
    assert (refine(rgb, matte) == refine(rgb, matte)).all()


def test_doubt_deep_inside_a_subject_is_no_hole() -> None:
    rgb, truth = _composite(1200, 900)
    y, x = np.mgrid[:900, :1200]
    middle = np.hypot(x - 600, y - 450) < 120
    unsure = np.where(middle, np.float32(0.7), truth)
    assert (refine(rgb, _small(unsure))[middle] == 1).all()


def test_strips_of_any_height_give_the_same_matte(monkeypatch: pytest.MonkeyPatch) -> None:
    rgb, truth = _composite(1500, 1100)
    matte = _small(truth)
    expected = refine(rgb, matte)
    for rows in (1, 7, 4096):
        monkeypatch.setattr(upsample, "STRIP_ROWS", rows)
        # BLAS may add in another order.
        assert np.abs(refine(rgb, matte) - expected).max() < 1e-6


@pytest.mark.parametrize("reach", [0, 1, 2, 5, 19, 100])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (40, 5), (60, 80)])
def test_a_mask_grows_in_squares(shape: tuple[int, int], reach: int) -> None:
    mask = np.random.default_rng(0).random(shape) < 0.02
    expected = np.zeros(shape, bool)
    for y, x in np.argwhere(mask):
        expected[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1] = True
    assert (grown(mask, reach) == expected).all()


def test_a_cancel_stops_it() -> None:
    rgb, truth = _composite(800, 600)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        refine(rgb, _small(truth), cancel=cancel)


def test_pictures_refined_at_the_same_time_do_not_disturb_each_other() -> None:
    rgb, truth = _composite(1000, 800)
    matte = _small(truth)
    expected = refine(rgb, matte)
    found: list[Floats] = []
    threads = [threading.Thread(target=lambda: found.append(refine(rgb, matte))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((one == expected).all() for one in found)
    assert len(found) == 3
