"""`python3 -m tests.bench.warm_cut`: `localmatte cut` by a warm worker, beside the bare network.

A photo as JPEG becomes a refined cut-out as PNG, which a worker with the model in memory looks at.
The bare network takes its input ready made; both take turns. Prints seconds of the wall clock: the
median, and all of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from PIL import Image

from localmatte.models import catalogue
from tests import weights
from tests.bench import machine
from tests.bench.click import worker
from tests.bench.peer import Peer
from tests.bench.photo import photo


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("python3 -m tests.bench.warm_cut", description=__doc__)
    parser.add_argument("--size", type=float, default=12, metavar="MP", help="megapixels")
    parser.add_argument("--model", default="isnet-fp16")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(machine.describe())
    side = catalogue.get(options.model).input_size
    pixels = photo(options.size)
    with (
        worker([options.model]) as here,
        Peer("bare.py", weights.cached(options.model), side, "cpu") as bare,
    ):
        home = Path(str(here.engine.home))
        source, result = home / "in.jpg", home / "out.png"
        Image.fromarray(pixels).save(source, quality=90)
        here.click(pixels, options.model, "cpu", refine=True)
        bare.run()
        command = [sys.executable, "-m", "localmatte", "cut", str(source), "-o", str(result)]
        command += ["--overwrite", "--model", options.model, "--provider", "cpu"]
        taken: dict[str, list[float]] = {"bare": [], "cut": []}
        for _ in range(options.rounds):
            taken["bare"].append(bare.run()["forward"])
            start = time.perf_counter()
            variables = {**os.environ, "LOCALMATTE_HOME": str(home)}
            subprocess.run(command, env=variables, check=True, stderr=subprocess.PIPE)
            taken["cut"].append(time.perf_counter() - start)
    for what, seconds in taken.items():
        print(what, f"{median(seconds):.2f}", sorted(round(value, 2) for value in seconds))
    print("cut beside bare", f"{median(taken['cut']) / median(taken['bare']):.2f}")


if __name__ == "__main__":
    main()
