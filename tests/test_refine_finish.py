"""Edge controls: each does what it says, nothing else, and leaves its input alone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data
from skimage.filters import gaussian
from skimage.measure import label
from skimage.morphology import dilation

from localmatte.errors import UsageError
from localmatte.imaging.geometry import Box
from localmatte.options import Edges
from localmatte.refine.components import runs
from localmatte.refine.finish import Finish, finish_edges

Floats = NDArray[np.float32]


def _disc(radius: float = 60, soft: float = 4) -> Floats:
    y, x = np.mgrid[:200, :240].astype(np.float32)
    distance = radius - np.hypot(x - 120, y - 100)
    return np.asarray(np.clip(distance / soft + 0.5, 0, 1), np.float32)


def _radius(alpha: Floats) -> float:
    return float(np.sqrt((alpha >= 0.5).sum() / np.pi))


def test_without_controls_the_matte_is_the_very_same() -> None:
    alpha = _disc()
    assert finish_edges(alpha, Edges()) is alpha


@pytest.mark.parametrize("pixels", [-7.5, -3, -0.5, 0.5, 2, 6.25])
def test_shift_moves_the_edge_by_so_many_pixels(pixels: float) -> None:
    assert _radius(finish_edges(_disc(), Edges(shift=pixels))) == pytest.approx(
        60 + pixels, abs=0.6
    )


def test_shift_keeps_an_edge_as_soft_as_it_is() -> None:
    alpha = finish_edges(_disc(soft=10), Edges(shift=-5))
    assert np.abs(alpha - _disc(55, soft=10)).max() < 0.15


def test_contrast_makes_hard_and_the_threshold_says_where() -> None:
    alpha = _disc(soft=20)
    hard = finish_edges(alpha, Edges(contrast=1, threshold=0.75))
    assert set(np.unique(hard)) == {0, 1}
    assert (hard == (alpha >= 0.75)).all()
    half = finish_edges(alpha, Edges(contrast=0.5))
    assert half[np.isclose(alpha, 0.5)] == pytest.approx(0.5)
    assert ((half > 0) & (half < 1)).sum() < 0.6 * ((alpha > 0) & (alpha < 1)).sum()


@pytest.mark.parametrize(
    "edges", [Edges(contrast=0.9, threshold=0), Edges(contrast=1, threshold=1)]
)
def test_contrast_leaves_what_is_sure(edges: Edges) -> None:
    alpha = _disc()
    found = finish_edges(alpha, edges)
    assert (found[alpha == 0] == 0).all()
    assert (found[alpha == 1] == 1).all()


@pytest.mark.parametrize("sigma", [1.5, 3, 12.5, 20, 45])
def test_feather_is_a_gaussian(sigma: float) -> None:
    alpha = _disc(soft=1)
    expected = gaussian(alpha, sigma, mode="nearest", truncate=6)
    assert np.abs(finish_edges(alpha, Edges(feather=sigma)) - expected).max() < 0.04


def test_smooth_evens_out_bumps_and_keeps_a_straight_edge() -> None:
    straight = np.zeros((100, 120), np.float32)
    straight[:, 60:] = 1
    assert np.abs(finish_edges(straight, Edges(smooth=4)) - straight).max() < 0.3
    ragged = straight.copy()
    ragged[::4, 56:60] = 1
    found = finish_edges(ragged, Edges(smooth=4))
    columns = found[20:-20].sum(1)
    assert np.ptp(columns) < 0.5, "the teeth are four pixels long"


def test_specks_below_a_size_go_and_others_stay() -> None:
    alpha = _disc()
    alpha[5:8, 5:8] = 0.4
    alpha[180:190, 10:20] = 1
    found = finish_edges(alpha, Edges(specks=10))
    assert (found[5:8, 5:8] == 0).all()
    assert (found[180:190, 10:20] == 1).all()
    assert (finish_edges(alpha, Edges(specks=101)) == _disc()).all()
    assert alpha[6, 6] == np.float32(0.4), "the input is left alone"


def test_holes_below_a_size_are_filled_but_not_the_background() -> None:
    alpha = _disc()
    alpha[98:102, 118:122] = 0.2
    alpha[80:90, 100:110] = 0
    found = finish_edges(alpha, Edges(holes=20))
    assert (found[98:102, 118:122] == 1).all()
    assert (found[80:90, 100:110] == 0).all()
    corner = np.ones((50, 50), np.float32)
    corner[:3, :3] = 0
    assert (finish_edges(corner, Edges(holes=1000)) == corner).all(), "a corner is no hole"


@pytest.mark.parametrize("shape", [(1, 1), (1, 10000), (10000, 1), (2, 3)])
@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_odd_shapes_are_taken(shape: tuple[int, int], value: float) -> None:
    edges = Edges(specks=4, holes=4, smooth=2, shift=-1.5, feather=3, contrast=0.5)
    found = finish_edges(np.full(shape, value, np.float32), edges)
    assert found.shape == shape
    assert found.dtype == np.float32
    assert 0 <= found.min() <= found.max() <= 1


@pytest.mark.parametrize("pixels", [1, 2, 3, 8, 13, 33])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_shift_is_as_many_steps_of_a_pixel_at_the_border_too(pixels: int, sign: int) -> None:
    noise = np.random.default_rng(pixels).random((40, 60)).astype(np.float32)
    noise[noise < 0.97] = 0
    wanted = noise if sign > 0 else 1 - noise
    for step in range(pixels):
        diagonal = step % 2 == 1
        cross = np.array([[diagonal, 1, diagonal], [1, 1, 1], [diagonal, 1, diagonal]], bool)
        wanted = dilation(wanted, cross, mode="min")
    found = finish_edges(noise, Edges(shift=sign * pixels))
    assert (found == (wanted if sign > 0 else 1 - wanted)).all()


EDGES = [
    Edges(specks=40),
    Edges(holes=40),
    Edges(specks=9, holes=30, smooth=3, shift=2.5),
    Edges(feather=5),
    Edges(feather=17),
    Edges(shift=-20, feather=70, contrast=0.4),
]


@pytest.mark.parametrize("edges", EDGES)
@pytest.mark.parametrize("selection", [None, Box(30, 25, 190, 180)])
def test_a_part_is_what_is_there_in_the_whole(edges: Edges, selection: Box | None) -> None:
    alpha = _disc()
    specks = np.random.default_rng(0).random(alpha.shape)
    alpha[specks < 0.01] = 1
    alpha[specks > 0.99] = 0
    whole = finish_edges(alpha, edges, selection)
    finish = Finish(alpha, selection)
    for part in (Box(0, 0, 50, 60), Box(101, 73, 143, 140), Box(190, 150, 240, 200)):
        assert (finish.finished(edges, part) == whole[part.rows_and_columns]).all()


def test_parts_are_those_of_scikit_image() -> None:
    for threshold in (60, 110, 160):
        mask = data.camera() > threshold
        expected = label(mask, connectivity=2)
        found = runs(mask)
        theirs = expected.ravel()[found.start]
        assert len(np.unique(found.part)) == expected.max()
        assert len(set(zip(found.part.tolist(), theirs.tolist(), strict=True))) == expected.max()
        assert (found.areas == np.bincount(expected.ravel())[theirs]).all()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"shift": 51}, "shift cannot be 51"),
        ({"contrast": -0.1}, "contrast cannot be -0.1"),
        ({"feather": "wide"}, 'feather must be a number, not "wide"'),
        ({"specks": float("nan")}, "specks cannot be nan"),
        ({"smooth": True}, 'smooth must be a number, not "True"'),
        ({"glow": 1}, 'no edge control "glow"'),
    ],
)
def test_a_wrong_value_is_refused_in_a_sentence(values: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Edges.of(values)
