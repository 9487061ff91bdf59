"""How long the tests of whole sessions are: a share of them by default, all where asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

ALL = "LOCALMATTE_TEST_SESSIONS"
"""Set to anything, the sessions have their full length."""

REMOVALS, SEQUENCES, STEPS = (500, 100, 200) if os.environ.get(ALL) else (10, 4, 80)

GROWTH_MB = 40.0
MORE_HANDLES = 4


class Used(NamedTuple):
    """What an editor holds after a removal.

    Attributes:
        memory_mb: What of it lies in memory, in megabytes.
        handles: How many files and sockets it has open.
    """

    memory_mb: float
    handles: int


def growth(used: Sequence[Used]) -> Used:
    """How much more is held after the last removal than when a fifth of them were done."""
    early, late = used[len(used) // 5], used[-1]
    return Used(late.memory_mb - early.memory_mb, late.handles - early.handles)


def flat(used: Sequence[Used]) -> bool:
    """Whether nothing was piled up; says how much was."""
    more = growth(used)
    print(
        f"{len(used)} removals: {used[-1].memory_mb:.0f} MB ({more.memory_mb:+.0f}) and "
        f"{used[-1].handles} handles ({more.handles:+d}) since the first fifth"
    )
    return more.memory_mb <= GROWTH_MB and more.handles <= MORE_HANDLES
