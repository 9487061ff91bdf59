"""What a preview was asked for, what it shows, and what has to be done about the difference.

A state is never changed: what happens makes a new one. The editors' windows tell it what they see
of the document and of the user's choices, and what the engine answers; they draw what it says.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Hashable, NamedTuple, Optional, Tuple

from .errors import BridgeError
from .prompts import Prompts
from .viewport import Part


class Asked(NamedTuple):
    """All that a result depends on; where no type is stated, any value that tells one from another.

    Attributes:
        layer: Which layer of which document, where it lies and how far it reaches: a result of
            another one is never shown.
        picture: What is seen of the layer.
        selection: What is selected, where that counts; None where it does not.
        model: The model's id.
        refine: Whether edges are refined.
        edges: The edge controls that do something, with their values in the layer's pixels, in
            the order of their names.
        existing: What becomes of an existing mask, and which one that is.
        prompts: Which subject is meant.
        best_edges: Whether a network refines the edges, too.
    """

    layer: Hashable
    picture: Hashable = None
    selection: Hashable = None
    model: str = ""
    refine: bool = True
    edges: Tuple[Tuple[str, float], ...] = ()
    existing: Tuple[str, Hashable] = ("", None)
    prompts: Prompts = Prompts()
    best_edges: bool = False


class Need(IntEnum):
    """What has to be done, the least first; each includes those before it."""

    NOTHING = 0
    COMBINE = 1
    """The matte is combined with the existing mask again."""
    FINISH = 2
    """The engine finishes the edges of its last matte again."""
    FIND = 3
    """The engine looks for the subject in the same picture again."""
    READ = 4
    """The layer is read again."""


NEEDS = {
    "layer": Need.READ,
    "picture": Need.READ,
    "selection": Need.FIND,
    "model": Need.FIND,
    "refine": Need.FIND,
    "best_edges": Need.FIND,
    "edges": Need.FINISH,
    "existing": Need.COMBINE,
    "prompts": Need.FIND,
}
"""What a change of each field calls for."""


def need(before: Optional[Asked], after: Asked) -> Need:
    """What has to be done to get from one result to another.

    Args:
        before: What there is; None for nothing.
        after: What is wanted.

    Returns:
        The most of what the fields that differ call for.
    """
    if before is None:
        return Need.READ
    triples = zip(Asked._fields, before, after)  # noqa: B905  # Python 3.8
    return max((NEEDS[name] for name, old, new in triples if old != new), default=Need.NOTHING)


def same_choice(before: Optional[Asked], after: Asked) -> bool:
    """Whether the user chose between the subjects of an earlier result.

    Args:
        before: What that was asked for; None where there is none.
        after: What is asked for now; subjects that nobody has chosen between are looked for anew.

    Returns:
        Whether the two are of the same picture, whatever was clicked.
    """
    if before is None or not after.prompts.marks:
        return False
    return need(before, after._replace(prompts=before.prompts)) < Need.FIND


class Detail(NamedTuple):
    """A part of a result at the layer's own size.

    Attributes:
        asked: What it is the result of.
        part: Which part of the layer.
    """

    asked: Asked
    part: Part


class State(NamedTuple):
    """A preview at one moment.

    Attributes:
        asked: What it is to show; None where nothing can be shown.
        under_way: What the engine was asked for last and has not answered.
        shown: What the result that it shows was asked for; None before there is one.
        empty: Why nothing clear would be left of the layer; empty where something is.
        line: What is said of the result.
        closer: The part that is seen larger than the small version of the layer is; None where
            that version suffices.
        detail_under_way: What of that part the engine was asked for last and has not answered.
        detail: What is shown of that part; None before there is any.
        stage: What the engine does, while it works.
        fraction: How far it is, 0 to 1.
        failure: Why there is no result.
    """

    asked: Optional[Asked] = None
    under_way: Optional[Asked] = None
    shown: Optional[Asked] = None
    empty: str = ""
    line: str = ""
    closer: Optional[Part] = None
    detail_under_way: Optional[Detail] = None
    detail: Optional[Detail] = None
    stage: str = ""
    fraction: float = 0.0
    failure: Optional[BridgeError] = None

    def ask(self, asked: Asked) -> State:
        """The user or the document changed something; what failed is tried again then."""
        if asked == self.asked:
            return self
        if self.asked and asked.layer != self.asked.layer:
            return State(asked, closer=self.closer)
        return self._replace(asked=asked, failure=None)

    def retry(self) -> State:
        """What failed may succeed now."""
        return self._replace(failure=None)

    def begin(self) -> State:
        """The engine was asked for what is to be shown."""
        return self._replace(under_way=self.asked)

    def work(self, fraction: float, stage: str) -> State:
        """The engine says how far it is.

        Args:
            fraction: 0 to 1.
            stage: What it does.

        Returns:
            The new state.
        """
        return self._replace(stage=stage if self.working else "", fraction=fraction)

    def show(self, asked: Asked, empty: str = "", line: str = "") -> State:
        """There is a result; one of another layer is passed over.

        Args:
            asked: What it was asked for.
            empty: Why nothing clear would be left; empty where something is.
            line: What is said of it.

        Returns:
            The new state.
        """
        if not self.asked or asked.layer != self.asked.layer:
            return self
        return self._replace(
            under_way=self.under_way if self.under_way != asked else None,
            shown=asked,
            empty=empty,
            line=line,
            stage="",
            failure=None,
        )

    def look(self, closer: Optional[Part]) -> State:
        """The user zoomed or moved the picture."""
        return self._replace(closer=closer)

    def begin_detail(self, part: Part) -> State:
        """The engine was asked for a part of what is to be shown."""
        return self._replace(detail_under_way=Detail(self.asked, part) if self.asked else None)

    def show_detail(self, detail: Detail) -> State:
        """There is a part of a result; one of another layer is passed over."""
        if not self.asked or detail.asked.layer != self.asked.layer:
            return self
        waiting = self.detail_under_way if self.detail_under_way != detail else None
        return self._replace(detail_under_way=waiting, detail=detail, stage="")

    def drop_detail(self) -> State:
        """The layer's matte at its own size is not kept any longer."""
        return self._replace(detail_under_way=None, detail=None)

    def fail(self, failure: BridgeError) -> State:
        """There is no result; the engine is asked again when something changes."""
        return State(self.asked, closer=self.closer, failure=failure)

    def refuse(self, failure: BridgeError) -> State:
        """Nothing can be shown."""
        if self.failure and (self.asked, str(self.failure)) == (None, str(failure)):
            return self
        return State(closer=self.closer, failure=failure)

    def forget(self) -> State:
        """Nobody looks any more."""
        return State(closer=self.closer)

    @property
    def missing(self) -> Need:
        """What has still to be begun, with what is under way taken for done."""
        if self.failure or not self.asked:
            return Need.NOTHING
        return need(self.under_way or self.shown, self.asked)

    @property
    def missing_detail(self) -> Optional[Part]:
        """The part of which the engine has still to be asked; None where it was, or need not be."""
        if self.failure or not self.asked or not self.closer:
            return None
        last = self.detail_under_way or self.detail
        served = last and last.asked == self.asked and last.part.holds(self.closer)
        return None if served else self.closer

    @property
    def found(self) -> bool:
        """Whether the subject that is shown is that which was asked for, but for its edges."""
        return self.asked is not None and need(self.shown, self.asked) < Need.FIND

    @property
    def out_of_date(self) -> bool:
        """Whether the result that is seen is of something else than was asked for."""
        if self.failure or not self.asked or not self.shown:
            return False
        if self.closer and self.detail and self.detail.part.holds(self.closer):
            return self.detail.asked != self.asked
        return self.shown != self.asked

    @property
    def working(self) -> bool:
        """Whether an answer is awaited."""
        return self.under_way is not None or self.detail_under_way is not None

    @property
    def message(self) -> str:
        """What is said in the picture's place; empty where there is a picture."""
        if self.failure:
            return "\n".join(filter(None, (self.failure.message, self.failure.hint)))
        return self.empty if self.shown and not self.out_of_date else ""
