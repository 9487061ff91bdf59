"""Runs inside Krita: what the plug-in says in its menu and its docker."""

from __future__ import annotations

from typing import Any

from krita import Krita

from tests.editors.inside.krita_docker import docker

ENTRY = "localmatte_remove_background"


def shown() -> dict[str, Any]:
    """The docker's title, and the command's entry and tip in the menu."""
    entry = Krita.instance().action(ENTRY)
    return {
        "docker": docker().windowTitle(),
        "entry": entry.text().replace("&", ""),
        "tip": entry.statusTip(),
    }


def masks() -> list[str]:
    """The names of the masks on the lowest layer."""
    (layer, *_) = Krita.instance().activeDocument().topLevelNodes()
    return [mask.name() for mask in layer.childNodes()]


def rename(name: str) -> None:
    """Give the only mask on the lowest layer another name."""
    (layer, *_) = Krita.instance().activeDocument().topLevelNodes()
    (mask,) = layer.childNodes()
    mask.setName(name)
