"""What deformable convolutions take: as gathers, as published, and as they are written here.

    python3 tests/bench --deform MODEL.onnx…

Each file is run in each form in a process of its own. *Memory* is what the first run takes beyond
the loaded session: the highest that the process's memory gets during the run (Linux's VmHWM, which
is set back before), less what it was before the run. *Apart* is the largest difference from the
file as it was published, in 65,535ths of its range, as a mask of 16 bits would show it.
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

FORMS = ("as published", "DeformConv", "rows of taps")


def main(arguments: list[str]) -> int:
    """Print a row for each file and form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="MODEL.onnx")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        file, form, home = options.one
        print(json.dumps(measure(Path(file), form, Path(home))))
        return 0
    print("| file | input | form | run (s) | memory (MB) | share | apart |")
    print("|---|---|---|---:|---:|---:|---:|")
    for file in options.files:
        with tempfile.TemporaryDirectory() as home:
            whole = 0.0
            for form in FORMS:
                found = _measured(file, form, home)
                whole = whole or found["megabytes"]
                cells = [f"{found['seconds']:.3f}", f"{found['megabytes']:.1f}"]
                cells += [f"{found['megabytes'] / whole:.2f}", f"{found['apart']:.2f}"]
                sides = "×".join(map(str, found["sides"]))
                print(f"| {file.stem} | {sides} | {form} | {' | '.join(cells)} |", flush=True)
    return 0


def _measured(file: Path, form: str, home: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.deform", "--one", str(file), form, home]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def measure(file: Path, form: str, home: Path) -> dict[str, Any]:
    """The figures of a row, of this process.

    Args:
        file: The network, with one input of a fixed size.
        form: One of FORMS.
        home: Where the result of the first form is kept for the others.

    Returns:
        The input's sides; the seconds of the quickest of three later runs; the megabytes of the
        first run, and how far its result is from that of the file as published.
    """
    import hashlib
    import time

    import numpy as np

    os.environ["LOCALMATTE_HOME"] = str(home)
    from localmatte.onnx.optimise import as_published
    from localmatte.onnx.prepare import Target, prepared
    from localmatte.providers import CPU

    content = file.read_bytes()
    if form == FORMS[0]:
        light = as_published(content)
    else:
        target = Target(cpu=True, native=form == FORMS[1])
        light = prepared(content, file, hashlib.sha256(content).hexdigest(), 0, target)
    session = CPU.session(light)
    entry = session.get_inputs()[0]
    kind = np.float16 if entry.type == "tensor(float16)" else np.float32
    feed = {entry.name: np.random.default_rng(0).random(entry.shape, np.float32).astype(kind)}
    before = _memory("VmRSS")
    # Sets VmHWM back to what is in use now.
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    result = session.run(None, feed)[0]
    megabytes = (_memory("VmHWM") - before) / 1e3
    times = []
    for _ in range(3):
        start = time.perf_counter()
        session.run(None, feed)
        times.append(time.perf_counter() - start)
    apart = _apart(np.asarray(result, np.float32), home / "published.npy")
    return {
        "sides": entry.shape[2:],
        "seconds": min(times),
        "megabytes": megabytes,
        "apart": apart,
    }


def _apart(result: Any, kept: Path) -> float:
    import numpy as np

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
