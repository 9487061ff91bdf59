"""One click: from the layers through the engine to their masks, fetching the model on the way."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple, Type, Union

from ..bridge import (
    BridgeError,
    Client,
    Installation,
    Progress,
    Prompts,
    Result,
    from_rows,
    history,
    missing,
)
from ..document import mask
from ..document.document import Document
from ..document.layer import Node
from ..document.pixels import extent
from ..document.plane import Plane
from ..messages import guarded, later, report, show_note
from ..settings import DEFAULTS, Settings
from ..windows import watch
from ..words import _
from .errand import Errand
from .fetch import download
from .job import End, Job
from .look import Cut, Look, WholeLayer
from .models import ModelMissing, chosen
from .offer import Offer
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
        meant: A layer's id, and which of its subjects is meant.
        previewed: Whether the user sees a preview: nobody is to get a result of a model that has
            just come where they could have seen it first.

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
        meant: Tuple[Any, Prompts] = (None, Prompts()),
        previewed: Callable[[], bool] = lambda: False,
    ) -> None:
        self._installation = installation
        self._document = document
        self._targets = Target.of(document, nodes)
        self._active = nodes[0].id
        self._settings = settings
        self._meant = meant
        self._previewed = previewed
        self._output = OUTPUTS.get(settings.output, OUTPUTS[DEFAULTS.output])
        self._on_progress = on_progress
        self._on_end = on_end
        self._step: Union[Job, Errand]
        self._look = look
        self._looks: List[Look] = []
        self._selected: List[Optional[Plane]] = []
        self._notices: List[str] = []
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
        self._selected = [self._selected_of(target) for target in self._targets]
        self._looks, self._notices = [], []
        self._look_at_next()

    def _selected_of(self, target: Target) -> Optional[Plane]:
        if not self._settings.inside_selection:
            return None
        document, layer = target.document, target.layer
        return document.selected(layer, document.canvas.united(extent(document, layer)))

    def _check(self) -> None:
        if self._output.on_the_layer:
            for target in self._targets:
                target.check_lock()

    def _look_at_next(self) -> None:
        """Only one layer's pixels are held at a time."""
        number = len(self._looks)
        target = self._targets[number]
        target.refresh()
        try:
            look = self._look(target, self._selected[number], self._output.colours)
        except BridgeError as error:
            if len(self._targets) == 1 or error.code != "picture":
                raise
            raise BridgeError(error.code, _named(target, error.message), error.hint) from None
        self._looks.append(look)
        self._step = Job(self._installation, self._cut_out, self._take, self._advance, self._watch)
        self._advance(Progress(0.0, _("Starting")))
        self._step.start()

    def _cut_out(self, client: Client) -> Iterator[Union[Progress, Result]]:
        if not self._look.needs_model:
            yield from self._looks[-1].ask(client, {"edges": self._settings.edges})
            return
        rows = client.ask("models", timeout=ANSWER_SECONDS).header["models"]
        models = from_rows(rows)
        model = chosen(models, self._settings.model)
        best = self._settings.refine and self._settings.best_edges
        options: Dict[str, Any] = {"refine": self._settings.refine, "best_edges": best}
        if self._settings.edges:
            options["edges"] = self._settings.edges
        if model:
            needed = missing(models, model.id, best)
            if needed:
                raise ModelMissing(needed, models)
            options["model"] = model.id
        layer, prompts = self._meant
        if self._look is WholeLayer and self._targets[len(self._looks) - 1].layer.id == layer:
            options.update(prompts.fields())
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
            listeners = self._on_progress, self._fetched, self._watch
            self._step = download(self._installation, end.model, end.models, *listeners)
        elif not isinstance(end, Result):
            self._end(None)
            report(end)
        else:
            meta = end.header["meta"]
            self._notices.append(str(meta.get("notice") or ""))
            more = len(self._looks) < len(self._targets)
            self._go_on(self._look_at_next if more else lambda: self._finish(meta))

    def _fetched(self, here: Optional[Result]) -> None:
        """Begin with the layers as they are now: a download takes long enough to paint on them."""
        if here and not self._previewed():
            self._go_on(self._start)
            return
        self._end(None)
        if here:
            show_note(_("The model was downloaded. Check the preview, then press Run."))

    def _go_on(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:
            self._end(None)
            report(error)

    def _finish(self, meta: Dict[str, Any]) -> None:
        self._check()
        cuts = [self._met(look.cut()) for look in self._looks]
        self._meta = meta
        self._unclear = [
            cut.layer.name for cut in cuts if cut.shown.clipped(cut.looked_at).is_faint
        ]
        self._before = self._document.selection
        self._saved = not self._document.is_modified
        self._making = self._output.make(self._document, cuts)
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
            with watch.held_open():
                next(self._making)
        except StopIteration as end:
            if self._saved and end.value:
                # Krita takes an annotation for a change that undo does not take back.
                self._document.leave_to_undo()
            self._end(self._meta)
            self._show(active, end.value)
        except Exception as error:
            self._end(None)
            report(error)
        else:
            self._watch()
            later(self._make_on)

    def _end(self, meta: Optional[Dict[str, Any]]) -> None:
        """Tell that it is over, once."""
        on_end, self._on_end = self._on_end, lambda meta: None
        on_end(meta)

    def _met(self, cut: Cut) -> Cut:
        if self._output.selects:
            return cut
        existing, made = self._settings.existing, cut.made
        fixed = mask.fixed(cut.layer, made.origin_rect, existing) if made.origin else b""
        if made.origin and fixed:
            fixed = history.union(made.origin.fixed, fixed)
            made = made._replace(origin=made.origin._replace(fixed=fixed))
        return cut._replace(shown=mask.met(cut.layer, cut.shown, existing), made=made)

    def _show(self, active: Optional[Node], made: Sequence[Node]) -> None:
        elsewhere = active is not None and active.id != self._active
        to = active if elsewhere else made[0] if made else None
        _activate(self._document, to)
        show_note(self._said())
        if self._unclear:
            Offer(self._document, self._unclear, made, self._before)

    def _said(self) -> str:
        """What is said in the end, of each layer where there is something to say of it."""
        found = map(self._remark, self._targets, self._notices)
        remarks = [(self._targets[number], said) for number, said in enumerate(found) if said]
        count = len(self._targets)
        if count == 1:
            return remarks[0][1] if remarks else _(self._look.done or self._output.done)
        done = _("Done: {count} layers.").format(count=count)
        if len(remarks) == count and len({said for _target, said in remarks}) == 1:
            return "\n".join([done, remarks[0][1]])
        return "\n".join([done, *(_named(*remark) for remark in remarks)])

    def _remark(self, target: Target, notice: str) -> str:
        if notice or not target.layer.animated:
            return notice
        return _("Only the current frame was used; the result is the same for all frames.")

    def _watch(self) -> None:
        try:
            for target in self._targets:
                target.check()
        except TargetLost as lost:
            self.abandon()
            self._end(None)
            show_note(lost.message)


def _named(target: Target, sentence: str) -> str:
    return _("“{layer}”: {sentence}").format(layer=target.layer.name, sentence=sentence)


def _activate(document: Document, node: Optional[Node]) -> None:
    if node is None:
        return
    unique = node.id

    def go() -> None:
        # Krita makes a node the active one of the window, whatever document is there by now.
        if document.is_active and document.find(unique):
            document.activate(node)

    # Krita 5.2 knows a new node, and goes to it, only when its main loop has turned.
    later(go)
