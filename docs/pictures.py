"""Makes the before/after pictures with localmatte itself, and takes in the editors' windows.

Run `python docs/pictures.py` where localmatte and scikit-image are installed. The tests of the
editors' windows shoot them; `python docs/pictures.py --windows FOLDER` takes those pictures from
the folder `screenshots` of the tests' workspace.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent

PHOTOS = ("astronaut", "chelsea", "coffee")
"""Photographs that scikit-image ships: NASA (public domain), Stéfan van der Walt (CC0),
Rachel Michetti (CC0)."""

HAIR = (130, 0, 290, 130)
"""Where the hair is in the first of them."""

HEIGHT = 300
SQUARE = 12


def checkerboard(width: int, height: int) -> Image.Image:
    """What editors show behind transparency."""
    rows, columns = np.indices((height, width)) // SQUARE
    return Image.fromarray(np.where((rows + columns) % 2, 204, 255).astype(np.uint8)).convert("RGB")


def pair(photo: Image.Image) -> Image.Image:
    """A photo above its cut-out."""
    import localmatte

    cut = localmatte.cutout(photo)
    after = checkerboard(*photo.size)
    after.paste(cut, mask=cut)
    both = Image.new("RGB", (photo.width, photo.height * 2), "white")
    both.paste(photo, (0, 0))
    both.paste(after, (0, photo.height))
    return both.resize((round(photo.width * HEIGHT / photo.height), HEIGHT * 2))


def close_up(photo: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """A part of a photo; its enlarged matte alone, before green; the same refined and cleaned."""
    import localmatte

    plain = localmatte.cutout(photo, clean_colours=False, refine=False)
    panels = [photo]
    for cut in (plain, localmatte.cutout(photo)):
        green = Image.new("RGB", photo.size, "#2e8b57")
        green.paste(cut, mask=cut)
        panels.append(green)
    width, height = (3 * (box[2] - box[0]), 3 * (box[3] - box[1]))
    sheet = Image.new("RGB", (3 * (width + 8) - 8, height), "white")
    for column, panel in enumerate(panels):
        part = panel.crop(box).resize((width, height), Image.Resampling.LANCZOS)
        sheet.paste(part, (column * (width + 8), 0))
    return sheet


def before_after() -> None:
    """Write docs/before-after.jpg and docs/edges.jpg."""
    from skimage import data

    pairs = [pair(Image.fromarray(getattr(data, name)())) for name in PHOTOS]
    sheet = Image.new("RGB", (sum(p.width + 8 for p in pairs) - 8, HEIGHT * 2), "white")
    left = 0
    for picture in pairs:
        sheet.paste(picture, (left, 0))
        left += picture.width + 8
    sheet.save(HERE / "before-after.jpg", quality=90)
    hair = close_up(Image.fromarray(data.astronaut()), HAIR)
    hair.save(HERE / "edges.jpg", quality=90)


def windows(folder: Path) -> None:
    """Write docs/gimp-*.png anew from the pictures of those names in a folder."""
    for path in sorted(HERE.glob("gimp-*.png")):
        Image.open(folder / path.name).convert("RGB").save(path, optimize=True)


def main() -> None:
    """Make what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=Path, metavar="FOLDER", help="take these in instead")
    folder = parser.parse_args().windows
    if folder:
        windows(folder)
    else:
        before_after()


if __name__ == "__main__":
    main()
