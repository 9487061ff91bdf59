"""Clean colours: nearer to the subject's own than the field's, and only at soft edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pymatting import estimate_foreground_ml
from skimage import data

from localmatte.errors import CancelledError
from localmatte.progress import CancelToken
from localmatte.refine import foreground
from localmatte.refine.foreground import estimate_foreground
from tests.quality.pictures import spiky_disc

Floats = NDArray[Any]
WIDTH, HEIGHT = 600, 450


def _photo(name: str) -> Floats:
    photo = Image.fromarray(getattr(data, name)()).convert("RGB")
    return np.asarray(photo.resize((WIDTH, HEIGHT)), np.float32) / 255


def _scene(
    front: str = "chelsea", behind: str = "coffee"
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Floats]:
    """One photo before another under a soft spiky matte: the picture, the matte, the front."""
    _, alpha = spiky_disc(data.coffee(), data.coffee(), WIDTH, HEIGHT)
    # Softer than the disc's own edge, as hair out of focus is.
    small = Image.fromarray(alpha).resize((WIDTH // 6, HEIGHT // 6), Image.Resampling.BOX)
    soft = np.asarray(small.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)).clip(0, 1)
    mask = np.rint(soft * 255).astype(np.uint8)
    share = mask[..., None] / np.float32(255)
    mixed = _photo(front) * share + _photo(behind) * (1 - share)
    return np.rint(mixed * 255).astype(np.uint8), mask, _photo(front)


def _error(found: Floats, truth: Floats, mask: NDArray[np.uint8]) -> float:
    band = (mask > 5) & (mask < 250)
    return float(np.abs(found - truth)[band].mean())


@pytest.mark.parametrize(
    ("front", "behind"), [("chelsea", "coffee"), ("astronaut", "rocket"), ("coffee", "astronaut")]
)
def test_colours_are_nearer_to_the_truth_than_pymattings(front: str, behind: str) -> None:
    rgb, mask, truth = _scene(front, behind)
    ours = _error(estimate_foreground(rgb, mask) / np.float32(255), truth, mask)
    theirs = _error(estimate_foreground_ml(rgb / 255, mask / 255), truth, mask)
    assert ours <= theirs
    assert ours < 0.6 * _error(rgb / np.float32(255), truth, mask)


def test_there_is_no_halo_of_the_old_background_on_a_new_one() -> None:
    mask = _scene()[1]
    share = mask[..., None] / 255
    # A dark subject before white, put before black: what is left of the white is a halo.
    front = np.full((HEIGHT, WIDTH, 3), (60, 40, 30), np.uint8)
    rgb = np.rint(front * share + 255 * (1 - share)).astype(np.uint8)
    wanted = front * share
    halo = np.abs(estimate_foreground(rgb, mask) * share - wanted).max()
    assert halo <= 3
    assert np.abs(rgb * share - wanted).max() > 40, "without cleaning there is one"


def test_pixels_that_are_sure_stay_as_they_are() -> None:
    rgb, mask, _ = _scene()
    before = rgb.copy()
    found = estimate_foreground(rgb, mask)
    sure = (mask == 0) | (mask == 255)
    assert (found[sure] == rgb[sure]).all()
    assert (found[~sure] != rgb[~sure]).any()
    assert (rgb == before).all()
    hard = np.where(mask > 127, np.uint8(255), np.uint8(0))
    assert (estimate_foreground(rgb, hard) == rgb).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 10000), (10000, 1), (2, 3), (1500, 40)])
@pytest.mark.parametrize("value", [1, 128, 254])
def test_odd_shapes_are_taken(size: tuple[int, int], value: int) -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    assert estimate_foreground(rgb, np.full(size, value, np.uint8)).shape == rgb.shape


def test_pieces_of_any_size_give_the_same_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    rgb, mask, _ = _scene()
    expected = estimate_foreground(rgb, mask)
    monkeypatch.setattr(foreground, "STRIP_ROWS", 7)
    monkeypatch.setattr(foreground, "CHUNK", 1000)
    assert (estimate_foreground(rgb, mask) == expected).all()


def test_a_cancel_stops_it() -> None:
    rgb, mask, _ = _scene()
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        estimate_foreground(rgb, mask, cancel)
