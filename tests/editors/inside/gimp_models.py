"""Runs inside GIMP: builds the dialog's list of models from the real engine."""

from __future__ import annotations

import sys

import gi

gi.require_version("GimpUi", "3.0")
from gi.repository import Gimp, GimpUi  # noqa: E402


def listed(plug_in: str) -> list[list[str]]:
    """The rows of the list in the dialog of the plug-in in that folder: id and text."""
    sys.path.insert(0, plug_in)
    from localmatte_gimp import engine  # type: ignore[import-not-found]
    from localmatte_gimp.ui import model_chooser  # type: ignore[import-not-found]

    from localmatte_bridge.models import from_rows

    GimpUi.init("localmatte-tests")
    procedure = Gimp.get_pdb().lookup_procedure("localmatte-remove-background")
    with engine.connect() as client:
        known = from_rows(client.ask("models").header["models"])
    combo = model_chooser.model_list(procedure.create_config(), known)
    return [list(row) for row in combo.get_model()]
