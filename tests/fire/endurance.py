"""One worker, thousands of requests of all sizes: as small and as quick at the end."""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
from skimage import data

from localmatte_bridge import Client, Installation, Result
from tests import graphs, weights
from tests.fire.outcome import Outcome, Range
from tests.workers import handles, memory_mb, pid_of

SIZES = ((16, 16), (64, 40), (200, 300), (512, 512), (640, 360))
HEAVY = "isnet-quint8"
HEAVY_EVERY = 50
OWN_EVERY = 7
"""How often a large model, and a small one of the user's, takes the place of the default one."""

LAYOUTS = {"rgb8": 3, "rgba8": 4, "y8": 1}

GONE_AFTER = 10
"""How many requests after the large model both others have been used, and it is let go. Memory
counts from then on only, or its size would count."""

WARM = 60
"""How many requests pass before memory counts."""

SLOPE_MB = 20.0
"""How much memory may grow in a thousand requests."""

SLOWER = 1.5
"""How much longer the last requests of a size may take than the first ones, in the median."""


def barrage(place: Range) -> Outcome:
    """Ask for mattes until it is enough; state the slope of memory and the times."""
    outcome = Outcome("endurance")
    weights.place(HEAVY, place.home)
    own = str(graphs.mean_of_channels(place.home / "own.onnx", 64))
    engine = Installation(sys.executable, str(place.home / "run"), str(place.home))
    photo = data.astronaut()
    memory: dict[int, float] = {}
    times: dict[object, list[float]] = {}
    with Client.connect(engine) as asked:
        pid = pid_of(asked)
        for number in place.rounds(outcome):
            width, height = place.random.choice(SIZES)
            layout, channels = place.random.choice(list(LAYOUTS.items()))
            model = _model(number, own)
            rows, columns = np.arange(height) % 512, np.arange(width) % 512
            picture = np.resize(photo[rows][:, columns], (height, width, channels))
            start = time.perf_counter()
            *_events, last = asked.matte(
                [picture.tobytes()], width, height, layout, model=model, zoom=number % 10 == 0
            )
            times.setdefault((width, model, number % 10 == 0), []).append(
                time.perf_counter() - start
            )
            whole = isinstance(last, Result) and len(last.payload) == width * height
            outcome.count("answered" if whole else "wrong")
            if number >= WARM and GONE_AFTER <= number % HEAVY_EVERY < HEAVY_EVERY - 1:
                memory[number] = memory_mb(pid)
            if number == WARM:
                open_then = handles(pid)
        outcome.totals["requests"] = outcome.cases
        if len(memory) > WARM:
            warm = np.array(list(memory.values()))
            slope = float(np.polyfit(list(memory), warm, 1)[0]) * 1000
            outcome.figures.append(
                f"{warm[0]:.0f} MB when warm, {warm[-1]:.0f} MB at the end, "
                f"{slope:+.1f} MB in a thousand requests"
            )
            outcome.figures.append(f"{handles(pid) - open_then:+d} handles")
            if outcome.cases >= 1000 and slope > SLOPE_MB:
                outcome.faults.append("memory grows")
            if handles(pid) > open_then + 2:
                outcome.faults.append("handles are not given back")
            slower = _slower(times)
            outcome.figures.append(f"the last tenth took {slower:.2f} times the first one's time")
            if outcome.cases >= 1000 and slower > SLOWER:
                outcome.faults.append("requests become slower")
    return outcome


def _model(number: int, own: str) -> str:
    if number % HEAVY_EVERY == HEAVY_EVERY - 1:
        return HEAVY
    return own if number % OWN_EVERY == 0 else "u2netp"


def _slower(times: dict[object, list[float]]) -> float:
    """How much longer the last requests took than the first, like with like."""
    ratios = []
    for taken in times.values():
        tenth = max(len(taken) // 10, 1)
        if len(taken) >= 4:
            first, last = taken[1 : 1 + tenth], taken[-tenth:]
            ratios.append(statistics.median(last) / statistics.median(first))
    return statistics.median(ratios) if ratios else 1.0
