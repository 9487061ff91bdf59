"""One click: from the layers through the engine to their masks, fetching the model on the way."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Type, Union

from ..bridge import BridgeError, Client, Installation, Progress, Result, from_rows
from ..document.document import Document
from ..document.layer import Mask, Node
from ..messages import guarded, report, show_note
from ..qt import QtCore
from ..settings import DEFAULTS, Settings
from ..words import _
from .fetch import Fetch
from .job import End, Job
from .look import Look, WholeLayer
from .models import ModelMissing, chosen
from .output import OUTPUTS, Steps
from .target import Target, TargetLost

ANSWER_SECONDS = 10.0


class Removal:
    """Removes the background of layers; the document changes only at the very end.

    Args:
        installation: Where the engine lies.
        document: The layers' document.
        nodes: The layers, or masks on them; the first one is the active one.
        settings: What the user chose.
        on_progress: Told how far it is, or None while the user is asked something.
        on_end: Called once, whatever the outcome, with what the engine says of itself, or with
            None where nothing was made.
        look: How each layer is looked at.

    Raises:
        BridgeError: A layer has nothing to cut out, or is locked.
    """

    def __init__(
        self,
        installation: Installation,
        document: Document,
        nodes: Sequence[Node],
        settings: Settings,
        on_progress: Callable[[Optional[Progress]], None],
        on_end: Callable[[Optional[Dict[str, Any]]], None],
        look: Type[Look] = WholeLayer,
    ) -> None:
        self._installation = installation
        self._document = document
        self._targets = Target.of(document, nodes)
        self._active = nodes[0].id
        self._settings = settings
        self._output = OUTPUTS.get(settings.output, OUTPUTS[DEFAULTS.output])
        self._on_progress = on_progress
        self._on_end = on_end
        self._step: Union[Job, Fetch]
        self._look = look
        self._looks: List[Look] = []
        self._making: Optional[Steps] = None
        self._start()

    def raise_(self) -> None:
        """Show the user what is asked, if anything is."""
        self._step.raise_()

    def abandon(self) -> None:
        """Stop without a word; nothing was changed."""
        self._step.abandon()
        making, self._making = self._making, None
        # Krita's main loop may turn within a step, too, which then goes on to its end.
        if making and inspect.getgeneratorstate(making) != inspect.GEN_RUNNING:
            making.close()

    def _start(self) -> None:
        self._check()
        self._selected = self._document.selected() if self._settings.inside_selection else None
        self._looks = []
        self._look_at_next()

    def _check(self) -> None:
        if self._output.on_the_layer:
            for target in self._targets:
                target.check_lock()

    def _look_at_next(self) -> None:
        """Only one layer's pixels are held at a time."""
        target = self._targets[len(self._looks)]
        target.refresh()
        try:
            look = self._look(target, self._selected, self._output.colours)
        except BridgeError as error:
            if len(self._targets) == 1 or error.code != "picture":
                raise
            sentence = _("“{layer}”: {sentence}")
            named = sentence.format(layer=target.layer.name, sentence=error.message)
            raise BridgeError(error.code, named, error.hint) from None
        self._looks.append(look)
        self._step = Job(self._installation, self._cut_out, self._take, self._advance, self._watch)
        self._advance(Progress(0.0, _("Starting")))
        self._step.start()

    def _cut_out(self, client: Client) -> Iterator[Union[Progress, Result]]:
        rows = client.ask("models", timeout=ANSWER_SECONDS).header["models"]
        model = chosen(from_rows(rows), self._settings.model)
        options: Dict[str, Any] = {"refine": self._settings.refine}
        if self._settings.edges:
            options["edges"] = self._settings.edges
        if model:
            if not model.present:
                raise ModelMissing(model)
            options["model"] = model.id
        yield from self._looks[-1].ask(client, options)

    def _advance(self, progress: Progress) -> None:
        count, done = len(self._targets), len(self._looks) - 1
        if count > 1:
            name = self._targets[done].layer.name
            stage = _("{layer}: {stage}").format(layer=name, stage=progress.stage)
            progress = Progress((done + progress.fraction) / count, stage)
        self._on_progress(progress)

    def _take(self, end: End) -> None:
        if isinstance(end, ModelMissing):
            self._step = Fetch(
                self._installation, end.model, self._on_progress, self._fetched, self._watch
            )
        elif not isinstance(end, Result):
            self._end(None)
            report(end)
        elif len(self._looks) < len(self._targets):
            self._go_on(self._look_at_next)
        else:
            self._go_on(lambda: self._finish(end.header["meta"]))

    def _fetched(self, here: bool) -> None:
        """Begin with the layers as they are now: a download takes long enough to paint on them."""
        if here:
            self._go_on(self._start)
        else:
            self._end(None)

    def _go_on(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:
            self._end(None)
            report(error)

    def _finish(self, meta: Dict[str, Any]) -> None:
        self._check()
        cuts = [look.cut() for look in self._looks]
        self._meta = meta
        self._making = self._output.make(self._document, cuts, self._settings.existing)
        if not self._output.colours:
            # All that takes no steps is over now: Krita's main loop may turn while it takes in
            # a mask, and another click come.
            self._end(meta)
        self._make_on()

    @guarded
    def _make_on(self) -> None:
        """Make a step of what is wanted, and leave the next one to Krita's next turn."""
        if self._making is None:
            return
        active = self._document.active_node
        try:
            next(self._making)
        except StopIteration as end:
            self._end(self._meta)
            self._show(active, end.value)
        except Exception as error:
            self._end(None)
            report(error)
        else:
            self._watch()
            QtCore.QTimer.singleShot(0, self._make_on)

    def _end(self, meta: Optional[Dict[str, Any]]) -> None:
        """Tell that it is over, once."""
        on_end, self._on_end = self._on_end, lambda meta: None
        on_end(meta)

    def _show(self, active: Optional[Node], made: List[Mask]) -> None:
        elsewhere = active is not None and active.id != self._active
        to = active if elsewhere else made[0] if made else None
        _activate(self._document, to)
        show_note(self._said(self._meta))

    def _said(self, meta: Dict[str, Any]) -> str:
        if meta.get("notice"):
            return str(meta["notice"])
        if any(target.layer.animated for target in self._targets):
            return _("Only the current frame was looked at; the result is the same in all frames.")
        if len(self._targets) > 1:
            return _("Done: {count} layers.").format(count=len(self._targets))
        return _(self._output.done)

    def _watch(self) -> None:
        try:
            for target in self._targets:
                target.check()
        except TargetLost as lost:
            self.abandon()
            self._end(None)
            show_note(lost.message)


def _activate(document: Document, node: Optional[Node]) -> None:
    if node is None:
        return
    unique = node.id

    def go() -> None:
        # Krita makes a node the active one of the window, whatever document is there by now.
        if document.is_active and document.find(unique):
            document.activate(node)

    # Krita 5.2 knows a new node, and goes to it, only when its main loop has turned.
    QtCore.QTimer.singleShot(0, go)
