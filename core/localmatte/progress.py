"""Progress and cancel, as every long call takes them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Protocol, TypeVar

from localmatte.errors import CancelledError

OnProgress = Callable[[float, str], None]
"""Called with a fraction in 0..1 and the name of the stage."""


def no_progress(fraction: float, stage: str) -> None:
    """Ignore progress.

    Args:
        fraction: In 0..1.
        stage: The name of the stage.
    """


def part(on_progress: OnProgress, start: float, end: float) -> OnProgress:
    """Map a step's own 0..1 onto the part start..end of the whole.

    Args:
        on_progress: The whole's.
        start: Where the step starts, in 0..1.
        end: Where it ends.

    Returns:
        The step's own; a fraction below 0 or above 1 counts as 0 or 1.
    """

    def report(fraction: float, stage: str) -> None:
        on_progress(start + (end - start) * min(max(fraction, 0.0), 1.0), stage)

    return report


Result = TypeVar("Result")

POLL_SECONDS = 0.05
"""How often a wait looks for a cancel."""


class Lock(Protocol):
    """A lock, or a semaphore."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take it, or wait for it.

        Args:
            blocking: Whether to wait until it is free.
            timeout: For how many seconds at most; -1 for ever.

        Returns:
            False where it was not free in time.
        """

    def release(self) -> None:
        """Give it back."""


class CancelToken:
    """Carries a cancel from one thread to the one that computes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._stop: Callable[[], None] | None = None

    @property
    def cancelled(self) -> bool:
        """Whether cancel() was called."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the computation to stop; may be called from any thread, more than once."""
        with self._lock:
            self._cancelled.set()
            if self._stop is not None:
                self._stop()

    def check(self) -> None:
        """Raise CancelledError once cancel() was called."""
        if self.cancelled:
            raise CancelledError

    @contextmanager
    def holding(self, lock: Lock) -> Iterator[None]:
        """Hold a lock while the block runs; a cancel ends the wait for it.

        Args:
            lock: A lock, or a semaphore.

        Raises:
            CancelledError: cancel() was called before the lock was free.
        """
        self.check()
        while not lock.acquire(timeout=POLL_SECONDS):
            self.check()
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """Call `stop` when a cancel arrives inside the block, at once if it arrived before.

        Args:
            stop: Called from the thread that cancels.
        """
        with self._lock:
            self._stop = stop
            if self.cancelled:
                stop()
        try:
            yield
        finally:
            with self._lock:
                self._stop = None

    def waiting_for(self, work: Callable[[], Result]) -> Result:
        """Do what nothing can interrupt in a thread of its own; a cancel ends the wait for it.

        The work then goes on alone to its end, and its result is dropped. Python does not exit
        before that.

        Args:
            work: What is to be done.

        Returns:
            What it returns.

        Raises:
            CancelledError: cancel() was called before the work was done.
            Exception: What the work raised.
        """
        self.check()
        pool = ThreadPoolExecutor(1)
        done = pool.submit(work)
        pool.shutdown(wait=False)
        try:
            while not wait([done], POLL_SECONDS).done:
                self.check()
            return done.result()
        finally:
            # An error refers to this frame, and this frame must not refer to the error.
            del done
