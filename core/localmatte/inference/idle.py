"""Work for the time between requests."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from localmatte.errors import CancelledError
from localmatte.progress import CancelToken
from localmatte.system.boundary import explained

Work = Callable[[CancelToken], None]

CALM_SECONDS = 1.0
"""How long no request must have been under way: the last answer is still being sent."""


class Idle:
    """Does one piece of work after the other, in a thread, while nobody waits for an answer.

    Args:
        calm_seconds: How long no request must have been under way.
    """

    def __init__(self, calm_seconds: float = CALM_SECONDS) -> None:
        self._calm_seconds = calm_seconds
        self._changed = threading.Condition()
        self._requests = 0
        self._answered = False
        self._calm_since = time.monotonic()
        self._waiting: deque[tuple[Work, bool]] = deque()
        self._thread: threading.Thread | None = None
        self._cancel = CancelToken()

    @contextmanager
    def request(self, *, answers: bool = True) -> Iterator[None]:
        """Hold all work up while the block runs; what is under way is told by its token.

        Args:
            answers: Whether somebody gets an answer; not where a model is only loaded.
        """
        with self._changed:
            self._requests += 1
            cancel = self._cancel
        cancel.cancel()
        try:
            yield
        finally:
            with self._changed:
                self._requests -= 1
                self._answered = self._answered or answers
                self._calm_since = time.monotonic()
                self._changed.notify_all()

    def do(self, work: Work, *, after_answer: bool) -> None:
        """Do something when it is calm.

        Args:
            work: Gets a token that is cancelled when a request arrives. Where it raises
                CancelledError, it is called again when it is calm again.
            after_answer: Whether not before a first request was answered.
        """
        with self._changed:
            self._waiting.append((work, after_answer))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._thread = None
                    return
                work, after_answer = self._waiting[0]
                self._wait(after_answer)
                self._cancel = cancel = CancelToken()
            try:
                work(cancel)
            except CancelledError:
                continue
            except Exception as error:
                # Nobody waits for it; what is unexpected is written down.
                explained(error)
            with self._changed:
                self._waiting.popleft()

    def _wait(self, after_answer: bool) -> None:
        while True:
            calm = time.monotonic() - self._calm_since
            if self._requests or (after_answer and not self._answered):
                self._changed.wait()
            elif calm < self._calm_seconds:
                self._changed.wait(self._calm_seconds - calm)
            else:
                return
