"""Subjects pasted small into large scenes: pictures with known alpha, made from two folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.refine.foreground import estimate_foreground
from tests.quality.pictures import Pair

SHARES = (0.02, 0.04, 0.06, 0.09)
"""Which parts of the frame the subjects fill, in turn."""

SIDE = 2400
"""The longer side of a picture, in pixels, unless its scene is smaller."""

GRAIN = 2.0
"""The standard deviation of the noise that both get, so that none tells them apart."""

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


def pasted(subjects: Iterable[Pair], scenes: Path) -> Iterator[Pair]:
    """Every subject before every scene, standing on the lower edge as those that are cut there.

    Args:
        subjects: Pictures whose alpha is known.
        scenes: A folder of large pictures without a subject of their own.

    Raises:
        ValueError: There are no scenes.
    """
    files = sorted(path for path in scenes.iterdir() if path.suffix.lower() in SUFFIXES)
    if not files:
        raise ValueError(f"There is no image in {scenes}.")
    random = np.random.default_rng(0)
    for number, pair in enumerate(subjects):
        alpha = np.rint(pair.truth * 255).astype(np.uint8)
        colours = estimate_foreground(pair.rgb, alpha)
        for turn, file in enumerate(files):
            with Image.open(file) as image:
                image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
                scene = np.asarray(image.convert("RGB"))
            share = SHARES[(number + turn) % len(SHARES)]
            rgb, truth = _paste(scene, colours, alpha, share, random)
            yield Pair(f"small_{share * 100:.0f}_{pair.name}_{file.stem}", rgb, truth)


def _paste(
    scene: NDArray[np.uint8],
    colours: NDArray[np.uint8],
    alpha: NDArray[np.uint8],
    share: float,
    random: np.random.Generator,
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    height, width = scene.shape[:2]
    rows, columns = alpha.shape
    scale = (share * height * width * 255 / alpha.sum(dtype=np.float64)) ** 0.5
    # What stands out of a scene that is too low or too narrow would be cut off.
    scale = min(scale, height / rows, width / columns)
    size = max(1, int(columns * scale)), max(1, int(rows * scale))
    small = Image.fromarray(alpha).resize(size, Image.Resampling.BOX)
    front = Image.fromarray(colours).resize(size, Image.Resampling.BOX)
    left = int((width - size[0]) * random.uniform(0.1, 0.9))
    place = np.s_[height - size[1] :, left : left + size[0]]
    truth = np.zeros((height, width), np.float32)
    truth[place] = np.asarray(small, np.float32) / np.float32(255)
    rgb = scene.astype(np.float32)
    rgb[place] += truth[place][..., None] * (np.asarray(front, np.float32) - rgb[place])
    rgb += random.normal(0, GRAIN, rgb.shape)
    return np.rint(rgb.clip(0, 255)).astype(np.uint8), truth
