"""Pictures whose alpha is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ALPHA = ".alpha.png"


@dataclass(frozen=True)
class Pair:
    """A picture and its truth.

    Attributes:
        name: The file's, without suffix.
        rgb: H×W×3 uint8.
        truth: H×W float32 in 0..1.
    """

    name: str
    rgb: NDArray[np.uint8]
    truth: NDArray[np.float32]

    @property
    def group(self) -> str:
        """The set that it belongs to: its name up to the first underscore."""
        return self.name.partition("_")[0]


def pairs(folder: Path) -> Iterator[Pair]:
    """Read a folder's pairs NAME.jpg and NAME.alpha.png, in the order of their names.

    Raises:
        ValueError: There are none, or a picture and its alpha differ in size.
    """
    found = sorted(folder.glob(f"*{ALPHA}"))
    if not found:
        raise ValueError(f"There is no NAME.jpg with NAME{ALPHA} in {folder}.")
    for path in found:
        name = path.name.removesuffix(ALPHA)
        with Image.open(path.with_name(f"{name}.jpg")) as image:
            rgb = np.asarray(image.convert("RGB"))
        with Image.open(path) as image:
            truth = np.asarray(image.convert("L"), np.float32) / np.float32(255)
        if rgb.shape[:2] != truth.shape:
            raise ValueError(f"{name}: the image and its alpha have different sizes.")
        yield Pair(name, rgb, truth)


def made() -> Iterator[Pair]:
    """A few pictures made up from scikit-image's photographs: a spiky disc before gravel."""
    from skimage import data

    gravel = np.dstack([data.gravel()] * 3)
    for name, size in (("wide", (1200, 900)), ("tall", (900, 1200))):
        rgb, truth = spiky_disc(data.coffee(), gravel, *size)
        yield Pair(f"made_{name}", rgb, truth)


def spiky_disc(
    subject: NDArray[np.uint8],
    scene: NDArray[np.uint8],
    width: int,
    height: int,
    spikes: int = 50,
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A disc with soft spikes, of one photo's colours before another: with its alpha.

    Returns:
        height×width×3 uint8, and height×width float32 in 0..1.
    """
    y, x = np.mgrid[:height, :width].astype(np.float32)
    dx, dy = (x - width / 2) / height, (y - height / 2) / height
    edge = 0.27 + 0.035 * np.sin(np.arctan2(dy, dx) * spikes)
    alpha = np.clip((edge - np.hypot(dx, dy)) * height / 4 + 0.5, 0, 1).astype(np.float32)
    front = np.asarray(Image.fromarray(subject).resize((width, height)), np.float32) * 0.4
    behind = np.asarray(Image.fromarray(scene).resize((width, height)), np.float32)
    mixed = front * alpha[..., None] + (160 + behind * 0.35) * (1 - alpha[..., None])
    return np.rint(np.clip(mixed, 0, 255)).astype(np.uint8), alpha
