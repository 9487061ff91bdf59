"""Lets a process stand back behind those that somebody waits for."""

from __future__ import annotations

import contextlib
import os
import sys

NICENESS = 5
"""A core that is shared goes to the others for three quarters of the time."""

BELOW_NORMAL = 0x4000
"""BELOW_NORMAL_PRIORITY_CLASS of Windows."""


def stand_back() -> None:
    """Lower the priority of this process for good."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), BELOW_NORMAL)
        return
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
