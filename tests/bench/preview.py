"""`python3 -m tests.bench.preview`: how soon the preview follows a slider, and a click.

Asks a real worker for what both editors' windows ask it for: the small version of a layer, 1000
pixels on its longer side; and the part that is seen at 1:1, with the surroundings that are looked
at together with it. Prints a table in Markdown: milliseconds from the request to the matte, the
median and the slowest of all controls' runs. Painting is not in it.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from localmatte_bridge import Client, Result
from localmatte_bridge.edge_controls import CONTROLS, scaled
from tests.bench import machine
from tests.bench.click import Worker, worker
from tests.bench.photo import photo

SMALL_SIDE = 1000
SEEN = (1120, 960)
"""What is looked at of the layer where 700 × 600 pixels are seen, in pixels."""

SETTINGS = 3
"""How many positions each slider is moved to."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("python3 -m tests.bench.preview", description=__doc__)
    parser.add_argument("--size", type=float, default=24, metavar="MP", help="megapixels")
    parser.add_argument("--model", default="u2netp")
    options = parser.parse_args()
    print(machine.describe())
    print(
        "| what follows | median, ms | slowest, ms | slowest control |\n| --- | --- | --- | --- |"
    )
    with worker([options.model]) as here:
        for what, taken in _figures(here, options.model, options.size):
            slowest = max(taken, key=lambda name: max(taken[name]))
            every = [seconds for several in taken.values() for seconds in several]
            print(f"| {what} | {median(every) * 1e3:.0f} | {max(every) * 1e3:.0f} | {slowest} |")


def _figures(
    here: Worker, model: str, megapixels: float
) -> Iterator[tuple[str, dict[str, list[float]]]]:
    layer = photo(megapixels)
    step = max(1, round(max(layer.shape) / SMALL_SIDE))
    small = layer[::step, ::step].copy()
    height, width = layer.shape[:2]
    part = [(width - SEEN[0]) // 2, (height - SEEN[1]) // 2, *SEEN]
    with Client.connect(here.engine) as client:
        _matte(client, small, model)
        yield "a slider, the whole layer", _sliders(client, small.size // 3, None, 1 / step)
        _matte(client, layer, model)
        yield "a slider, the part at 1:1", _sliders(client, SEEN[0] * SEEN[1], part, 1)
        yield "another part at 1:1", {"moved": _moves(client, part)}
        yield "a click, the whole layer", {"a click": _clicks(client, small, model)}


def _matte(client: Client, pixels: Any, model: str, **options: Any) -> None:
    height, width = pixels.shape[:2]
    *_, result = client.matte([pixels.data], width, height, "rgb8", model=model, **options)
    assert isinstance(result, Result)


def _sliders(
    client: Client, pixels: int, part: list[int] | None, scale: float
) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {}
    for control in CONTROLS:
        for setting in range(1, SETTINGS + 1):
            value = control.default + (control.usual - control.default) * setting / SETTINGS
            edges = scaled({control.name: value}, scale)
            with _timed(taken.setdefault(control.name, [])):
                client.edges(pixels, part, **edges)
    return taken


def _moves(client: Client, part: list[int]) -> list[float]:
    x, y, width, height = part
    taken: list[float] = []
    for by in range(50, 500, 50):
        with _timed(taken):
            client.edges(width * height, [x - by, y - by, width, height])
    return taken


def _clicks(client: Client, small: Any, model: str) -> list[float]:
    height, width = small.shape[:2]
    taken: list[float] = []
    for share in (0.3, 0.4, 0.5, 0.6, 0.7):
        with _timed(taken):
            _matte(client, small, model, keep=[[round(width * share), height // 2]])
    return taken


@contextlib.contextmanager
def _timed(taken: list[float]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    taken.append(time.perf_counter() - start)


if __name__ == "__main__":
    main()
