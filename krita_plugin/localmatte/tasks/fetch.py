"""Brings a model to this computer, once its terms are accepted where it has any."""

from __future__ import annotations

import html
from typing import Any, Callable, Optional

from ..bridge import BridgeError, Installation, Model, Progress, size
from ..messages import guarded, new_box, report, show_note
from ..qt import QtWidgets, alive
from ..words import _
from .job import End, Job
from .models import linked


class Fetch:
    """The download of one model; what came before a cancel is kept for the next one.

    Args:
        installation: Where the engine lies.
        model: The model.
        on_progress: Told how far it is, or None while the user is asked for the licence.
        on_end: Called once with whether the model is here now; the user was told why not.
        on_turn: Called now and then meanwhile.
    """

    def __init__(
        self,
        installation: Installation,
        model: Model,
        on_progress: Callable[[Optional[Progress]], None],
        on_end: Callable[[bool], None],
        on_turn: Callable[[], None] = lambda: None,
    ) -> None:
        self._installation = installation
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
            self._installation,
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
            hint = " ".join(
                filter(None, (end.hint, _("Or choose a model that is already downloaded.")))
            )
            end = BridgeError(end.code, end.message, hint)
        if isinstance(end, BaseException):
            report(end)
        self._on_end(not isinstance(end, BaseException))


class LicenceQuestion:
    """A model's terms in a box that does not hold Krita up, with a button that accepts them.

    Args:
        model: The model.
        on_accept: Called when the user accepts.
        on_refuse: Called when the user does not, or closes the box.
    """

    def __init__(
        self, model: Model, on_accept: Callable[[], None], on_refuse: Callable[[], None]
    ) -> None:
        self._on_accept = on_accept
        self._on_refuse = on_refuse
        box = new_box(_("Licence"), QtWidgets.QMessageBox.Icon.Question)
        self._box: Any = box
        if box is None:
            return
        box.setText(_("To use {model}, you must accept its licence.").format(model=model.title))
        link = linked(model.licence_link, model.licence_link)
        terms = _("Licence: {terms}.").format(terms=model.terms)
        box.setInformativeText(f"{html.escape(terms)}<br>{link}")
        roles = QtWidgets.QMessageBox.ButtonRole
        accept = _("Accept and Download {size}").format(size=size(model.bytes))
        self._accept = box.addButton(accept, roles.AcceptRole)
        box.setDefaultButton(box.addButton(QtWidgets.QMessageBox.StandardButton.Cancel))
        box.finished.connect(self._answer)
        box.show()

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
        accepted = self._box.clickedButton() == self._accept
        (self._on_accept if accepted else self._on_refuse)()
