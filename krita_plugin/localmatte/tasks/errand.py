"""A request about the models, after a question where one has to be asked."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

from ..bridge import BridgeError, Installation, Progress, Result, for_people
from ..messages import guarded, new_box, report, show_note
from ..qt import QtWidgets, alive
from ..words import _
from .job import End, Job


class Question:
    """Something to agree to, in a box that does not hold Krita up.

    Args:
        title: The box's title.
        text: What is asked.
        more: What else has to be known, as HTML.
        agree: What is on the button that agrees; the other one cancels.
    """

    def __init__(self, title: str, text: str, more: str, agree: str) -> None:
        self._on_agree = self._on_refuse = _nothing
        box = new_box(title, QtWidgets.QMessageBox.Icon.Question)
        self._box: Any = box
        if box is None:
            return
        box.setText(text)
        box.setInformativeText(more)
        self._agree = box.addButton(agree, QtWidgets.QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QtWidgets.QMessageBox.StandardButton.Cancel))
        box.finished.connect(self._answer)

    def ask(self, on_agree: Callable[[], None], on_refuse: Callable[[], None]) -> None:
        """Show it.

        Args:
            on_agree: Called when the user agrees.
            on_refuse: Called when the user does not, or closes the box.
        """
        self._on_agree, self._on_refuse = on_agree, on_refuse
        if alive(self._box):
            self._box.show()

    def raise_(self) -> None:
        """Bring it to the front."""
        if alive(self._box):
            self._box.raise_()
            self._box.activateWindow()

    def close(self) -> None:
        """Take it away; nobody is told of an answer."""
        if alive(self._box):
            self._box.finished.disconnect()
            self._box.close()

    @guarded
    def _answer(self) -> None:
        agreed = self._box.clickedButton() == self._agree
        (self._on_agree if agreed else self._on_refuse)()


class Errand:
    """One request about the models; what came of a download before a cancel is kept.

    Args:
        installation: Where the engine lies.
        request: Its header.
        question: What the user has to agree to first; None for nothing.
        refused: What is said where the user does not; empty for nothing.
        instead: What else can be done where it fails; empty for nothing.
        on_progress: Told how far it is, or None while the user is asked.
        on_end: Called once with the engine's answer; with None where there is none, and the user
            was told why.
        on_turn: Called now and then meanwhile.
    """

    def __init__(
        self,
        installation: Installation,
        request: Dict[str, Any],
        question: Optional[Question],
        refused: str,
        instead: str,
        on_progress: Callable[[Optional[Progress]], None],
        on_end: Callable[[Optional[Result]], None],
        on_turn: Callable[[], None] = lambda: None,
    ) -> None:
        self._installation, self._request = installation, request
        self._on_progress, self._on_end, self._on_turn = on_progress, on_end, on_turn
        self._question, self._refused, self._instead = question, refused, instead
        self._job: Optional[Job] = None
        if question:
            on_progress(None)
            question.ask(self._start, self._refuse)
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
        request = self._request
        self._job = Job(
            self._installation,
            lambda client: client.request(request),
            self._take,
            self._on_progress,
            self._on_turn,
        )
        self._job.start()

    def _refuse(self) -> None:
        self._question = None
        if self._refused:
            show_note(self._refused)
        self._on_end(None)

    def _take(self, end: End) -> None:
        if isinstance(end, Result):
            self._on_end(end)
            return
        if isinstance(end, BridgeError):
            end = for_people(end, self._request["kind"])
            end = BridgeError(end.code, end.message, f"{end.hint} {self._instead}".strip())
        report(end)
        self._on_end(None)


def _nothing() -> None:
    pass
