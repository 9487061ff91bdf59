"""Makes the before/after pictures with localmatte itself, and takes in the editors' windows.

Run `python docs/pictures.py` where localmatte and scikit-image are installed. The tests of the
editors' windows shoot them; `python docs/pictures.py --windows FOLDER` takes those pictures from
the folder `screenshots` of the tests' workspace.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

HERE = Path(__file__).parent

PHOTOS = ("astronaut", "chelsea", "coffee")
"""Photographs that scikit-image ships: NASA (public domain), Stéfan van der Walt (CC0),
Rachel Michetti (CC0)."""

HAIR = (130, 0, 290, 130)
"""Where the hair is in the first of them."""

HEIGHT = 300
SQUARE = 12

PARTS = {
    "gimp-set-up.png": (340, 285, 940, 515),
    "gimp-set-up-progress.png": (340, 285, 940, 540),
    "krita-set-up.png": (470, 255, 1280, 560),
    "krita-set-up-progress.png": (1012, 360, 1280, 765),
}
"""What is shown of a window's picture, as left, upper, right and lower, if not all of it."""

COLOURS = 128
"""In a picture of a part, so that it stays small."""


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


def side_by_side(photo: Image.Image, mask: Image.Image, marked: Image.Image) -> Image.Image:
    """What somebody marked, and what came of it, on a checkerboard."""
    after = checkerboard(*photo.size)
    after.paste(photo, mask=mask)
    sheet = Image.new("RGB", (photo.width * 2 + 8, photo.height), "white")
    sheet.paste(marked, (0, 0))
    sheet.paste(after, (photo.width + 8, 0))
    return sheet.resize((round(sheet.width * HEIGHT / photo.height), HEIGHT))


def seen(photo: Image.Image, mask: Image.Image) -> Image.Image:
    """A photo with what its mask hides under a red veil, as the editors' previews have it."""
    veiled = photo.convert("RGB")
    veil = mask.point(lambda level: (255 - level) * 3 // 5)
    veiled.paste(Image.new("RGB", photo.size, "#ff0000"), mask=veil)
    return veiled


def matte_of(photo: Image.Image, **options: Any) -> Image.Image:
    """The matte of a photo."""
    import localmatte

    return Image.fromarray(np.rint(localmatte.matte(photo, **options) * 255).astype(np.uint8))


def clicked(photo: Image.Image) -> Image.Image:
    """The rocket is kept by clicks, a tower removed by others."""
    from localmatte.options import Prompts

    keep, remove = ((322, 170), (322, 300)), ((449, 250), (452, 385))
    marked = seen(photo, matte_of(photo, model="isnet-fp16"))
    draw = ImageDraw.Draw(marked)
    for points, colour in ((keep, "#26a269"), (remove, "#c01c28")):
        for x, y in points:
            draw.ellipse((x - 11, y - 11, x + 11, y + 11), colour, "white", 3)
    prompts = Prompts(keep=keep, remove=remove)
    return side_by_side(photo, matte_of(photo, model="isnet-fp16", prompts=prompts), marked)


def painted(photo: Image.Image) -> Image.Image:
    """Fur that was missing is painted white, and what is too much black."""
    import localmatte

    before = matte_of(photo)
    mask, marked = before.copy(), seen(photo, before)
    for line, value in (
        ([(15, 120), (30, 200), (60, 275), (180, 290)], 255),
        ([(400, 60), (400, 290)], 0),
    ):
        ImageDraw.Draw(mask).line(line, value, 64, "curve")
        ImageDraw.Draw(marked).line(line, "#ffffff" if value else "#000000", 64, "curve")
    shown = Image.blend(seen(photo, before), marked, 0.6)
    found = localmatte.finish_painted(photo, np.asarray(mask), np.asarray(before))
    return side_by_side(photo, Image.fromarray(found), shown)


def selected(photo: Image.Image) -> Image.Image:
    """A flag that was shown in part is removed by a rough selection."""
    from localmatte.refine.painted import finish_selected

    before = matte_of(photo)
    around = [(-2, 180), (70, 180), (58, 300), (24, 370), (30, 420), (50, 514), (-2, 514)]
    area = Image.new("L", photo.size)
    ImageDraw.Draw(area).polygon(around, 255)
    marked = seen(photo, before)
    draw = ImageDraw.Draw(marked)
    draw.line([*around, around[0]], "white", 5, "curve")
    draw.line([*around, around[0]], "black", 2, "curve")
    planes = (np.asarray(plane) for plane in (photo, before, area))
    found = finish_selected(*planes, keep=False)
    return side_by_side(photo, Image.fromarray(found), marked)


def commands() -> None:
    """Write the pictures of what is done by hand."""
    from skimage import data

    for name, make, source in (
        ("click", clicked, data.rocket()),
        ("paint", painted, data.chelsea()),
        ("select", selected, data.astronaut()),
    ):
        make(Image.fromarray(source)).save(HERE / f"{name}.jpg", quality=88)


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
    """Write anew those of the editors' pictures here that a folder has."""
    for name in sorted({path.name for path in HERE.glob("*.png")} | set(PARTS)):
        if not (folder / name).is_file():
            continue
        picture = Image.open(folder / name).convert("RGB")
        if name in PARTS:
            picture = picture.crop(PARTS[name])
            picture = picture.quantize(COLOURS, dither=Image.Dither.NONE)
        picture.save(HERE / name, optimize=True)


def main() -> None:
    """Make what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=Path, metavar="FOLDER", help="take these in instead")
    folder = parser.parse_args().windows
    if folder:
        windows(folder)
    else:
        before_after()
        commands()


if __name__ == "__main__":
    main()
