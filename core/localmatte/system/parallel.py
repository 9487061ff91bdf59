"""One function over many pieces, on all cores.

numpy leaves Python's lock while it computes, so threads are enough.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from operator import itemgetter
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")

MOST = 8
"""Beyond this many threads memory's own speed is the limit."""

_kept = threading.local()


def keep_here() -> None:
    """Let each() work only in the calling thread from now on.

    For threads that process a whole picture each and together keep all cores busy: nothing then
    waits for another thread's piece.
    """
    _kept.here = True


@cache
def _helpers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MOST - 1, thread_name_prefix="localmatte")


def each(work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> list[Result]:
    """Call a function with every piece, on all cores.

    The calling thread works as well: it would only wait, and quick work is finished before another
    thread has woken up.

    Args:
        work: The function; it must be safe to call from several threads.
        pieces: Its arguments.

    Returns:
        The results, in the order of the pieces.

    Raises:
        Exception: What `work` raised; the pieces not yet begun are dropped.
    """
    if getattr(_kept, "here", False):
        return [work(piece) for piece in pieces]
    waiting = deque(enumerate(pieces))
    done: list[tuple[int, Result]] = []

    def drain() -> None:
        while waiting:
            try:
                number, piece = waiting.popleft()
            except IndexError:  # another thread was quicker
                return
            done.append((number, work(piece)))

    threads = min(os.cpu_count() or 1, MOST, len(waiting))
    others = [_helpers().submit(drain) for _ in range(threads - 1)]
    try:
        drain()
    finally:
        waiting.clear()
        wait(other for other in others if not other.cancel())
    for other in others:
        if not other.cancelled():
            other.result()
    return [result for _, result in sorted(done, key=itemgetter(0))]
