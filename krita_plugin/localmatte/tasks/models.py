"""What Krita shows and asks of a model beside its line in the list."""

from __future__ import annotations

import html
from typing import Optional, Sequence

from ..bridge import Model
from ..words import _


class ModelMissing(Exception):
    """The model has to be fetched first.

    Args:
        model: The model that was asked for.
        models: All that the engine knows.
    """

    def __init__(self, model: Model, models: Sequence[Model]) -> None:
        super().__init__(model.id)
        self.model, self.models = model, models


def about(model: Model) -> str:
    """What a model is good at, what it needs, and its terms, as HTML with the link to them.

    Args:
        model: The model.

    Returns:
        A line each.
    """
    good_at = _("{description}.").format(description=model.good_at[:1].upper() + model.good_at[1:])
    lines = [html.escape(good_at), html.escape(model.costs)]
    return "<br>".join(line for line in [*lines, linked(model.terms, model.licence_link)] if line)


def chosen(models: Sequence[Model], id: str) -> Optional[Model]:  # noqa: A002
    """The model of that id, or else the default one; None when the engine knows neither.

    Args:
        models: What the engine knows.
        id: A model's id, or an empty text.

    Returns:
        The model.
    """
    default = next((model for model in models if model.default), None)
    return next((model for model in models if model.id == id), default)


def linked(text: str, link: str) -> str:
    """Text as HTML that leads to a page, where there is one.

    Args:
        text: Plain text.
        link: An address, or an empty text.

    Returns:
        HTML.
    """
    text, link = html.escape(text), html.escape(link)
    return f'<a href="{link}">{text}</a>' if link else text
