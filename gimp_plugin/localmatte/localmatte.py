#!/usr/bin/env python3
"""Registers localmatte's commands in GIMP 3; what they do is imported when one runs."""

from __future__ import annotations

import sys
import traceback

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, GLib, GObject  # noqa: E402

REMOVE_BACKGROUND = "localmatte-remove-background"


class Localmatte(Gimp.PlugIn):  # type: ignore[misc]  # gi carries no types
    """The plug-in, as GIMP asks it at start and at each click."""

    def do_set_i18n(self, name: str) -> bool:
        """No translations yet."""
        return False

    def do_query_procedures(self) -> list[str]:
        """The names of the procedures."""
        return [REMOVE_BACKGROUND]

    def do_create_procedure(self, name: str) -> Gimp.Procedure:
        """The procedure of that name, with its menu entry and arguments."""
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, _run, None)
        procedure.set_image_types("*")
        procedure.set_sensitivity_mask(
            Gimp.ProcedureSensitivityMask.DRAWABLE | Gimp.ProcedureSensitivityMask.DRAWABLES
        )
        procedure.set_menu_label("Remove Bac_kground\u2026")
        procedure.add_menu_path("<Image>/Filters")
        procedure.set_documentation(
            "Cut the background out of the selected layers, as layer masks",
            "Finds the foreground of each selected layer with a neural network on this computer "
            "and hides the rest behind a layer mask. The layers' pixels stay as they are. "
            "A mask that a layer has already is replaced, or combined with the new one.",
            name,
        )
        procedure.set_attribution("The localmatte authors", "The localmatte authors, MIT", "2026")
        procedure.add_string_argument(
            "model",
            "_Model",
            "The id of the model that finds the foreground",
            "u2netp",
            GObject.ParamFlags.READWRITE,
        )
        procedure.add_boolean_argument(
            "refine",
            "Refine _edges",
            "Fit the mask to the edges in the picture at full resolution",
            True,
            GObject.ParamFlags.READWRITE,
        )
        procedure.add_string_argument(
            "existing-mask",
            "E_xisting mask",
            "What happens with a mask that the layer has: replace, intersect or add",
            "replace",
            GObject.ParamFlags.READWRITE,
        )
        return procedure


def _run(
    procedure: Gimp.Procedure,
    run_mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: list[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
    data: None,
) -> Gimp.ValueArray:
    try:
        from localmatte_gimp import command  # type: ignore[import-not-found]  # lies beside us

        return command.run(procedure, run_mode, drawables, config)
    except Exception as error:
        # A copy that is damaged or half removed must explain itself, too.
        traceback.print_exc()
        message = (
            f"localmatte's plug-in failed: {error}.\n"
            "Run `python3 install` in localmatte's folder again, then restart GIMP."
        )
        failure = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), message, 0)
        return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, failure)


Gimp.main(Localmatte.__gtype__, sys.argv)
