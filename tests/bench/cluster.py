"""`python3 tests/bench --cluster`: a batch through Ray on this computer, beside `localmatte cut`.

`--photos N` (default: 100) of 0.5 megapixels; `--actors N` (default: 2), and as many cores for
both; `--rounds N` (default: 2), in turns. A quarter of the photos is cut out as well: what the
others take more is the pace without the start.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from PIL import Image

from tests import weights
from tests.bench.photo import photo

MEGAPIXELS = 0.5
MODEL = "u2netp"
FEW, ALL = "few", "all"


def main() -> None:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser("python3 tests/bench --cluster", description=__doc__)
    parser.add_argument("--photos", type=int, default=100)
    parser.add_argument("--actors", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.actors])
    counts = {FEW: max(options.photos // 4, 1), ALL: options.photos}
    # A socket of Ray's lies below it, and its path must be short.
    with tempfile.TemporaryDirectory(prefix="lm-") as name:
        folder = Path(name)
        weights.place(MODEL, folder / "home")
        for kind, count in counts.items():
            _photos(folder / kind, count)
        ways = {
            "`localmatte cut`": ("cut", "--provider", "cpu"),
            f"Ray, {options.actors} actors": ("cluster", "--actors", str(options.actors)),
        }
        taken: dict[tuple[str, str], list[float]] = {}
        for number in range(options.rounds):
            for kind in counts:
                for how, words in ways.items():
                    seconds = _run(folder, kind, words, f"{words[0]}-{kind}-{number}")
                    taken.setdefault((how, kind), []).append(seconds)
    print(f"Load at the end: {os.getloadavg()[0]:.1f}")
    print("| | photos | seconds | the least and the most | a second | without the start |")
    print("|---|---:|---:|---:|---:|---:|")
    for how in ways:
        few, whole = (median(taken[how, kind]) for kind in counts)
        pace = (counts[ALL] - counts[FEW]) / (whole - few)
        for kind, seconds in ((FEW, few), (ALL, whole)):
            least, most = min(taken[how, kind]), max(taken[how, kind])
            count = counts[kind]
            print(
                f"| {how} | {count} | {seconds:.1f} | {least:.1f} to {most:.1f} "
                f"| {count / seconds:.2f} | {pace:.2f} |"
            )


def _photos(folder: Path, count: int) -> None:
    folder.mkdir()
    picture = Image.fromarray(photo(MEGAPIXELS))
    for number in range(count):
        picture.save(folder / f"{number:04}.jpg", quality=90)


def _run(folder: Path, kind: str, words: tuple[str, ...], turn: str) -> float:
    """Cut a folder out; returns the seconds from the command to its end."""
    name, *more = words
    places = [str(folder / kind), str(folder / turn)]
    if name == "cluster":
        more += ["--report", str(folder / f"{turn}-report")]
    else:
        places.insert(1, "-o")
    command = [sys.executable, "-m", "localmatte", name, *places, *more]
    own = {"LOCALMATTE_HOME": str(folder / "home"), "RAY_TMPDIR": str(folder)}
    start = time.perf_counter()
    subprocess.run(command, env={**os.environ, **own}, check=True, stderr=subprocess.PIPE)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
