"""Keeps what a process has in memory out of files."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

COREDUMP_FILTER = Path("/proc/self/coredump_filter")


def no_core_dumps() -> None:
    """Let no crash of this process, or of its children, write its memory down.

    A limit of zero keeps Unix from writing a file. On Linux a program may be fed with the dump
    instead, whatever the limit is, so there the dump is told to hold no memory at all.
    """
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        COREDUMP_FILTER.write_text("0")
