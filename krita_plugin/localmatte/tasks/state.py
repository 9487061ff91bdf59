"""What a preview shows, what it should show, and what has to be done about the difference.

A window tells a State what it sees of the document and of the user's choices, and what the engine
answers. All that it draws follows from that: the result, whether it is out of date, a busy sign, a
sentence in its place.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple, Optional, Tuple


class Asked(NamedTuple):
    """All that a preview depends on; values of any kind that can be compared.

    Attributes:
        document: Which document.
        layer: Which of its layers.
        place: Where the layer lies and how far it reaches.
        picture: What is seen of the layer.
        selection: What is selected, where that counts; None where it does not.
        model: The model's id.
        refine: Whether the edges are refined.
        edges: The edge controls that do something, with their values.
        existing: The existing mask and how it is combined; None where it does not count.
        prompts: Which subject is meant; None for all.
    """

    document: Any = None
    layer: Any = None
    place: Any = None
    picture: Any = None
    selection: Any = None
    model: str = ""
    refine: bool = True
    edges: Tuple[Tuple[str, float], ...] = ()
    existing: Any = None
    prompts: Any = None


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
    "document": Need.READ,
    "layer": Need.READ,
    "place": Need.READ,
    "picture": Need.READ,
    "selection": Need.FIND,
    "model": Need.FIND,
    "refine": Need.FIND,
    "edges": Need.FINISH,
    "existing": Need.COMBINE,
    "prompts": Need.FIND,
}
"""What a change of each field calls for."""


def need(before: Optional[Asked], after: Asked) -> Need:
    """What has to be done to get from one preview to another.

    Args:
        before: What there is; None for nothing.
        after: What is wanted.

    Returns:
        The most of what the fields that differ call for.
    """
    if before is None:
        return Need.READ
    pairs = zip(Asked._fields, before, after)  # noqa: B905  # Python 3.8
    return max(
        (NEEDS[name] for name, old, new in pairs if old != new),
        default=Need.NOTHING,
    )


class State(NamedTuple):
    """A preview at one moment.

    Attributes:
        wanted: What the document and the choices ask for; None where nothing can be shown.
        under_way: What the engine was asked for and has not answered.
        shown: What the result in sight is an answer to; None where there is none.
        sentence: What is said in the place of a result; empty for nothing.
    """

    wanted: Optional[Asked] = None
    under_way: Optional[Asked] = None
    shown: Optional[Asked] = None
    sentence: str = ""

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return self.under_way is not None

    @property
    def stale(self) -> bool:
        """Whether the result in sight is not the one that is wanted."""
        if self.shown is None:
            return False
        return self.wanted is None or need(self.shown, self.wanted) > Need.NOTHING

    @property
    def of_another_picture(self) -> bool:
        """Whether the result in sight belongs to another layer, or another size of this one."""
        if self.shown is None or self.wanted is None:
            return False
        first, second = (
            asked[: Asked._fields.index("picture")] for asked in (self.shown, self.wanted)
        )
        return first != second

    @property
    def missing(self) -> Need:
        """What has still to be begun, with what is under way taken for done."""
        if self.wanted is None:
            return Need.NOTHING
        if self.sentence and self.under_way is None and self.shown is None:
            return Need.NOTHING
        return need(self.under_way or self.shown, self.wanted)

    def asking(self, wanted: Asked) -> State:
        """The document and the choices ask for this.

        Args:
            wanted: All of it.
        """
        if wanted == self.wanted:
            return self
        # What was said was said of something else.
        return self._replace(wanted=wanted, sentence="")

    def impossible(self, sentence: str) -> State:
        """Nothing can be shown.

        Args:
            sentence: Why.
        """
        return State(sentence=sentence)

    def begun(self) -> State:
        """The engine was asked for what is wanted."""
        return self._replace(under_way=self.wanted)

    def answered(self, asked: Asked, sentence: str = "") -> State:
        """The engine's answer is there.

        Args:
            asked: What it is an answer to.
            sentence: What is said in the result's place; empty where there is something to see.

        Returns:
            The state with that result.
        """
        waiting = self.under_way if self.under_way != asked else None
        said = sentence if asked == self.wanted else ""
        return self._replace(under_way=waiting, shown=asked, sentence=said)

    def failed(self, sentence: str) -> State:
        """The engine gave no answer; it is asked again when something changes.

        Args:
            sentence: Why.
        """
        return State(wanted=self.wanted, sentence=sentence)

    def forgotten(self) -> State:
        """Nobody looks any more."""
        return State()
