"""Masks that are mended inside a selection: how near they come to the truth there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from localmatte.engine import Engine
from localmatte.imaging.geometry import Box
from localmatte.imaging.pixels import Raster
from localmatte.options import Options
from tests.quality.metrics import boundary, edge, sad
from tests.quality.pictures import Pair
from tests.quality.report import Result

Floats = NDArray[np.float32]
Place = tuple[int, int]

SELECTIONS = 3
"""So many are made in each picture, about pixels of the true edge."""

SIDE = 0.3
"""A selection's side, as a part of the subject's longer side."""

HURT = 0.2
"""The radius of what is missing of a hurt mask, or too much, as a part of the selection's side."""

MEASURES: dict[str, Callable[[Floats, Floats], float]] = {"boundary": boundary, "SAD": sad}


def mend(model: str, pictures: Iterable[Pair]) -> Iterator[Result]:
    """Figures inside the selections, of masks as they were and as they are afterwards."""
    engine = Engine()
    for pair in pictures:
        picture = Raster(pair.rgb)
        masks = {
            kind: engine.matte(picture, Options(model, "cpu", refine=kind == "refined")).alpha
            for kind in ("enlarged", "refined")
        }
        for number, (centre, box) in enumerate(_selections(pair)):
            hurt = _hurt(masks["refined"], centre, box, number % 2)
            for kind, mask in {**masks, "hurt": hurt}.items():
                options = Options(model, "cpu", selection=box)
                after = engine.matte(replace(picture, existing=mask), options).alpha
                for method, alpha in (("before", mask), ("mended", after)):
                    place = box.rows_and_columns
                    figures = {
                        name: measure(alpha[place], pair.truth[place])
                        for name, measure in MEASURES.items()
                    }
                    yield Result(model, method, kind, f"{pair.name} {number}", figures)


def _selections(pair: Pair) -> Iterator[tuple[Place, Box]]:
    height, width = pair.truth.shape
    rows, columns = np.nonzero(pair.truth > 0.5)
    half = round(SIDE * max(np.ptp(rows), np.ptp(columns)) / 2)
    places = np.argwhere(edge(pair.truth))
    random = np.random.default_rng(0)
    for y, x in places[random.integers(len(places), size=SELECTIONS)].tolist():
        yield (y, x), Box(x, y, x, y).grown(half, width, height)


def _hurt(mask: Floats, centre: Place, box: Box, value: int) -> Floats:
    """A mask with a disc of the wrong value at the selection's centre."""
    radius = HURT * max(box.right - box.left, box.bottom - box.top)
    y, x = np.ogrid[: mask.shape[0], : mask.shape[1]]
    inside = np.hypot(y - centre[0], x - centre[1]) < radius
    return np.where(inside, np.float32(value), mask)
