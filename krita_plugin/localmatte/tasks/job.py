"""Runs a request to the engine in a thread and hands what comes back to the main thread."""

from __future__ import annotations

import queue
import signal
import threading
from typing import Any, Callable, Iterator, Optional, Set, Union

from ..bridge import BridgeError, Client, Installation, Progress, Result
from ..messages import guarded
from ..qt import QtCore
from ..windows import watch
from ..words import _

POLL_MS = 40
"""How often the main thread looks for news."""

End = Union[Result, BaseException]
Ask = Callable[[Client], Iterator[Union[Progress, Result]]]

_running: Set["Job"] = set()
"""The jobs whose thread may still run. What their callbacks hold, Krita's nodes among it, must be
let go of by the main thread: not by the job's own thread, which may be the last to hold it, and not
by Python's search for cycles, which begins in any thread."""


class Job:
    """One request. Nothing of Krita is touched by its thread.

    Args:
        installation: Where the engine lies.
        ask: Sends the request through the client that it is given.
        on_end: Called on the main thread, once, with the result or with what went wrong;
            never after `abandon`.
        on_progress: Called on the main thread, at most once a turn, with the latest news.
        on_turn: Called on the main thread before each look for news.
        on_result: Called on the main thread with each result where a request may have several;
            it ends by an error then, or by `abandon`.
        name: Its thread's.
    """

    def __init__(
        self,
        installation: Installation,
        ask: Ask,
        on_end: Callable[[End], None],
        on_progress: Callable[[Progress], None] = lambda progress: None,
        on_turn: Callable[[], None] = lambda: None,
        on_result: Optional[Callable[[Result], None]] = None,
        name: str = "localmatte",
    ) -> None:
        self._installation = installation
        self._ask = ask
        self._on_end = on_end
        self._on_progress = on_progress
        self._on_turn = on_turn
        self._on_result = on_result
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        self._over = False
        self._client: Optional[Client] = None
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        _running.add(self)
        self._timer = QtCore.QTimer(QtCore.QCoreApplication.instance())
        self._timer.timeout.connect(self._turn)
        self._timer.start(POLL_MS)
        self._thread.start()

    def raise_(self) -> None:
        """Nothing of it can be brought to the front."""

    def abandon(self) -> None:
        """End it; nothing more is heard of it, also when the engine is slow to notice."""
        if self._over:
            return
        self._over = True
        self._cancelled.set()
        if self._client:
            self._client.cancel()

    def _work(self) -> None:
        _outlive_broken_pipes()
        try:
            for event in self._events():
                self._news.put(event)
        except BaseException as error:
            self._news.put(error)

    def _events(self) -> Iterator[Union[Progress, Result]]:
        """Runs in the thread."""
        with Client.connect(self._installation) as client:
            self._client = client
            if self._cancelled.is_set():
                raise BridgeError("cancelled", _("Cancelled."))
            yield from self._ask(client)

    @guarded
    def _turn(self) -> None:
        if self._over:
            if not self._thread.is_alive():
                self._let_go()
            return
        if not watch.quiet:
            return
        self._on_turn()
        progress = None
        while not self._over and not self._news.empty():
            event = self._news.get()
            if isinstance(event, Progress):
                progress = event
            elif self._on_result and isinstance(event, Result):
                self._on_result(event)
            else:
                self._over = True
                self._on_end(event)
        if progress and not self._over:
            self._on_progress(progress)

    def _let_go(self) -> None:
        """Forget who asked, and what came of it."""
        self._timer.stop()
        self._timer.timeout.disconnect()
        self._timer.deleteLater()
        _running.discard(self)
        vars(self).clear()
        self._over = True


def _outlive_broken_pipes() -> None:
    """Let a worker that ends be an error, in this thread, and not the end of Krita.

    A Python of its own ignores the signal; Krita's does not.
    """
    if hasattr(signal, "SIGPIPE"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})
