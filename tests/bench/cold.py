"""What starting from nothing costs: a bare Python, and rembg's own command."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests import weights
from tests.bench.peer import FOLDER
from tests.editors.rootfs import cache_folder


def bare_once(model: Path, size: int) -> float:
    """Seconds of a Python that imports ONNX Runtime, loads a model, and runs it once."""
    command = [sys.executable, str(FOLDER / "bare.py"), str(model), str(size), "cpu"]
    return _seconds(command, stdin=b"\n")


def rembg_command(picture: Path, model: str) -> float:
    """Seconds of `rembg i`, as the plug-ins that call it do for each click."""
    command = [str(Path(sys.executable).with_name("rembg")), "i", "-m", model, "-om"]
    command += [str(picture), str(picture.with_name("rembg.png"))]
    return _seconds(command, U2NET_HOME=str(rembg_home(model)))


def rembg_home(model: str) -> Path:
    """A folder in which rembg finds a model of the catalogue under its own name."""
    folder = cache_folder() / "rembg"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{model}.onnx"
    if not file.exists():
        file.write_bytes(weights.cached(model).read_bytes())
    return folder


def _seconds(command: list[str], stdin: bytes = b"", **variables: str) -> float:
    start = time.perf_counter()
    subprocess.run(
        command, input=stdin, env={**os.environ, **variables}, stdout=subprocess.PIPE, check=True
    )
    return time.perf_counter() - start
