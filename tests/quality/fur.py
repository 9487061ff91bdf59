"""Fur that is grown on a cut-out: strands from its edge outwards, in the colours beneath them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Random = np.random.Generator

FINE = 3
"""Strands are drawn so many times as large, then averaged."""

LENGTHS = (0.015, 0.07)
"""A coat's longest strands, beside the cut-out's longer side."""

DENSITY = (0.3, 1.5)
"""Strands a pixel of the edge."""

JOINTS = 7
"""Points of a strand."""


def grown(cut: Image.Image, random: Random) -> Image.Image:
    """The cut-out with fur; larger by the fur's length on every side.

    Args:
        cut: Mode RGBA, as large as it will be shown.
        random: Decides about the coat.
    """
    longest = max(3.0, random.uniform(*LENGTHS) * max(cut.size))
    margin = round(longest) + 2
    canvas = Image.new("RGBa", (cut.width + 2 * margin, cut.height + 2 * margin))
    canvas.paste(cut.convert("RGBa"), (margin, margin))
    roots, outwards, colours = _roots(canvas, longest, random)
    bend, lie = random.uniform(0.2, 1.2), random.uniform(0, 2 * np.pi)
    size = (canvas.width * FINE, canvas.height * FINE)
    coat = Image.new("RGBA", size)
    pen = ImageDraw.Draw(coat)
    lengths = longest * random.uniform(0.25, 1, len(roots))
    turns = outwards + random.normal(0, 0.35, len(roots))
    # The coat lies to one side, as hair falls.
    curls = bend * np.sin(lie - turns) + random.normal(0, 0.3, len(roots))
    widths = random.integers(1, 2 * FINE, len(roots))
    along = np.linspace(-0.3, 1, JOINTS)
    for root, turn, curl, length, width, colour in zip(
        roots, turns, curls, lengths, widths.tolist(), colours, strict=True
    ):
        angles = turn + curl * along.clip(0)
        points = (root + length * along[:, None] * np.c_[np.cos(angles), np.sin(angles)]) * FINE
        joints = [tuple(point) for point in points.tolist()]
        shade = (*colour.tolist(), 255)
        pen.line(joints[:4], fill=shade, width=width)
        pen.line(joints[3:], fill=shade, width=max(1, width // 2))
    # Averaged through premultiplied alpha, so that nothing hidden bleeds into the edge.
    fine = coat.convert("RGBa").reduce(FINE).convert("RGBA")
    return Image.alpha_composite(fine, canvas.convert("RGBA"))


def _roots(
    canvas: Image.Image, longest: float, random: Random
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8]]:
    """Where strands begin (x, y), which way is out (radians), and their colours (3 of uint8)."""
    alpha = np.asarray(canvas.getchannel("a"), np.float32) / 255
    soft = canvas.getchannel("a").filter(ImageFilter.GaussianBlur(max(2.0, longest / 3)))
    slopes: list[NDArray[np.float32]] = list(np.gradient(np.asarray(soft, np.float32)))
    down, across = slopes
    inside = alpha > 0.5
    line = inside & ~np.asarray(
        Image.fromarray(inside.astype(np.uint8) * 255).filter(ImageFilter.MinFilter(3)), bool
    )
    places = np.argwhere(line)
    count = int(len(places) * random.uniform(*DENSITY))
    y, x = places[random.integers(len(places), size=count)].T
    outwards = np.arctan2(-down[y, x], -across[y, x])
    # The colour is taken from within, where no old background shines through.
    depth = random.uniform(2, 6, count)
    inner_y = np.rint(y - depth * np.sin(outwards)).astype(int).clip(0, alpha.shape[0] - 1)
    inner_x = np.rint(x - depth * np.cos(outwards)).astype(int).clip(0, alpha.shape[1] - 1)
    solid = alpha[inner_y, inner_x] > 0.9
    plain = np.asarray(canvas.convert("RGBA"))[inner_y, inner_x, :3][solid].astype(np.float64)
    shaded = plain * random.uniform(0.7, 1.3, (len(plain), 1))
    roots = np.c_[x, y][solid].astype(np.float64)
    return roots, outwards[solid], np.rint(shaded.clip(0, 255)).astype(np.uint8)
