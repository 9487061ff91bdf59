"""How much memory there is, and shares of it for work that runs side by side."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
CONTROL_GROUP = Path("/sys/fs/cgroup")
"""Where Linux tells of the computer's memory, and of the part that this process may have."""


def installed() -> int:
    """The computer's memory, in bytes."""
    if sys.platform == "win32":
        kilobytes = ctypes.c_ulonglong()
        ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes))
        return kilobytes.value << 10
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def available() -> int | None:
    """The memory that programs can still have without others being swapped out, in bytes.

    Returns:
        None where the system does not say.
    """
    if sys.platform == "win32":
        return _available_on_windows()
    if sys.platform == "darwin":
        return _available_on_macos()
    try:
        fields = dict(line.split(":") for line in MEMINFO.read_text("ascii").splitlines())
        free = int(fields["MemAvailable"].split()[0]) << 10
    except (OSError, ValueError, KeyError):
        return None
    allowed = _allowed()
    return free if allowed is None else min(free, allowed)


def _allowed() -> int | None:
    """What a container's limit leaves, its caches counted as free; None where there is none."""
    try:
        limit = int((CONTROL_GROUP / "memory.max").read_text("ascii"))
        used = int((CONTROL_GROUP / "memory.current").read_text("ascii"))
        parts = (line.split() for line in (CONTROL_GROUP / "memory.stat").read_text().splitlines())
        cached = int(dict(parts)["inactive_file"])
    except (OSError, ValueError, KeyError):
        return None
    return max(limit - used + cached, 0)


def _available_on_windows() -> int | None:
    import ctypes

    class Status(ctypes.Structure):
        """MEMORYSTATUSEX."""

        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free")),
            ("others", ctypes.c_ulonglong * 5),
        )

    status = Status(length=ctypes.sizeof(Status))
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined, unused-ignore]
        return None
    return int(status.free)


def _available_on_macos() -> int | None:
    import ctypes

    percent, length = ctypes.c_int(), ctypes.c_size_t(4)
    failed = ctypes.CDLL(None).sysctlbyname(
        b"kern.memorystatus_level", ctypes.byref(percent), ctypes.byref(length), None, 0
    )
    return None if failed else installed() * percent.value // 100


class Room:
    """Memory that pieces of work share; what does not fit waits until others have ended.

    Args:
        total: How much there is for all of them, in bytes.
    """

    def __init__(self, total: int) -> None:
        self._total = self._free = total
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, amount: int) -> Iterator[None]:
        """Hold a share while the block runs; more than there is means all of it.

        Args:
            amount: In bytes.
        """
        amount = min(amount, self._total)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= amount)
            self._free -= amount
        try:
            yield
        finally:
            with self._changed:
                self._free += amount
                self._changed.notify_all()


def give_back() -> None:
    """Let the system have what was freed: glibc keeps hundreds of megabytes of a large network."""
    if sys.platform == "linux":
        # Another C library has no such function.
        with contextlib.suppress(AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
