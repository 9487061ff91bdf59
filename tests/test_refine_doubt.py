"""What a network's matte leaves in doubt."""

from __future__ import annotations

import numpy as np
import pytest

from localmatte.refine.doubt import Doubt, Floats, comparable, doubt, sureness

SIDE = 320


def disc(x: float, y: float, radius: float, height: float = 1.0) -> Floats:
    """A disc with an edge of two pixels; places and radius as shares of the side."""
    rows, columns = np.mgrid[:SIDE, :SIDE] / SIDE
    inside = (radius - np.hypot(columns - x, rows - y)) * SIDE / 2 + 0.5
    return np.asarray(np.clip(inside, 0, 1) * height, np.float32)


ONE = disc(0.3, 0.5, 0.2)


@pytest.mark.parametrize(
    ("matte", "expected"),
    [
        (ONE, None),
        (np.maximum(ONE, disc(0.75, 0.5, 0.19)), Doubt.SEVERAL),
        (np.maximum(ONE, disc(0.75, 0.5, 0.04)), None),
        (np.maximum(ONE, disc(0.75, 0.5, 0.24, 0.55)), Doubt.UNCLEAR),
        (disc(0.5, 0.5, 0.3, 0.7), Doubt.UNCLEAR),
        (np.full_like(ONE, 0.6), Doubt.UNCLEAR),
        (np.maximum(ONE, disc(0.75, 0.5, 0.2, 0.4)), None),
        (np.zeros_like(ONE), None),
        (np.ones_like(ONE), None),
    ],
    ids=["one", "two", "speck", "pale-second", "pale", "veil", "haze", "nothing", "all"],
)
def test_a_matte_says_whether_the_user_had_better(matte: Floats, expected: Doubt | None) -> None:
    assert doubt(matte) is expected


def test_the_second_part_is_measured_by_the_first() -> None:
    assert comparable(ONE) == 0
    assert comparable(np.maximum(ONE, disc(0.75, 0.5, 0.1))) == pytest.approx(0.25, abs=0.02)


def test_a_soft_edge_is_no_doubt() -> None:
    rows, columns = np.mgrid[:SIDE, :SIDE] / SIDE
    soft = np.clip((0.25 - np.hypot(columns - 0.5, rows - 0.5)) * 30 + 0.5, 0, 1)
    assert sureness(soft.astype(np.float32)) > 0.99


def test_what_has_only_edges_is_no_doubt() -> None:
    assert sureness(disc(0.5, 0.5, 0.02, 0.6)) == 1
