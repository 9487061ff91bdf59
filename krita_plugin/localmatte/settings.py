"""What the user chose, kept where Krita keeps its own settings."""

from __future__ import annotations

import json
from typing import Any, Dict, NamedTuple

from krita import Krita

GROUP = "localmatte"

OLD_PRESETS = "presets"
"""The setting that held the presets before all editors had one file for them."""


class Settings(NamedTuple):
    """The choices that a removal depends on.

    Attributes:
        model: A model's id; empty for the engine's own choice.
        refine: Whether the matte's edges are worked out at the picture's full size.
        best_edges: Whether a network refines them then.
        inside_selection: Whether the selection, where there is one, limits what is shown.
        output: What is made of the matte, a key of output.OUTPUTS.
        existing: What becomes of a mask that an earlier removal made, a key of mask.EXISTING.
        edges: How the edges are finished: the controls that do something, by their names.
        view: How the preview is looked at, a key of views.VIEWS.
        backdrop: The colour behind the preview where one is wanted, as Qt writes it.
    """

    model: str = ""
    refine: bool = True
    best_edges: bool = False
    inside_selection: bool = True
    output: str = "mask"
    existing: str = "replace"
    edges: Dict[str, float] = {}  # noqa: RUF012  # nobody adds to it
    view: str = "transparency"
    backdrop: str = "#00b140"


DEFAULTS = Settings()


def read() -> Settings:
    """The choices as they were last written."""
    app = Krita.instance()
    return Settings(
        *(
            _like(default, app.readSetting(GROUP, name, _text(default)))
            for name, default in DEFAULTS._asdict().items()
        )
    )


def write(settings: Settings) -> None:
    """Keep the choices, also for the next start of Krita.

    Args:
        settings: All of them.
    """
    app = Krita.instance()
    for name, value in settings._asdict().items():
        app.writeSetting(GROUP, name, _text(value))


def old_presets() -> Dict[str, Dict[str, float]]:
    """The presets that were kept here before: edges by the names that the user gave them."""
    found = _like({}, Krita.instance().readSetting(GROUP, OLD_PRESETS, ""))
    return {name: edges for name, edges in found.items() if isinstance(edges, dict)}


def forget_old_presets() -> None:
    """Keep no presets here any longer."""
    Krita.instance().writeSetting(GROUP, OLD_PRESETS, "")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _like(default: Any, text: str) -> Any:
    """A setting of its default's type; the default where the user's file says something else."""
    if isinstance(default, str):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return default
    return value if isinstance(value, type(default)) else default
