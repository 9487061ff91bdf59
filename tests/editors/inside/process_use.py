"""What a process holds; runs inside the editors."""

from __future__ import annotations

import os
from pathlib import Path


def held(pid: int) -> tuple[float, int]:
    """What of a process lies in memory, in megabytes, and how many files it has open."""
    process = Path(f"/proc/{pid}")
    resident = int((process / "statm").read_text().split()[1])
    files = len(list((process / "fd").iterdir()))
    return resident * os.sysconf("SC_PAGE_SIZE") / 1e6, files
