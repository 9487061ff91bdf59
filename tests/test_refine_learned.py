"""Tiles for a network that refines edges: where they lie, what they hold, how they are joined."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from localmatte.errors import CancelledError
from localmatte.progress import CancelToken
from localmatte.refine.learned import FAITHFUL, MARGINS, refined, tiles

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

SIDE = 128
MARGIN = SIDE // MARGINS


def edge(height: int, width: int) -> tuple[Floats, Mask]:
    """Alpha of a disc that is larger than a few tiles, and the ring in which it is unknown."""
    rows, columns = np.mgrid[:height, :width]
    away = np.hypot(rows - height / 2, columns - width / 2) - 0.4 * min(height, width)
    return (away < 0).astype(np.float32), np.abs(away) < 8


def picture(height: int, width: int) -> NDArray[np.uint8]:
    """One of which no two parts are alike."""
    rgb = np.random.default_rng(5).integers(0, 256, (height, width, 3))
    return rgb.astype(np.uint8)


def red(tile: NDArray[np.uint8], trimap: Floats) -> Floats:
    """A network that finds the red channel, and repeats what its trimap is sure of."""
    found = tile[..., 0].astype(np.float32) / np.float32(255)
    return np.where(trimap == 0.5, found, trimap)


@pytest.mark.parametrize("seed", range(20))
def test_all_that_is_unknown_lies_in_a_tile_with_room_around_it(seed: int) -> None:
    random = np.random.default_rng(seed)
    height, width = random.integers(20, 700, 2)
    unknown = random.random((height, width)) < random.choice([0.00005, 0.001, 0.5])
    boxes = tiles(unknown, SIDE)
    held = np.zeros_like(unknown)
    for box in boxes:
        assert (box.right - box.left, box.bottom - box.top) == (min(SIDE, width), min(SIDE, height))
        assert min(box.left, box.top) >= 0
        assert box.right <= width
        assert box.bottom <= height
        inner = unknown[box.rows_and_columns]
        assert inner.any()
        left, right = (MARGIN * (edge not in (0, width)) for edge in (box.left, box.right))
        top, bottom = (MARGIN * (edge not in (0, height)) for edge in (box.top, box.bottom))
        held[box.top + top : box.bottom - bottom, box.left + left : box.right - right] = True
    assert held[unknown].all()


def test_tiles_lie_only_along_the_edge() -> None:
    _, unknown = edge(2000, 2000)
    everywhere = len(tiles(np.ones_like(unknown), SIDE))
    assert len(tiles(unknown, SIDE)) < everywhere / 3


@pytest.mark.parametrize(("height", "width"), [(500, 700), (90, 300), (100, 100), (30, 7)])
def test_each_pixel_gets_what_the_network_found_there(height: int, width: int) -> None:
    alpha, unknown = edge(height, width)
    rgb = picture(height, width)
    before = alpha.copy()
    result, refused = refined(rgb, alpha, unknown, SIDE, red)
    assert refused == 0
    assert (result[~unknown] == alpha[~unknown]).all()
    np.testing.assert_allclose(result[unknown], rgb[unknown][:, 0] / 255, atol=1e-6)
    assert (alpha == before).all()


def test_a_tile_has_the_pictures_own_pixels_and_a_trimap_of_three_values() -> None:
    alpha, unknown = edge(300, 400)
    rgb = picture(300, 400)
    asked: list[tuple[NDArray[np.uint8], Floats]] = []

    def infer(tile: NDArray[np.uint8], trimap: Floats) -> Floats:
        asked.append((tile.copy(), trimap.copy()))
        return red(tile, trimap)

    refined(rgb, alpha, unknown, SIDE, infer)
    for (tile, trimap), box in zip(asked, tiles(unknown, SIDE), strict=True):
        here = box.rows_and_columns
        assert (tile == rgb[here]).all()
        assert ((trimap == 0.5) == unknown[here]).all()
        assert (trimap[~unknown[here]] == alpha[here][~unknown[here]]).all()
        assert trimap.dtype == np.float32


def test_a_small_picture_is_mirrored_and_not_stretched() -> None:
    alpha, unknown = edge(50, 40)
    rgb = picture(50, 40)
    asked = []

    def infer(tile: NDArray[np.uint8], trimap: Floats) -> Floats:
        asked.append((tile, trimap))
        return red(tile, trimap)

    refined(rgb, alpha, unknown, SIDE, infer)
    [(tile, trimap)] = asked
    padding = (0, SIDE - 50), (0, SIDE - 40)
    assert (tile == np.pad(rgb, (*padding, (0, 0)), "symmetric")).all()
    known = np.where(unknown, 0.5, alpha)
    assert (trimap == np.pad(known, padding, "symmetric")).all()


def test_tiles_that_disagree_meet_without_a_seam() -> None:
    unknown = np.ones((SIDE, 700), bool)
    alpha = np.full(unknown.shape, 0.5, np.float32)
    answers = itertools.cycle([0.2, 0.8])
    result, _ = refined(
        picture(*unknown.shape),
        alpha,
        unknown,
        SIDE,
        lambda tile, trimap: np.full_like(trimap, next(answers)),
    )
    assert result.min() == pytest.approx(0.2)
    assert result.max() == pytest.approx(0.8)
    steps = np.abs(np.diff(result, axis=1))
    # A cosine over two margins is at its steepest by half of pi over its width.
    assert 0 < steps.max() <= 0.6 * np.pi / 2 / (2 * MARGIN) * 1.01
    assert np.abs(np.diff(result, axis=0)).max() < 1e-6


@pytest.mark.parametrize("value", [0, 1])
def test_a_tile_that_is_not_as_its_trimap_says_is_not_used(value: int) -> None:
    alpha, unknown = edge(300, 300)
    alpha[unknown] = 0.25

    def wrong(tile: NDArray[np.uint8], trimap: Floats) -> Floats:
        # A little more than is forgiven, on one side of the edge alone.
        off = (FAITHFUL * 1.2) * (1 - 2 * value)
        return np.where(trimap == value, np.float32(value + off), red(tile, trimap))

    boxes = tiles(unknown, SIDE)
    result, refused = refined(picture(300, 300), alpha, unknown, SIDE, wrong)
    assert refused == len(boxes)
    assert (result == alpha).all()


def test_one_wrong_tile_leaves_the_others_as_they_are() -> None:
    alpha, unknown = edge(400, 400)
    alpha[unknown] = 0.25
    calls = itertools.count()
    result, refused = refined(
        picture(400, 400),
        alpha,
        unknown,
        SIDE,
        lambda tile, trimap: 1 - trimap if next(calls) == 1 else np.where(trimap == 0.5, 1, trimap),
    )
    assert refused == 1
    assert result.min() == 0
    assert (result[unknown] >= 0.25).all()
    assert (result[unknown] == 0.25).any()
    assert (result[unknown] > 0.999).any()


def test_a_cancel_ends_it_between_tiles() -> None:
    alpha, unknown = edge(400, 400)
    cancel, runs = CancelToken(), []

    def infer(tile: NDArray[np.uint8], trimap: Floats) -> Floats:
        runs.append(1)
        cancel.cancel()
        return red(tile, trimap)

    with pytest.raises(CancelledError):
        refined(picture(400, 400), alpha, unknown, SIDE, infer, cancel=cancel)
    assert len(runs) == 1


def test_each_tile_is_announced_with_the_time_that_is_left() -> None:
    alpha, unknown = edge(300, 300)
    told: list[tuple[float, str]] = []
    paces = itertools.chain([0.0], itertools.repeat(7.5))
    count = len(tiles(unknown, SIDE))
    refined(
        picture(300, 300),
        alpha,
        unknown,
        SIDE,
        red,
        lambda: next(paces),
        lambda done, stage: told.append((done, stage)),
    )
    assert [done for done, _ in told] == [number / count for number in range(count)]
    assert told[0][1] == f"Refining the edges: tile 1 of {count}"
    assert told[-1][1] == f"Refining the edges: tile {count} of {count}, about 7.5 s left"
    assert told[-2][1].endswith("about 15 s left")


def test_where_all_is_known_no_network_runs() -> None:
    alpha, unknown = edge(300, 300)

    def infer(tile: NDArray[np.uint8], trimap: Floats) -> Floats:
        raise AssertionError

    result, refused = refined(picture(300, 300), alpha, unknown & False, SIDE, infer)
    assert (result == alpha).all()
    assert refused == 0


def test_memory_is_taken_for_one_tile_at_a_time() -> None:
    alpha, unknown = edge(1500, 1500)
    rgb = picture(1500, 1500)
    assert len(tiles(unknown, SIDE)) > 30
    tracemalloc.start()
    refined(rgb, alpha, unknown, SIDE, red)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < alpha.nbytes + 60 * SIDE * SIDE
