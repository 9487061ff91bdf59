"""The fit of what is believed where, on made samples with a known answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.quality.fit import Loss, Sample, fitted, folded, mixed, read, report, write


def _samples(count: int = 6, pixels: int = 400) -> list[Sample]:
    """The first of two mattes is right where the third feature is negative, else the second."""
    random = np.random.default_rng(0)
    found = []
    for number in range(count):
        features = random.random((pixels, 4), np.float32)
        features[:, 2] -= np.float32(0.5)
        truth = np.where(features[:, 2] < 0, features[:, 0], features[:, 1])
        missing = float(np.abs(features[:, 0] - truth).sum())
        weights = np.ones((2, pixels), np.float32)
        name = f"made_thing{number}_0"
        found.append(Sample(name, "none", True, features, truth, weights, (missing, missing), 2))
    return found


def test_a_fit_finds_which_matte_is_right_where() -> None:
    seen = _samples()
    numbers = fitted(seen, steps=150)
    for sample in seen:
        off = np.abs(mixed(numbers, sample) - sample.truth).sum()
        assert off < 0.25 * sample.errors[0]


def test_the_same_samples_give_the_same_numbers_also_out_of_a_file(tmp_path: Path) -> None:
    seen, file = _samples(), tmp_path / "samples.npz"
    write(file, seen)
    again = fitted(read(file), steps=5)
    assert all((again[name] == values).all() for name, values in fitted(seen, steps=5).items())
    assert [sample.subject for sample in read(file)] == [f"thing{n}" for n in range(len(seen))]


def test_what_a_fit_gives_is_shown_on_subjects_that_it_has_not_seen() -> None:
    """One subject is the opposite of all others: a fit to these makes it worse."""
    seen = _samples(count=12, pixels=200)
    odd = seen[0]
    other = np.where(odd.features[:, 2] < 0, odd.features[:, 1], odd.features[:, 0])
    missing = float(np.abs(odd.features[:, 0] - other).sum())
    seen[0] = Sample(
        odd.picture, "none", True, odd.features, other, odd.weights, (missing, missing), 2
    )
    ratios = folded(seen, folds=3, steps=100)
    assert ratios[0, 0] > 1.1
    assert (ratios[0, 1:] < 1).all()
    assert report(seen, ratios).startswith("none, 12 found: boundary -")
    assert report(seen, ratios).endswith("worse 8.3%")


def test_the_slope_is_that_of_the_loss() -> None:
    seen = _samples(count=3, pixels=40)
    loss = Loss(seen, np.array([0.5, 1, 1.5]))
    random = np.random.default_rng(1)
    alpha = random.random(120, np.float32)
    value, slope = loss(alpha)
    step = 1e-3 * random.random(120, np.float32)
    assert abs(loss(alpha + step)[0] - value - slope @ step) < 0.02 * abs(slope @ step) + 1e-5
