"""Brings a model to this computer, once its terms are accepted where it has any."""

from __future__ import annotations

from typing import Callable, Optional

from .bridge import BridgeError, Installation, Model, Progress
from .guard import report
from .job import End, Job
from .licence import LicenceQuestion
from .messages import show_note
from .words import _


class Fetch:
    """The download of one model; what came before a cancel is kept for the next one.

    Args:
        engine: Where the engine lies.
        model: The model.
        on_progress: Told how far it is, or None while the user is asked for the licence.
        on_end: Called once with whether the model is here now; the user was told why not.
        on_turn: Called now and then meanwhile.
    """

    def __init__(
        self,
        engine: Installation,
        model: Model,
        on_progress: Callable[[Optional[Progress]], None],
        on_end: Callable[[bool], None],
        on_turn: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._model = model
        self._on_progress = on_progress
        self._on_end = on_end
        self._on_turn = on_turn
        self._question: Optional[LicenceQuestion] = None
        self._job: Optional[Job] = None
        if model.accept:
            on_progress(None)
            self._question = LicenceQuestion(model, self._start, self._refuse)
        else:
            self._start()

    def raise_(self) -> None:
        """Show the user what is asked, if anything is."""
        if self._question:
            self._question.raise_()

    def abandon(self) -> None:
        """Stop without a word."""
        if self._job:
            self._job.abandon()
        if self._question:
            self._question.close()

    def _start(self) -> None:
        self._question = None
        self._on_progress(Progress(0.0, _("Starting")))
        model = self._model
        request = {"kind": "pull", "model": model.id, "accept_licence": model.accept}
        self._job = Job(
            self._engine,
            lambda client: client.request(request),
            self._take,
            self._on_progress,
            self._on_turn,
        )
        self._job.start()

    def _refuse(self) -> None:
        self._question = None
        show_note(_("Nothing was downloaded."))
        self._on_end(False)

    def _take(self, end: End) -> None:
        if isinstance(end, BridgeError):
            hint = " ".join(filter(None, (end.hint, _("Or choose a model that is here."))))
            end = BridgeError(end.code, end.message, hint)
        if isinstance(end, BaseException):
            report(end)
        self._on_end(not isinstance(end, BaseException))
