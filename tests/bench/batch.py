"""A folder of photos through `localmatte cut`, beside what the network alone would take."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image

from tests import weights
from tests.bench.peer import Peer
from tests.bench.photo import photo

MEGAPIXELS = 3
RUNS = 6
"""How often the bare network is run before and after, to know its own rate."""

KINDS = {
    "cut-outs": (),
    "masks": ("--mask", "--no-refine"),
}


def measure(model: str, size: int, photos: int) -> list[dict[str, Any]]:
    """Cut a folder of JPEG photos, as cut-outs and as masks; one row for each."""
    with tempfile.TemporaryDirectory(prefix="lm-") as name:
        folder = Path(name)
        weights.place(model, folder / "home")
        _photos(folder / "in", photos)
        return [_row(model, size, photos, kind, folder) for kind in KINDS]


def _row(model: str, size: int, photos: int, kind: str, folder: Path) -> dict[str, Any]:
    with Peer("bare.py", weights.cached(model), size, "cpu") as bare:
        bare.run()
        before = [bare.run()["forward"] for _ in range(RUNS)]
        seconds = _cut(model, kind, folder)
        after = [bare.run()["forward"] for _ in range(RUNS)]
    forward = sum(before + after) / (2 * RUNS)
    return {
        "model": model,
        "provider": "cpu",
        "megapixels": MEGAPIXELS,
        "what": f"batch of {photos}: {kind}",
        "click": seconds / photos,
        "forward": forward,
        "rate_of_forward": photos * forward / seconds,
    }


def _photos(folder: Path, count: int) -> None:
    folder.mkdir()
    picture = Image.fromarray(photo(MEGAPIXELS))
    for number in range(count):
        picture.save(folder / f"{number:03}.jpg", quality=90)


def _cut(model: str, kind: str, folder: Path) -> float:
    command = [sys.executable, "-m", "localmatte", "cut", str(folder / "in"), "--model", model]
    command += ["--provider", "cpu", "-o", str(folder / kind), *KINDS[kind]]
    variables = {**os.environ, "LOCALMATTE_HOME": str(folder / "home")}
    start = time.perf_counter()
    subprocess.run(command, env=variables, check=True, stderr=subprocess.PIPE)
    return time.perf_counter() - start
