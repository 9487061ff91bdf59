"""The yardstick's own pictures: their kinds, two halves that are apart, fur."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tests.quality import fur
from tests.quality.scenes import SHAPES, SPLITS, STAMPS, composites, split_of


def _disc(side: int, grain: float) -> Image.Image:
    """A disc of one colour, with the grain that a photograph of it has."""
    random = np.random.default_rng(0)
    plane = 120 + random.normal(0, grain, (side, side, 3))
    cut = Image.fromarray(plane.clip(0, 255).astype(np.uint8)).convert("RGBA")
    alpha = Image.new("L", (side, side))
    ImageDraw.Draw(alpha).ellipse([10, 10, side - 10, side - 10], fill=255)
    cut.putalpha(alpha)
    return cut


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph of an animal, and two drawings of which one is too small."""
    folder = tmp_path_factory.mktemp("packages")
    for name, side, grain in (
        ("animals/photo0", 150, 9),
        ("animals/drawing0", 300, 0),
        ("animals/drawing1", 150, 0),
    ):
        path = (folder / STAMPS / name).with_suffix(".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        _disc(side, grain).save(path)
    return folder


def _stamped(packages: Path, rounds: int = 1) -> list[str]:
    """The names of the pictures of stamps; the first ones of a split."""
    found = []
    for split in SPLITS:
        for pair in composites(packages, split, rounds=rounds):
            if pair.group in SHAPES:
                break
            found.append(pair.name)
    return found


def test_photographs_are_treated_in_each_way_and_small_drawings_left_out(packages: Path) -> None:
    assert sorted(_stamped(packages)) == [
        "animals_photo0_0",
        "animals_photo0_1",
        "blurred_photo0_3",
        "drawings_drawing0_0",
        "fur_photo0_2",
    ]


def test_another_round_has_the_same_pictures_and_others(packages: Path) -> None:
    once, twice = set(_stamped(packages)), set(_stamped(packages, rounds=2))
    assert once < twice
    assert len(twice) == 2 * len(once)


def test_the_parts_of_a_split_are_the_split(packages: Path) -> None:
    whole = [pair.name for pair, _ in zip(composites(packages, "test"), range(4), strict=False)]
    parts: list[str] = []
    for number in range(4):
        parts.append(next(composites(packages, "test", (number, 4))).name)
    assert parts == whole


def test_a_subject_is_in_one_split_whatever_is_done_to_it(packages: Path) -> None:
    for split in SPLITS:
        for pair, _ in zip(composites(packages, split), range(6), strict=False):
            assert split_of(pair.name.split("_", 1)[1].rsplit("_", 1)[0]) == split


def test_fur_grows_outwards_and_hides_nothing() -> None:
    cut = _disc(200, 9)
    coat = fur.grown(cut, np.random.default_rng(3))
    margin = (coat.width - cut.width) // 2
    before, after = _alpha(cut), _alpha(coat)
    inner = after[margin:-margin, margin:-margin]
    assert (inner >= before).all()
    assert after.sum() > 1.01 * before.sum()
    soft = (after > 0.02) & (after < 0.98)
    assert soft.sum() > 500


def test_the_colours_of_fur_are_the_subjects() -> None:
    coat = np.asarray(fur.grown(_disc(200, 0), np.random.default_rng(3)))
    seen = coat[coat[..., 3] > 200][:, :3].astype(int)
    assert np.abs(np.ptp(seen, axis=1)).max() <= 2
    assert seen.min() >= 120 * 0.7 - 2
    assert seen.max() <= 120 * 1.3 + 2


def _alpha(image: Image.Image) -> NDArray[np.float64]:
    return np.asarray(image.getchannel("A")) / 255
