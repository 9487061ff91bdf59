"""A real worker for a test: how it is asked, watched and waited for."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from localmatte_bridge import Client, Progress, Result


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for what has to happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def rgba(path: Path) -> tuple[bytes, int, int]:
    """A picture's pixels, width and height."""
    image = Image.open(path).convert("RGBA")
    return image.tobytes(), image.width, image.height


def matte(client: Client, path: Path, **options: Any) -> tuple[list[Progress], Result]:
    """Ask for a picture's matte."""
    pixels, width, height = rgba(path)
    *progress, result = client.matte([pixels], width, height, "rgba8", **options)
    assert isinstance(result, Result)
    return [step for step in progress if isinstance(step, Progress)], result


def pid_of(client: Client) -> int:
    """The worker's process."""
    return int(client.ask("status").header["pid"])


def alive(pid: int) -> bool:
    """Whether a process runs, or is stopped; not whether it waits to be buried."""
    return state(pid) not in ("Z", "")


def state(pid: int) -> str:
    """A process's state as `ps` names it; empty where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def cpu_seconds(pid: int) -> float:
    """How much a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_seconds_during(pid: int, seconds: float) -> float:
    """How much a process computes meanwhile."""
    before = cpu_seconds(pid)
    time.sleep(seconds)
    return cpu_seconds(pid) - before


def memory_mb(pid: int) -> float:
    """What of a process lies in memory, in megabytes."""
    return _memory(pid)[1] / 1e6


def reserved(pid: int) -> int:
    """How many bytes of addresses a process has, which is what a limit of them counts."""
    return _memory(pid)[0]


def _memory(pid: int) -> list[int]:
    """What Linux counts of a process's memory, in bytes: first all of it, then what is resident."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()
    return [int(count) * os.sysconf("SC_PAGE_SIZE") for count in pages]


def handles(pid: int) -> int:
    """How many files and sockets a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
