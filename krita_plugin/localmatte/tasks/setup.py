"""Sets the engine up, once the user agrees."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Callable, Iterator, Optional, Union

from ..bridge import BridgeError, Offer, Progress, Result, set_up
from ..messages import report
from ..words import _
from .errand import Question
from .job import End, Job

if TYPE_CHECKING:
    from localmatte_bridge.setup.task import SetUp

Listener = Callable[[Optional[Progress]], None]


class SetUpTask:
    """A set-up, from the question to its end.

    Args:
        offer: What the user is asked.
        on_progress: Told how far it is, or None while the user is asked.
        on_end: Called once with whether there is an engine now.
    """

    def __init__(self, offer: Offer, on_progress: Listener, on_end: Callable[[bool], None]) -> None:
        self._on_progress, self._on_end = on_progress, on_end
        self._job: Optional[_Job] = None
        self._question: Optional[Question] = Question(
            _("Set Up localmatte"), offer.message, html.escape(offer.details), _("Set Up")
        )
        self._question.ask(self._start, lambda: on_end(False))

    def raise_(self) -> None:
        """Show the user what is asked, if anything is."""
        if self._question:
            self._question.raise_()

    def abandon(self) -> None:
        """Stop without a word; what has come is kept for the next time."""
        if self._job:
            self._job.abandon()
        if self._question:
            self._question.close()

    def _start(self) -> None:
        self._question = None
        self._on_progress(Progress(0.0, _("Starting")))
        self._job = _Job(set_up(), self._take, self._on_progress)
        self._job.start()

    def _take(self, end: End) -> None:
        if not isinstance(end, Result):
            report(end)
        self._on_end(isinstance(end, Result))


class _Job(Job):
    """The set-up in a thread, as a request to the engine is."""

    def __init__(
        self, task: SetUp, on_end: Callable[[End], None], on_progress: Callable[[Progress], None]
    ) -> None:
        super().__init__(task.engine, _nothing, on_end, on_progress, name="localmatte set-up")
        self._task = task

    def abandon(self) -> None:
        """End it; nothing more is heard of it."""
        if not self._over:
            self._task.cancel()
        super().abandon()

    def _events(self) -> Iterator[Union[Progress, Result]]:
        self._task.run(self._news.put)
        yield Result({}, bytearray())


def _nothing(_client: Any) -> Iterator[Union[Progress, Result]]:
    raise BridgeError("internal", "a set-up asks no engine")
