"""The models that localmatte knows: the rows of catalogue.toml."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from localmatte.errors import UsageError
from localmatte.models import toml
from localmatte.models.spec import ModelSpec

MODELS: tuple[ModelSpec, ...] = toml.catalogue()

DEFAULT = "u2netp"
"""The model that every set-up has."""

REFINER = "vitmatte-small"
"""The model that refines edges."""


def get(id: str, models: Iterable[ModelSpec] = MODELS) -> ModelSpec:  # noqa: A002
    """The model of that name.

    Args:
        id: Its id.
        models: Where to look; of two with the same id the first counts.

    Returns:
        Its row.

    Raises:
        UsageError: There is none; the hint names those that are spelt alike.
    """
    by_id = {spec.id: spec for spec in reversed(tuple(models))}
    if id in by_id:
        return by_id[id]
    close = difflib.get_close_matches(id, by_id, n=3, cutoff=0.5)
    hint = (
        f"Did you mean {' or '.join(close)}?"
        if close
        else "Run 'localmatte models list' to see the models."
    )
    raise UsageError(f"There is no model {id!r}.", hint)
