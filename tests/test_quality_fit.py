"""The fit of what is believed where, on made samples with a known answer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.quality.fit import Loss, Sample, fitted


def _samples(count: int = 6, pixels: int = 400) -> list[Sample]:
    """The first of two mattes is right where the third feature is negative, else the second."""
    random = np.random.default_rng(0)
    found = []
    for _ in range(count):
        features = random.random((pixels, 4), np.float32)
        features[:, 2] -= np.float32(0.5)
        truth = np.where(features[:, 2] < 0, features[:, 0], features[:, 1])
        missing = float(np.abs(features[:, 0] - truth).sum())
        weights = np.ones((2, pixels), np.float32)
        found.append(
            Sample(("made", "none"), True, features, truth, weights, (missing, missing), 2)
        )
    return found


def _mixed(numbers: dict[str, NDArray[Any]], features: NDArray[Any]) -> NDArray[Any]:
    values = (features - numbers["mean"]) / numbers["deviation"]
    for name in ("first", "second"):
        values = np.tanh(values @ numbers[name].T + numbers[f"{name} bias"])
    share = 1 / (1 + np.exp(-(values @ numbers["third"].T + numbers["third bias"])[:, 0]))
    return np.asarray(features[:, 0] + share * (features[:, 1] - features[:, 0]))


def test_a_fit_finds_which_matte_is_right_where() -> None:
    seen = _samples()
    numbers = fitted(seen, steps=150)
    for sample in seen:
        off = np.abs(_mixed(numbers, sample.features) - sample.truth).sum()
        assert off < 0.25 * sample.errors[0]


def test_the_slope_is_that_of_the_loss() -> None:
    seen = _samples(count=3, pixels=40)
    loss = Loss(seen)
    random = np.random.default_rng(1)
    alpha = random.random(120, np.float32)
    value, slope = loss(alpha)
    step = 1e-3 * random.random(120, np.float32)
    assert abs(loss(alpha + step)[0] - value - slope @ step) < 0.02 * abs(slope @ step) + 1e-5
