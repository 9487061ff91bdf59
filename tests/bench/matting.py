"""`python -m tests.bench.matting`: our refinement beside rembg's alpha matting on a large photo.

Each way to the mask has a process of its own, and starts from the same network's matte. Prints
the least seconds of its runs, the least of processor time, and the process's peak of memory.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from localmatte.imaging.pixels import quantised
from localmatte.inference.sessions import Sessions
from localmatte.refine import refine, upscaled
from tests.bench.photo import photo
from tests.quality.methods import METHODS, Seen, look

WAYS: dict[str, Callable[[Seen], NDArray[Any]]] = {
    "enlarged": lambda seen: quantised(upscaled(seen.matte, seen.rgb.shape[1], seen.rgb.shape[0])),
    "refined": lambda seen: quantised(refine(seen.rgb, seen.matte)),
    "rembg alpha_matting": METHODS["rembg alpha_matting"],
}
"""The ways to a mask of 8 bits, by the names of their rows."""

WARM_UP = 0.1
"""Megapixels of the picture on which a process imports and compiles what it needs."""

SPENT = 10.0
"""Seconds for which each way is run again and again; at least once."""


def main() -> None:
    """Measure each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="u2netp")
    parser.add_argument("--size", type=float, default=12, help="megapixels")
    options = parser.parse_args()
    for way in WAYS:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as own:
            seconds, processor, peak = own.submit(
                _measure, way, options.model, options.size
            ).result()
        print(f"{way:20} {seconds:8.2f} s {processor:8.2f} s {peak:8.0f} MB", flush=True)


def _measure(way: str, model: str, megapixels: float) -> tuple[float, float, float]:
    network = Sessions().get(model, "cpu")
    WAYS[way](look(photo(WARM_UP), network))
    seen = look(photo(megapixels), network)
    taken: list[float] = []
    used: list[float] = []
    while sum(taken) < SPENT:
        start, busy = time.perf_counter(), time.process_time()
        WAYS[way](seen)
        taken.append(time.perf_counter() - start)
        used.append(time.process_time() - busy)
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM"))
    return min(taken), min(used), int(peak.split()[1]) / 1024


if __name__ == "__main__":
    main()
