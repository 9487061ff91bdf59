"""The entry that stands in the menu where the plug-in cannot be used."""

from __future__ import annotations

import importlib
from typing import Any

from krita import Krita

from tests.editors.inside import krita_hand as hand


def choose() -> None:
    """Choose it."""
    Krita.instance().action("localmatte_unusable").trigger()


def refusal(version: str, folder: str) -> str:
    """What the plug-in would say in a Krita of that version, lying in that folder."""
    unusable: Any = importlib.import_module("localmatte.unusable")
    try:
        unusable.check(version, folder)
    except unusable.CannotRun as error:
        return f"{error.message} {error.hint}"
    return ""


def dismiss() -> None:
    """Close the message box."""
    hand.dismiss()


def version() -> str:
    """Krita's."""
    return str(Krita.instance().version())
