"""Mattes as samples of another type: exact, of every shape, and in little memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from localmatte.imaging.pixels import BLOCK_VALUES, quantised

WIDE = 3 * BLOCK_VALUES


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
@pytest.mark.parametrize("shape", [(), (0,), (0, 5), (5, 0), (7, 3), (1, WIDE), (WIDE, 1)])
def test_every_sample_is_the_nearest(shape: tuple[int, ...], dtype: type[np.integer]) -> None:
    values = np.asarray(np.random.default_rng(0).random(shape, np.float32))
    found = quantised(values, dtype)
    assert found.shape == shape
    assert found.dtype == dtype
    exact = values.astype(np.float64) * np.iinfo(dtype).max
    # A product of float32 has 24 bits.
    assert (abs(found - exact) <= 0.5 + exact * 2.0**-24).all()


def test_a_large_matte_needs_little_more_than_its_samples() -> None:
    matte = np.full((6000, 4000), 0.5, np.float32)
    tracemalloc.start()
    samples = quantised(matte)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < samples.nbytes + 16 * BLOCK_VALUES
