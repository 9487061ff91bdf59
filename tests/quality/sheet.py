"""A contact sheet: each picture beside its truth, the plain and the refined matte, the error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Floats = NDArray[np.float32]

PANEL = 240
"""The longer side of one panel, in pixels."""

TITLES = ("picture", "truth", "plain", "localmatte", "error")
HEADING = 14
GAP = 4


@dataclass(frozen=True)
class Row:
    """One picture's panels: H×W×3 uint8, and three of H×W float32 in 0..1."""

    rgb: NDArray[np.uint8]
    truth: Floats
    plain: Floats
    ours: Floats

    def panels(self) -> list[Image.Image]:
        """The five panels in the order of TITLES, small."""
        error = np.abs(self.ours - self.truth)
        grey = (_grey(plane) for plane in (self.truth, self.plain, self.ours, error))
        panels = [Image.fromarray(self.rgb), *grey]
        for panel in panels:
            panel.thumbnail((PANEL, PANEL))
        return panels


def contact_sheet(rows: list[list[Image.Image]]) -> Image.Image:
    """All rows on one sheet, mode RGB."""
    heights = [max(panel.height for panel in row) + GAP for row in rows]
    sheet = Image.new("RGB", (len(TITLES) * (PANEL + GAP), HEADING + sum(heights)), "#404040")
    draw = ImageDraw.Draw(sheet)
    for column, title in enumerate(TITLES):
        draw.text((column * (PANEL + GAP), 1), title, fill="white")
    top = HEADING
    for row, height in zip(rows, heights, strict=True):
        for column, panel in enumerate(row):
            sheet.paste(panel, (column * (PANEL + GAP), top))
        top += height
    return sheet


def _grey(plane: Floats) -> Image.Image:
    return Image.fromarray(np.rint(plane * 255).astype(np.uint8))
