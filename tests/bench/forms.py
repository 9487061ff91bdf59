"""What any network takes on the CPU: as published, and in each form that it is prepared in.

    python3 tests/bench --forms MODEL.onnx… [--side 512] [--every-output]

Each file is run in each form in a process of its own. *Memory* is what the first run takes beyond
the loaded session: the highest that the process's memory gets during the run (Linux's VmHWM, which
is set back before), less what it was before the run. *Share* is that beside the file as published;
*peak* the whole process's. *CPU* are the seconds of all threads from the start of Python to the end
of the first run. *Apart* is the largest difference from the file as published, in 65,535ths of its
range, as a mask of 16 bits would show it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PUBLISHED, PREPARED, KEPT, IN_ROWS = FORMS = (
    "as published",
    "prepared",
    "the second time",
    "rows of taps",
)
"""The last one is for processors without DeformConv; it is left out where there is none."""


def main(arguments: list[str]) -> int:
    """Print a row for each file and form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="MODEL.onnx")
    parser.add_argument("--side", type=int, default=512, help="of an input of free size")
    parser.add_argument("--every-output", action="store_true", help="not the first one alone")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        form, home = options.one
        output = None if options.every_output else 0
        print(json.dumps(measure(options.files[0], form, Path(home), options.side, output)))
        return 0
    given = ["--side", str(options.side), *["--every-output"] * options.every_output]
    print("| file | input | form | run (s) | memory (MB) | share | peak (GB) | CPU (s) | apart |")
    print("|---|---|---|---:|---:|---:|---:|---:|---:|")
    for file in options.files:
        with tempfile.TemporaryDirectory() as home:
            whole = 0.0
            for form in FORMS:
                found = _measured(file, form, home, given)
                if form == IN_ROWS and not found["deforms"]:
                    continue
                whole = whole or found["megabytes"]
                cells = [f"{found['seconds']:.3f}", f"{found['megabytes']:.1f}"]
                cells += [f"{found['megabytes'] / whole:.2f}", f"{found['peak']:.2f}"]
                cells += [f"{found['cpu']:.1f}", f"{found['apart']:.2f}"]
                sides = "×".join(map(str, found["sides"]))
                print(f"| {file.stem} | {sides} | {form} | {' | '.join(cells)} |", flush=True)
    return 0


def _measured(file: Path, form: str, home: str, given: list[str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.forms", str(file), *given, "--one", form, home]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def measure(file: Path, form: str, home: Path, side: int, output: int | None) -> dict[str, Any]:
    """The figures of a row, of this process.

    Args:
        file: The network, with one input.
        form: One of FORMS.
        home: Where prepared graphs and the result of the first form are kept for the others.
        side: For an input of free size.
        output: The number of the output that is wanted; None for all.

    Returns:
        The input's sides; the seconds of the quickest of two later runs; the megabytes of the
        first run, the gigabytes of the process, its CPU seconds up to the first result, and how
        far that is from the one of the file as published; whether there is a rewritten
        deformable convolution in it.
    """
    import time

    import numpy as np

    os.environ["LOCALMATTE_HOME"] = str(home)
    from localmatte.onnx.optimise import as_published
    from localmatte.providers import CPU

    published = as_published(file.read_bytes()) if form == PUBLISHED else None
    light = published or _prepared(file, form, output)
    session = CPU.session(light)
    entry = session.get_inputs()[0]
    free = [1, 3, side, side]
    shape = [given if isinstance(given, int) else free[n] for n, given in enumerate(entry.shape)]
    kind = np.float16 if entry.type == "tensor(float16)" else np.float32
    feed = {entry.name: np.random.default_rng(0).random(shape, np.float32).astype(kind)}
    before, loading = _memory("VmRSS"), _memory("VmHWM")
    # Sets VmHWM back to what is in use now.
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    wanted = None if output is None else [session.get_outputs()[output].name]
    result = session.run(wanted, feed)
    cpu, running = time.process_time(), _memory("VmHWM")
    times = []
    for _ in range(2):
        start = time.perf_counter()
        session.run(wanted, feed)
        times.append(time.perf_counter() - start)
    return {
        "sides": shape[2:],
        "seconds": min(times),
        "megabytes": (running - before) / 1e3,
        "peak": max(loading, running) / 1e6,
        "cpu": cpu,
        "apart": _apart(np.concatenate([each.ravel() for each in result]), home / "whole.npy"),
        "deforms": b"/deform/" in light.content,
    }


def _prepared(file: Path, form: str, output: int | None) -> Any:
    """A file as it is prepared where it is a model's."""
    import hashlib
    import mmap

    from localmatte.onnx.prepare import Target, prepared
    from localmatte.store.cache import MAPPED

    content: bytes | mmap.mmap = file.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    if len(content) >= MAPPED:
        with file.open("rb") as stream:
            content = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    return prepared(content, file, sha256, output, Target(cpu=True, native=form != IN_ROWS))


def _apart(result: Any, kept: Path) -> float:
    import numpy as np

    result = result.astype(np.float32)
    if not kept.exists():
        np.save(kept, result)
    first = np.load(kept)
    return float(np.abs(result - first).max() / np.ptp(first) * 65535)


def _memory(field: str) -> int:
    """A field of what Linux says of this process's memory, in kilobytes."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{field}:")))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
