"""What a window's preview was asked for, what it shows, and what of that is out of date.

A state is never changed: what happens makes a new one. The editors' windows draw it.
"""

from __future__ import annotations

from typing import Hashable, Mapping, NamedTuple, Optional, Tuple

from .errors import BridgeError
from .prompts import Prompts
from .viewport import Part


class Asked(NamedTuple):
    """All that a result depends on.

    Attributes:
        document: Another one whenever the layer, the selection or the existing mask changes.
        model: The model's id.
        refine: Whether edges are refined.
        inside: Whether only what is selected is shown.
        existing: What becomes of an existing mask.
        edges: The edge controls that do something, in the layer's pixels.
        prompts: Which subject is meant.
    """

    document: Hashable
    model: str
    refine: bool
    inside: bool
    existing: str
    edges: Tuple[Tuple[str, float], ...]
    prompts: Prompts = Prompts()

    @classmethod
    def of(
        cls,
        document: Hashable,
        model: str,
        refine: bool,
        inside: bool,
        existing: str,
        edges: Mapping[str, float],
    ) -> Asked:
        """Take the edge controls as they are kept elsewhere.

        Args:
            document: As the attribute.
            model: As the attribute.
            refine: As the attribute.
            inside: As the attribute.
            existing: As the attribute.
            edges: The controls' names and values, in any order.

        Returns:
            All that a result depends on.
        """
        return cls(document, model, refine, inside, existing, tuple(sorted(edges.items())))


class Detail(NamedTuple):
    """A part of a result at the layer's own size.

    Attributes:
        asked: What it is the result of.
        part: Which part of the layer.
    """

    asked: Asked
    part: Part


class State(NamedTuple):
    """A preview.

    Attributes:
        asked: What it is to show; None before the layer was read.
        shown: What the result that it shows was asked for; None before there is one.
        empty: Why nothing clear would be left of the layer; empty where something is.
        line: What is said of the result.
        closer: The part that is seen larger than the small version of the layer is; None where
            that version suffices.
        detail: What is shown of that part; None before there is any.
        stage: What the engine does, while it works.
        fraction: How far it is, 0 to 1.
        failure: Why there is no result.
    """

    asked: Optional[Asked] = None
    shown: Optional[Asked] = None
    empty: str = ""
    line: str = ""
    closer: Optional[Part] = None
    detail: Optional[Detail] = None
    stage: str = ""
    fraction: float = 0.0
    failure: Optional[BridgeError] = None

    def ask(self, asked: Asked) -> State:
        """The user or the document changed something."""
        if asked == self.asked and not self.failure:
            return self
        state = self._replace(asked=asked, failure=None)
        if self.asked and asked.document != self.asked.document:
            # What was found before was found in another picture.
            return State(asked, closer=self.closer)
        return state

    def look(self, closer: Optional[Part]) -> State:
        """The user zoomed or moved the picture."""
        return self._replace(closer=closer)

    def work(self, fraction: float, stage: str) -> State:
        """The engine says how far it is.

        Args:
            fraction: 0 to 1.
            stage: What it does.

        Returns:
            The new state.
        """
        return self._replace(stage=stage if self.working else "", fraction=fraction)

    def show(self, asked: Asked, empty: str, line: str) -> State:
        """There is a result; one of another document is passed over.

        Args:
            asked: What it was asked for.
            empty: Why nothing clear would be left; empty where something is.
            line: What is said of it.

        Returns:
            The new state.
        """
        if not self.asked or asked.document != self.asked.document:
            return self
        return self._replace(shown=asked, empty=empty, line=line, stage="", failure=None)

    def show_detail(self, detail: Detail) -> State:
        """There is a part of a result; one of another document is passed over."""
        if not self.asked or detail.asked.document != self.asked.document:
            return self
        return self._replace(detail=detail, stage="")

    def fail(self, failure: BridgeError) -> State:
        """There is no result."""
        return State(self.asked, closer=self.closer, failure=failure)

    @property
    def out_of_date(self) -> bool:
        """Whether the result that is seen is of something else than was asked for."""
        if self.failure or not self.asked or not self.shown:
            return False
        if self.closer and self.detail and self.detail.part.holds(self.closer):
            return self.detail.asked != self.asked
        return self.shown != self.asked

    @property
    def missing(self) -> Optional[Part]:
        """The part of the layer whose result at the layer's own size is still to be found."""
        if self.failure or not self.asked or not self.closer:
            return None
        if self.detail and self.detail.asked == self.asked and self.detail.part.holds(self.closer):
            return None
        return self.closer

    @property
    def working(self) -> bool:
        """Whether a result is still to come."""
        if self.failure or not self.asked:
            return False
        return self.shown != self.asked or self.missing is not None

    @property
    def message(self) -> str:
        """What is said in the picture's place; empty where there is a picture."""
        if self.failure:
            return "\n".join(filter(None, (self.failure.message, self.failure.hint)))
        return self.empty if self.shown and not self.out_of_date else ""
