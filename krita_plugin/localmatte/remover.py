"""What the menu and the docker share: the choices, the models, and the one task under way."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Optional, Union

from krita import Krita

from . import settings
from .bridge import BridgeError, Model, Progress, beside, device, from_rows
from .docking import docker_in_sight
from .fetch import Fetch
from .guard import guarded
from .inside_selection import InsideSelection
from .job import End, Job
from .messages import show_note
from .models import chosen
from .progress import ProgressWindow
from .qt import QtCore
from .removal import Look, Removal
from .target import chosen_nodes
from .whole_layer import WholeLayer
from .words import _

FOLDER = os.path.dirname(os.path.abspath(__file__))


class Remover(QtCore.QObject):  # type: ignore[misc]
    """Runs one task at a time, a removal or a download, with the choices made last.

    Attributes:
        listed: Emitted when `models`, `problem` or the choices changed.
        advanced: Emitted when `progress` or `busy` changed.
        models: What the engine knows, the smallest tier first.
        problem: Why the models are not known; empty when they are.
        progress: How far the task is; None when there is none, or while it waits for the user.
        provider: What the engine computed on last; empty while it has not.
    """

    listed = QtCore.pyqtSignal()
    advanced = QtCore.pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.models: List[Model] = []
        self.problem = ""
        self.progress: Optional[Progress] = None
        self.provider = ""
        self._task: Union[Removal, Fetch, None] = None
        self._listing: Optional[Job] = None
        self._window = ProgressWindow(self.cancel)

    @property
    def busy(self) -> bool:
        """Whether a task is under way."""
        return self._task is not None

    @property
    def model(self) -> Optional[Model]:
        """The model that the next removal takes, if it is known yet."""
        return chosen(self.models, settings.read().model)

    @guarded
    def run(self) -> None:
        """Remove the background of the chosen layers; show the task that is under way."""
        self._begin(settings.read(), WholeLayer)

    @guarded
    def refine_inside_selection(self) -> None:
        """Look closer at the selected part of the chosen layers, and put it into their masks."""
        choices = settings.read()
        again = settings.Settings(choices.model, choices.refine)
        self._begin(again, InsideSelection)

    def _begin(self, choices: settings.Settings, look: Look) -> None:
        if self._task:
            self._window.raise_()
            self._task.raise_()
            return
        document = Krita.instance().activeDocument()
        nodes = chosen_nodes(document) if document else []
        if not nodes:
            raise BridgeError("picture", _("No layer is chosen."), _("Choose one, then try again."))
        engine = beside(FOLDER)
        self._task = Removal(engine, document, nodes, choices, self._show, self._take_end, look)
        self.advanced.emit()

    @guarded
    def download(self) -> None:
        """Fetch the chosen model, for a later removal."""
        model = self.model
        if model and not self._task:
            self._task = Fetch(beside(FOLDER), model, self._show, lambda here: self._forget())
            self.advanced.emit()

    @guarded
    def cancel(self) -> None:
        """End the task that is under way; nothing was changed."""
        if self._task:
            self._task.abandon()
            self._forget()
            show_note(_("Cancelled; nothing was changed."))

    @guarded
    def list_models(self) -> None:
        """Ask the engine for its models; `listed` tells when the answer is here."""
        if self._listing:
            return
        try:
            engine = beside(FOLDER)
        except BridgeError as error:
            self._take_models(error)
            return
        self._listing = Job(
            engine, lambda client: client.request({"kind": "models"}), self._take_models
        )
        self._listing.start()

    def choose(self, choices: settings.Settings) -> None:
        """Keep the user's choices and tell every window's docker of them."""
        settings.write(choices)
        self.listed.emit()

    def abandon(self) -> None:
        """Stop everything without a word, since Krita is about to quit."""
        for task in (self._task, self._listing):
            if task:
                task.abandon()

    def _take_models(self, end: End) -> None:
        self._listing = None
        if isinstance(end, BaseException):
            self.problem = str(end)
        else:
            self.models, self.problem = from_rows(end.header["models"]), ""
        self.listed.emit()

    def _take_end(self, meta: Optional[Dict[str, Any]]) -> None:
        if meta:
            self.provider = device.named(meta)
        self._forget()

    def _show(self, progress: Optional[Progress]) -> None:
        self.progress = progress
        self._window.update(progress)
        self.advanced.emit()

    def _forget(self) -> None:
        self._task = None
        self._show(None)
        if docker_in_sight():
            self.list_models()
