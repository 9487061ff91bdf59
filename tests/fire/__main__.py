"""`python3 tests --only fire`: all barrages, their figures, and 1 where anything is a fault."""

from __future__ import annotations

import argparse
import functools
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests import weights
from tests.fire import deaths, endurance, inputs, messages
from tests.fire.outcome import Outcome, Range

BARRAGES: dict[str, tuple[Callable[[Range], Outcome], int]] = {
    "messages": (messages.barrage, 1_000_000),
    "pictures": (functools.partial(inputs.barrage, "pictures"), 200_000),
    "models": (functools.partial(inputs.barrage, "models"), 100_000),
    "records": (functools.partial(inputs.barrage, "records"), 100_000),
    "killed workers": (deaths.killed_workers, 200),
    "killed commands": (deaths.killed_commands, 100),
    "endurance": (endurance.barrage, 2000),
}
"""What is done, and how many times at most."""

SHARES = {
    "messages": 0.5,
    "pictures": 0.03,
    "models": 0.03,
    "records": 0.02,
    "killed workers": 0.12,
    "killed commands": 0.04,
    "endurance": 0.26,
}
"""The part of the time that each may take; what one leaves is for those after it."""

TOTALS = ("requests", "kills", "fuzz cases", "leaks", "lost pixels")
"""What is summed over all barrages."""


def run(name: str, seconds: float, seed: int) -> Outcome:
    """One barrage in a home of its own."""
    barrage, most = BARRAGES[name]
    with tempfile.TemporaryDirectory(prefix="lm-fire-") as folder:
        home = Path(folder)
        os.environ["LOCALMATTE_HOME"] = str(home)
        weights.place("u2netp", home)
        try:
            return barrage(Range(home, random.Random(seed), seconds, most))
        finally:
            subprocess.run([sys.executable, "-m", "localmatte", "stop"], check=False)


def main() -> int:
    """Run all of them; returns 1 where anything went wrong."""
    parser = argparse.ArgumentParser("python3 tests --only fire", description=__doc__)
    parser.add_argument("--minutes", type=float, default=25.0, help="for all of them (default: 25)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="makes the same cases")
    parser.add_argument("-k", dest="chosen", default="", help="only those with this in their name")
    options = parser.parse_args()
    print(f"Seed {options.seed}", flush=True)
    faults = 0
    totals = dict.fromkeys(TOTALS, 0)
    end = time.monotonic() + options.minutes * 60
    chosen = [name for name in BARRAGES if options.chosen in name]
    for number, name in enumerate(chosen):
        part = SHARES[name] / sum(SHARES[later] for later in chosen[number:])
        outcome = run(name, (end - time.monotonic()) * part, options.seed)
        print(outcome.line(), *outcome.faults, sep="\n  ", flush=True)
        faults += len(outcome.faults)
        for what, count in outcome.totals.items():
            totals[what] += count
    print(", ".join(f"{what} {number}" for what, number in totals.items()))
    print(f"Faults: {faults}", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
