"""The real worker where it sees a mirror on this machine, and which of the models are here."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localmatte_bridge import Client, Installation
from tests.editors.engine import InstalledEngine
from tests.servers import files

START_SECONDS = 120.0
SIZES = {"u2netp": "4.6 MB", "isnet-fp16": "88.2 MB", "u2net": "176 MB", "rmbg-2.0": "1.02 GB"}

COMMERCIAL = {
    "yes": "commercial use allowed",
    "no": "not for commercial use",
    "unclear": "commercial use unclear",
}


@contextmanager
def worker_with(engine: InstalledEngine, **variables: str) -> Iterator[None]:
    """Run the worker with variables of its own and this machine's loopback.

    The editors start it in a network namespace without any interface, so no mirror is
    reached from there.
    """
    process = _started(engine, variables)
    try:
        yield
    finally:
        engine.end_worker()
        process.wait()


def _started(engine: InstalledEngine, variables: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start the worker; again where an editor that had just lost its own was faster."""
    place = Installation("", str(engine.home / "run"))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        engine.end_worker()
        process = engine.machine.popen(
            [str(engine.python), "-I", "-m", "localmatte", "worker"],
            {**engine.env, **variables},
            network=True,
        )
        client = None
        while time.monotonic() < deadline and process.poll() is None and not client:
            client = Client.connect_running(place)
            time.sleep(0.05)
        if client:
            client.close()
            if all(_has(pid, variables) for pid in engine.worker_pids()):
                return process
    raise AssertionError("the worker did not start")


def _has(pid: int, variables: Mapping[str, str]) -> bool:
    """Whether a process was started with these variables; an editor's worker was not."""
    try:
        started_with = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return True  # It ended meanwhile.
    return all(f"{name}={value}".encode() in started_with for name, value in variables.items())


def listed(engine: InstalledEngine) -> list[dict[str, Any]]:
    """The models as `localmatte models list --json` prints them."""
    rows: list[dict[str, Any]] = json.loads(engine.localmatte("models", "list", "--json").stdout)
    return rows


@contextmanager
def without(engine: InstalledEngine, model: str) -> Iterator[bytes]:
    """Set a model aside while the block runs, and any download begun; yields its bytes."""
    path = Path(engine.localmatte("models", "path", model).stdout.strip())
    aside = path.with_suffix(".aside")
    path.with_suffix(".part").unlink(missing_ok=True)
    path.replace(aside)
    try:
        yield aside.read_bytes()
    finally:
        aside.replace(path)


def stands_still(mirror: files.Server) -> bool:
    """Whether nothing leaves the mirror for longer than it pauses between two blocks."""
    before = mirror.sent
    time.sleep(1)
    return mirror.sent == before
