"""The more accurate model that the engine suggests, in the words that the editors show."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Optional, Sequence

from .models import Model, duration, size
from .words import _


class Suggestion(NamedTuple):
    """A model that is usually more accurate than the chosen one, and soon done on this computer.

    Attributes:
        model: The model.
        seconds: About how long it would take.
    """

    model: Model
    seconds: float

    @property
    def sentence(self) -> str:
        """What it would take, and its terms."""
        said = _(
            "{model} is usually more accurate, and would take about {time} on this computer "
            "({size})."
        ).format(model=self.model.title, time=duration(self.seconds), size=size(self.model.bytes))
        return " ".join((said, _("Licence: {terms}.").format(terms=self.model.terms)))


def from_answer(answer: Dict[str, Any], models: Sequence[Model]) -> Optional[Suggestion]:
    """What the engine suggests.

    Args:
        answer: The header of its answer to `models`.
        models: The models in that.

    Returns:
        The suggestion; None where there is none.
    """
    found = answer.get("suggestion")
    if not found:
        return None
    return next(
        (Suggestion(model, found["seconds"]) for model in models if model.id == found["model"]),
        None,
    )
