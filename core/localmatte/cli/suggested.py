"""What `localmatte cut` says of a more accurate model that would take about a second here."""

from __future__ import annotations

import sys
from typing import Any

from localmatte import library, store
from localmatte.cli.terminal import say
from localmatte.inference import suggestion
from localmatte.models.spec import ModelSpec
from localmatte_bridge.models import from_rows
from localmatte_bridge.suggestion import Suggestion


def tell(model: str) -> None:
    """Say it on stderr where somebody may read it, once of each model.

    Args:
        model: The id of the present one.
    """
    found = suggestion.take(model) if sys.stderr.isatty() else None
    if found:
        (row,) = from_rows([library.describe(found.spec)])
        say(f"localmatte: {Suggestion(row, found.seconds).sentence} {_command(found.spec)}")


def fields(model: str) -> dict[str, Any]:
    """The same for --json, as often as it is asked for.

    Args:
        model: The id of the present one.

    Returns:
        "suggestion" where there is one, else nothing.
    """
    found = suggestion.best(model)
    if found is None:
        return {}
    spec = found.spec
    return {
        "suggestion": {
            "model": spec.id,
            "seconds": round(found.seconds, 3),
            "bytes": spec.bytes,
            "licence": spec.licence.name,
            "present": store.present(spec),
        }
    }


def _command(spec: ModelSpec) -> str:
    if store.present(spec):
        return f"Use it with --model {spec.id}."
    return (
        f"Download it with 'localmatte models pull {spec.id}', and use it with --model {spec.id}."
    )
