"""`python3 tests/bench --scaling`: batches of cut-outs on 1, 2, 4, … cores, and in threads.

`--photos N` for each core (default: 10), of 1.2 megapixels; `--model ID`; `--provider NAME`.
Memory is the largest process's; seconds include the start.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from tests import weights
from tests.bench.photo import photo

MEGAPIXELS = 1.2
CODE = """\
import sys
from localmatte.cli import main, processes
if sys.argv[1] == "threads":
    processes.MANY = sys.maxsize
sys.exit(main(sys.argv[2:]))
"""


def main() -> None:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser("python3 tests/bench --scaling", description=__doc__)
    parser.add_argument("--photos", type=int, default=10)
    parser.add_argument("--model", default="u2netp")
    parser.add_argument("--provider", default="cpu")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    counts = [count for count in (1, 2, 4, 8, 16, 32) if count <= len(cores)]
    print("| cores | how | photos | seconds | a second | for each core, beside one |")
    print("|---:|---|---:|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory(prefix="lm-") as name:
        folder = Path(name)
        weights.place(options.model, folder / "home")
        (folder / "in").mkdir()
        picture = Image.fromarray(photo(MEGAPIXELS))
        for number in range(options.photos * counts[-1]):
            picture.save(folder / "in" / f"{number:04}.jpg", quality=90)
        single = 0.0
        for count in counts:
            for how in ("processes", "threads") if count > 1 else ("threads",):
                photos = options.photos * count
                os.sched_setaffinity(0, cores[:count])
                seconds = _cut(folder, photos, how, options)
                single = single or photos / seconds
                share = photos / seconds / count / single
                rate = photos / seconds
                print(f"| {count} | {how} | {photos} | {seconds:.1f} | {rate:.2f} | {share:.2f} |")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    print(f"The largest process took {peak:.0f} MB.")


def _cut(folder: Path, photos: int, how: str, options: argparse.Namespace) -> float:
    inputs = [str(folder / "in" / f"{number:04}.jpg") for number in range(photos)]
    command = [sys.executable, "-c", CODE, how, "cut", *inputs, "--overwrite"]
    command += ["-o", str(folder / "out"), "--model", options.model]
    variables = {**os.environ, "LOCALMATTE_HOME": str(folder / "home")}
    start = time.perf_counter()
    subprocess.run(
        [*command, "--provider", options.provider],
        env=variables,
        check=True,
        stderr=subprocess.PIPE,
    )
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
