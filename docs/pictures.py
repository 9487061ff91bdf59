"""Makes the README's before/after picture with localmatte itself.

Run `python docs/pictures.py` where localmatte and scikit-image are installed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

import localmatte

PHOTOS = ("astronaut", "chelsea", "coffee")
"""Photographs that scikit-image ships: NASA (public domain), Stéfan van der Walt (CC0),
Rachel Michetti (CC0)."""

HEIGHT = 300
SQUARE = 12


def checkerboard(width: int, height: int) -> Image.Image:
    """What editors show behind transparency."""
    rows, columns = np.indices((height, width)) // SQUARE
    return Image.fromarray(np.where((rows + columns) % 2, 204, 255).astype(np.uint8)).convert("RGB")


def pair(photo: Image.Image) -> Image.Image:
    """A photo above its cut-out."""
    cut = localmatte.cutout(photo)
    after = checkerboard(*photo.size)
    after.paste(cut, mask=cut)
    both = Image.new("RGB", (photo.width, photo.height * 2), "white")
    both.paste(photo, (0, 0))
    both.paste(after, (0, photo.height))
    return both.resize((round(photo.width * HEIGHT / photo.height), HEIGHT * 2))


def main() -> None:
    """Write docs/before-after.jpg."""
    pairs = [pair(Image.fromarray(getattr(data, name)())) for name in PHOTOS]
    sheet = Image.new("RGB", (sum(p.width + 8 for p in pairs) - 8, HEIGHT * 2), "white")
    left = 0
    for picture in pairs:
        sheet.paste(picture, (left, 0))
        left += picture.width + 8
    sheet.save(Path(__file__).with_name("before-after.jpg"), quality=90)


if __name__ == "__main__":
    main()
