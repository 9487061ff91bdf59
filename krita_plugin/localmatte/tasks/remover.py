"""What the menu and the docker share: the choices, the models, and the one task under way."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Type, Union

from .. import settings
from ..bridge import (
    BridgeError,
    Model,
    Progress,
    Prompts,
    Result,
    Suggestion,
    device,
    from_rows,
    installed,
    missing,
    offered,
    plug_in_folder,
    suggested,
)
from ..document.document import Document
from ..document.layer import Node
from ..messages import guarded, later, remedies, show_note
from ..qt import QtCore
from ..words import _
from . import fetch
from .errand import Errand
from .job import End, Job
from .look import (
    InsideSelection,
    KeptSelection,
    Look,
    OtherEdges,
    PaintedMask,
    RemovedSelection,
    WholeLayer,
)
from .models import chosen
from .removal import Removal
from .setup import SetUpTask


class Chosen(NamedTuple):
    """What a task is about.

    Attributes:
        document: An open document.
        nodes: Its layers, or masks on them; the first one is the active one.
    """

    document: Document
    nodes: List[Node]


def chosen_now() -> Chosen:
    """What the user has selected.

    Raises:
        BridgeError: Nothing is ("picture").
    """
    document = Document.active()
    nodes = document.chosen() if document else []
    if not document or not nodes:
        raise BridgeError("picture", _("No layer is selected."), _("Select a layer and try again."))
    return Chosen(document, nodes)


class Remover(QtCore.QObject):  # type: ignore[misc]
    """Runs one task at a time, a removal or an errand about the models, with the choices made last.

    Args:
        previewed: Whether the user sees a preview.

    Attributes:
        listed: Emitted when `models`, `problem` or the choices changed.
        advanced: Emitted when `progress` or `busy` changed.
        recalled: Emitted when the user asks for a task while one is under way.
        ended: Emitted when a task is over.
        left: Emitted when Krita is about to quit.
        models: What the engine knows, the smallest tier first.
        suggestion: A more accurate model of which the user is told; None for none.
        problem: Why the models are not known; empty when they are.
        progress: How far the task is; None when there is none, or while it waits for the user.
        provider: What the engine computed on last; empty while it has not.
    """

    listed = QtCore.pyqtSignal()
    advanced = QtCore.pyqtSignal()
    recalled = QtCore.pyqtSignal()
    ended = QtCore.pyqtSignal()
    left = QtCore.pyqtSignal()

    def __init__(self, previewed: Callable[[], bool] = lambda: False) -> None:
        super().__init__()
        self._previewed = previewed
        self.models: List[Model] = []
        self.suggestion: Optional[Suggestion] = None
        self.problem = ""
        self.progress: Optional[Progress] = None
        self.provider = ""
        self._task: Union[Removal, Errand, SetUpTask, None] = None
        self._listing: Optional[Job] = None
        self._meant: Tuple[Any, Prompts] = None, Prompts()
        self._wanted: Callable[[], None] = _nothing
        remedies.append(self._offer_set_up)

    def mean(self, layer: Any, prompts: Prompts) -> None:
        """The next removal of a layer is of what the user means in its preview.

        Args:
            layer: The layer's id; None for no layer.
            prompts: Which subject is meant.
        """
        self._meant = layer, prompts

    @property
    def busy(self) -> bool:
        """Whether a task is under way."""
        return self._task is not None

    @property
    def model(self) -> Optional[Model]:
        """The model that the next removal takes, if it is known yet."""
        return chosen(self.models, settings.read().model)

    @property
    def missing(self) -> Optional[Model]:
        """What that removal needs and is not here: the model, or the one for best edges."""
        choices = settings.read()
        id_ = self.model.id if self.model else ""
        return missing(self.models, id_, choices.refine and choices.best_edges)

    @guarded
    def run(self) -> None:
        """Remove the background of the chosen layers; show the task that is under way."""
        self._begin(settings.read(), WholeLayer, self._previewed)

    @guarded
    def refine_inside_selection(self) -> None:
        """Look closer at the selected part of the chosen layers, and put it into their masks."""
        choices = settings.read()
        again = settings.Settings(choices.model, choices.refine)
        self._begin(again, InsideSelection)

    @guarded
    def finish_painted_edges(self) -> None:
        """Fit the chosen layers' masks to the image where the user painted on them."""
        self._begin(settings.Settings(inside_selection=False), PaintedMask)

    @guarded
    def keep_selected(self) -> None:
        """Show what is selected of the chosen layers, with the image's edges."""
        self._begin(settings.Settings(), KeptSelection)

    @guarded
    def remove_selected(self) -> None:
        """Hide what is selected of the chosen layers, with the image's edges."""
        self._begin(settings.Settings(), RemovedSelection)

    def set_edges(self, chosen: Chosen, edges: Dict[str, float]) -> None:
        """Finish the edges of masks that localmatte made in another way.

        Args:
            chosen: Their layers.
            edges: The controls that do something.

        Raises:
            BridgeError: It cannot be done.
        """
        choices = settings.Settings(inside_selection=False, edges=edges)
        self._begin(choices, OtherEdges, chosen=chosen)

    def _begin(
        self,
        choices: settings.Settings,
        look: Type[Look],
        previewed: Callable[[], bool] = lambda: False,
        chosen: Optional[Chosen] = None,
    ) -> None:
        if self._task:
            self.recalled.emit()
            self._task.raise_()
            return
        self._wanted = lambda: self._begin(choices, look, previewed, chosen)
        installation = installed()
        # The one above is not to hold the nodes of now.
        document, nodes = chosen or chosen_now()
        self._task = Removal(
            installation,
            document,
            nodes,
            choices,
            self._show,
            self._take_end,
            look,
            self._meant,
            previewed,
        )
        self.advanced.emit()

    @guarded
    def download(self) -> None:
        """Fetch what is missing, for a later removal."""
        self._run_errand(fetch.download, self.missing, self.models)

    @guarded
    def remove_model(self) -> None:
        """Delete the chosen model from this computer, if the user agrees."""
        self._run_errand(fetch.remove, self.model)

    def import_model(self, path: str) -> None:
        """Take over a model file of the user's, and choose it.

        Args:
            path: The file.

        Raises:
            BridgeError: There is no engine.
        """
        self._run_errand(fetch.bring, path)

    def _run_errand(
        self, errand: Callable[..., Errand], what: Union[Model, str, None], *more: Any
    ) -> None:
        if what and not self._task:
            self._task = errand(installed(), what, *more, self._show, self._take_answer)
            self.advanced.emit()

    def _take_answer(self, answer: Optional[Result]) -> None:
        if answer and "model" in answer.header:
            self.choose(settings.read()._replace(model=answer.header["model"]))
        self._forget()

    @guarded
    def cancel(self) -> None:
        """End the task that is under way; nothing was changed."""
        if self._task:
            self._task.abandon()
            self._forget()
            show_note(_("Cancelled. Nothing was changed."))

    @guarded
    def list_models(self) -> None:
        """Ask the engine for its models; `listed` tells when the answer is here."""
        if self._listing:
            return
        try:
            installation = installed()
        except BridgeError as error:
            self._take_models(error)
            return
        request = {"kind": "models", "model": settings.read().model}
        self._listing = Job(installation, lambda client: client.request(request), self._take_models)
        self._listing.start()

    def choose(self, choices: settings.Settings) -> None:
        """Keep the user's choices and tell every window's docker of them.

        Args:
            choices: All of them.
        """
        if chosen(self.models, choices.model) != self.model:
            self.suggestion = None
        settings.write(choices)
        self.listed.emit()

    @guarded
    def take_suggestion(self) -> None:
        """Choose the model that is suggested; download it if it is not here."""
        if self.suggestion and not self._task:
            self.choose(settings.read()._replace(model=self.suggestion.model.id))
            if self.model and not self.model.present:
                self.download()

    @guarded
    def forget_suggestion(self) -> None:
        """Say no more of it."""
        self.suggestion = None
        self.listed.emit()

    def abandon(self) -> None:
        """Stop everything without a word, since Krita is about to quit."""
        self.left.emit()
        tasks = self._task, self._listing
        self._task = self._listing = None
        for task in tasks:
            if task:
                task.abandon()

    def _offer_set_up(self, error: BaseException) -> bool:
        """Whether the user is asked to set an engine up, as there is none that works."""
        if not isinstance(error, BridgeError) or self._task:
            return False
        offer = offered(plug_in_folder(), error)
        if offer:
            self._task = SetUpTask(offer, self._show, self._take_set_up)
            self.advanced.emit()
        return offer is not None

    def _take_set_up(self, done: bool) -> None:
        self._forget()
        wanted, self._wanted = self._wanted, _nothing
        if done:
            self.list_models()
            later(wanted)

    def _take_models(self, end: End) -> None:
        self._listing = None
        if isinstance(end, BaseException):
            self.problem = str(end)
        else:
            self.models, self.problem = from_rows(end.header["models"]), ""
            # It is said once, and stands until the user has dealt with it.
            self.suggestion = suggested(end.header, self.models) or self.suggestion
        self.listed.emit()

    def _take_end(self, meta: Optional[Dict[str, Any]]) -> None:
        if meta and "provider" in meta:
            self.provider = device.named(meta)
        self._forget()

    def _show(self, progress: Optional[Progress]) -> None:
        self.progress = progress
        self.advanced.emit()

    def _forget(self) -> None:
        self._task = None
        self._show(None)
        self.ended.emit()


def _nothing() -> None:
    """Nothing is to be done again."""
