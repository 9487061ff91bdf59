"""One function over many pieces, on all cores.

numpy leaves Python's lock while it computes, so threads are enough.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")

MAX_THREADS = 8
"""Beyond this, memory's own speed is the limit."""


@cache
def _threads() -> ThreadPoolExecutor:
    count = min(os.cpu_count() or 1, MAX_THREADS)
    return ThreadPoolExecutor(count, thread_name_prefix="localmatte-refine")


def each(work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> list[Result]:
    """Call `work` with every piece and give the results in the pieces' order."""
    return list(_threads().map(work, pieces))
