"""What a heavy model takes on this machine's CPU: as it was published, and as it is prepared.

    python3 tests/bench --heavy MODEL.onnx…

`heavy_export.py` makes such files, with the true architecture and random weights.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FORMS = ("as published", "first start", "second start")


def main(files: list[str]) -> int:
    """Print a row for each file and form; each is measured in a process of its own."""
    print("| file | form | load (s) | first run (s) | warm run (s) | peak (GB) |")
    print("|---|---|---:|---:|---:|---:|")
    for file in files:
        with tempfile.TemporaryDirectory() as home:
            for form in FORMS:
                command = [sys.executable, "-m", "tests.bench.heavy", "--one", file, form, home]
                told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                print(f"| {Path(file).name} | {form} | {told.strip()} |", flush=True)
    return 0


def measure(file: str, form: str, home: str) -> str:
    """The row's figures, of this process."""
    import os

    import numpy as np

    os.environ["LOCALMATTE_HOME"] = home
    from localmatte import library, store
    from localmatte.inference.network import Network
    from localmatte.onnx.optimise import as_published
    from localmatte.providers import CPU

    spec = library.find(file)
    start = time.perf_counter()
    content = store.contents(spec)
    if form == FORMS[0]:
        network = Network(CPU.session(as_published(content[:])), spec)
    else:
        network = Network.open(CPU, spec, content)
    seconds = [time.perf_counter() - start]
    size = spec.input_size
    pixels = np.random.default_rng(0).standard_normal((1, 3, size, size), np.float32)
    for _ in range(2):
        start = time.perf_counter()
        network.run(pixels)
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return " | ".join([*(f"{value:.2f}" for value in seconds), f"{peak:.1f}"])


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        print(measure(*sys.argv[2:]))
    else:
        sys.exit(main(sys.argv[1:]))
