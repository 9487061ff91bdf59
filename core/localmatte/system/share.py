"""The part of the computer that this process may use: a container's, or a batch system's share."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from localmatte.system.memory import installed

OWN_GROUP = Path("/proc/self/cgroup")
GROUPS = Path("/sys/fs/cgroup")
"""Where Linux tells of this process's control group, and keeps the limits of all (version 2)."""


def cores() -> int:
    """How many cores this process may keep busy."""
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity else os.cpu_count() or 1
    for limit in _limits("cpu.max"):
        quota, period = map(int, limit)
        count = min(count, -(-quota // period))
    return max(count, 1)


def memory() -> int:
    """How much memory this process may have, in bytes: the computer's, or a limit below it."""
    return min([installed(), *(int(limit[0]) for limit in _limits("memory.max"))])


def _limits(name: str) -> Iterator[list[str]]:
    """The numbers of a limit, of this process's control group and of those that it is in."""
    try:
        (own,) = (line[3:] for line in OWN_GROUP.read_text().splitlines() if line[:3] == "0::")
    except (OSError, ValueError):
        return
    folder = GROUPS / own.lstrip("/")
    for group in (folder, *folder.parents):
        # The outermost group has no limits, nor has a group whose controller is off.
        with contextlib.suppress(OSError):
            words = (group / name).read_text().split()
            if all(word.isdigit() for word in words) and words:
                yield words
        if group == GROUPS:
            return
