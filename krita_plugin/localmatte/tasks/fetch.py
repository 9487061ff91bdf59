"""Brings models to this computer, and removes them from it."""

from __future__ import annotations

import html
from typing import Any, Sequence

from ..bridge import Installation, Model, size
from ..words import _
from .errand import Errand, Question
from .models import linked


def download(
    installation: Installation, model: Model, models: Sequence[Model], *listeners: Any
) -> Errand:
    """Download a model, once its terms are accepted where it has any.

    Args:
        installation: Where the engine lies.
        model: The model.
        models: All that the engine knows.
        listeners: Those of an Errand.

    Returns:
        What is under way.
    """
    request = {"kind": "pull", "model": model.id, "accept_licence": model.accept}
    question = _licence_question(model) if model.accept else None
    here = not model.refines and any(other.present for other in models)
    instead = _("Or choose a model that is already downloaded.") if here else ""
    refused = _("Nothing was downloaded.")
    return Errand(installation, request, question, refused, instead, *listeners)


def bring(installation: Installation, path: str, *listeners: Any) -> Errand:
    """Copy a model file of the user's to where the engine keeps its models.

    Args:
        installation: Where the engine lies.
        path: The file.
        listeners: Those of an Errand.

    Returns:
        What is under way.
    """
    return Errand(installation, {"kind": "import", "path": path}, None, "", "", *listeners)


def remove(installation: Installation, model: Model, *listeners: Any) -> Errand:
    """Delete the engine's copy of a model, once the user agrees.

    Args:
        installation: Where the engine lies.
        model: The model.
        listeners: Those of an Errand.

    Returns:
        What is under way.
    """
    question = Question(
        _("Remove Model"),
        _("Remove {model} from this computer?").format(model=model.title),
        _("This frees {size}.").format(size=html.escape(size(model.bytes))),
        _("Remove"),
    )
    request = {"kind": "remove", "model": model.id}
    return Errand(installation, request, question, "", "", *listeners)


def _licence_question(model: Model) -> Question:
    terms = html.escape(_("Licence: {terms}.").format(terms=model.terms))
    link = linked(model.licence_link, model.licence_link)
    return Question(
        _("Licence"),
        _("To use {model}, you must accept its licence.").format(model=model.title),
        f"{terms}<br>{link}",
        _("Accept and Download {size}").format(size=size(model.bytes)),
    )
