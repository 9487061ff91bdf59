#!/usr/bin/env python3
"""Registers localmatte's commands in GIMP 3; what they do is imported when one runs.

Nothing but GIMP's own interface is imported before: however damaged the rest is, the entries
stay in the menu and say what is wrong.
"""

from __future__ import annotations

import sys
import traceback
from typing import Any

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, GLib, GObject  # noqa: E402

DOMAIN = "localmatte"
CATALOGUES = "localmatte_bridge/locale"
MENU = "<Image>/Filters/"
NO_HELP = None
"""What GIMP looks up in its own manual; there is nothing of ours in it."""

FLAGS = GObject.ParamFlags.READWRITE

ANY_NUMBER = 1e9
"""GIMP would pass over a number outside of an argument's range and go on with the default; so
the arguments take any, and the command says which one is wrong."""


def N_(text: str) -> str:
    """Mark a text in a table; it is translated by `_` when it is shown."""
    return text


EDGES = (
    ("contrast", N_("Contrast"), N_("0 leaves the edge as soft as it is, 1 makes it hard"), 0.0),
    ("feather", N_("Feather"), N_("Softens the edge over this many pixels"), 0.0),
    (
        "shift",
        N_("Shift edge"),
        N_("Moves the edge outwards by this many pixels, inwards where negative"),
        0.0,
    ),
    (
        "smooth",
        N_("Smooth"),
        N_("Evens out bumps in the outline of up to about this many pixels"),
        0.0,
    ),
    (
        "specks",
        N_("Remove specks"),
        N_("Removes parts of the subject of fewer pixels than this"),
        0.0,
    ),
    ("holes", N_("Fill holes"), N_("Fills enclosed gaps of fewer pixels than this"), 0.0),
    (
        "threshold",
        N_("Threshold"),
        N_("The opacity at which a rising contrast parts the subject from the rest"),
        0.5,
    ),
)
"""The edge controls: names, labels, what they do, defaults. The bridge has the same, but a
damaged bridge must not take the entries out of the menu."""


def _(text: str) -> str:
    """The text in GIMP's language, or as it is where no catalogue has it."""
    return str(GLib.dgettext(DOMAIN, text))


class Localmatte(Gimp.PlugIn):  # type: ignore[misc]  # gi carries no types
    """The plug-in, as GIMP asks it at start and at each click."""

    def do_set_i18n(self, name: str) -> tuple[bool, str, str]:
        """Where the translations lie, from the plug-in's folder."""
        return True, DOMAIN, CATALOGUES

    def do_query_procedures(self) -> list[str]:
        """The names of the procedures."""
        return list(COMMANDS)

    def do_create_procedure(self, name: str) -> Gimp.Procedure:
        """The procedure of that name, with its menu entry and arguments."""
        return self.procedure(name, _run)

    def procedure(self, name: str, run: Any) -> Gimp.Procedure:
        """The procedure of that name.

        Args:
            name: A key of COMMANDS.
            run: What GIMP calls when it runs.
        """
        kind, describe = COMMANDS[name]
        procedure = kind.new(self, name, Gimp.PDBProcType.PLUGIN, run, None)
        if kind is Gimp.ImageProcedure:
            procedure.set_image_types("*")
            procedure.set_sensitivity_mask(
                Gimp.ProcedureSensitivityMask.DRAWABLE | Gimp.ProcedureSensitivityMask.DRAWABLES
            )
        procedure.set_attribution("The localmatte authors", "The localmatte authors, MIT", "2026")
        describe(procedure)
        # GIMP sorts a plug-in's entries by path and label. A section that it does not know is
        # passed over when it makes the menu, but counts then: so they stay in this order.
        section = "/[{}]".format(list(COMMANDS).index(name))
        # GIMP takes a path only of a procedure that has a label.
        procedure.add_menu_path(MENU + _("Remove Bac_kground") + section)
        return procedure


def _remove_background(procedure: Gimp.Procedure) -> None:
    procedure.set_menu_label(_("_Remove Background\u2026"))
    procedure.set_documentation(
        _("Cut the background out of the selected layers, as layer masks"),
        _(
            "Finds the foreground of each selected layer with a neural network on this computer "
            "and hides the rest behind a layer mask. The layers' pixels stay as they are. "
            "A mask that a layer has already is replaced, or combined with the new one."
        ),
        NO_HELP,
    )
    _add_model(procedure)
    procedure.add_boolean_argument(
        "refine",
        _("Refine _edges"),
        _("Fit the mask to the edges in the picture at full resolution"),
        True,
        FLAGS,
    )
    procedure.add_boolean_argument(
        "inside-selection",
        _("Only _inside the selection"),
        _(
            "Look only inside the selection, if there is one, and hide what lies outside; "
            "the selection stays"
        ),
        True,
        FLAGS,
    )
    procedure.add_string_argument(
        "output",
        _("Ma_ke"),
        _(
            "What is made: mask, layer (a new layer with a mask), colours (such a layer with clean "
            "colours at its edges) or selection"
        ),
        "mask",
        FLAGS,
    )
    procedure.add_string_argument(
        "existing-mask",
        _("E_xisting mask"),
        _("What happens with a mask that the layer has: replace, intersect or add"),
        "replace",
        FLAGS,
    )
    for name, label, text, default in EDGES:
        procedure.add_double_argument(
            name, _(label), _(text), -ANY_NUMBER, ANY_NUMBER, default, FLAGS
        )


def _again(procedure: Gimp.Procedure) -> None:
    procedure.set_menu_label(_("_Again with the Last Settings"))
    procedure.set_documentation(
        _("Remove the background as it was done last, without a dialog"),
        _(
            "Does what localmatte-remove-background does, with the settings that its dialog had "
            "when OK was pressed last, or with its defaults."
        ),
        NO_HELP,
    )


def _refine_inside_selection(procedure: Gimp.Procedure) -> None:
    procedure.set_menu_label(_("Refine _Inside Selection"))
    procedure.set_documentation(
        _("Look closer at what is selected, and change the layer masks there"),
        _(
            "Looks at the selected part of each selected layer alone, so that the network sees it "
            "large, and puts what it finds into the layer's mask, softly at the selection's "
            "border. Outside of the selection the mask stays as it is; a layer without one gets "
            "one that shows all the rest. The layers' pixels stay as they are. In the menu it "
            "uses the model that the dialog used last."
        ),
        NO_HELP,
    )
    _add_model(procedure)


def _models(procedure: Gimp.Procedure) -> None:
    procedure.set_menu_label(_("_Models\u2026"))
    procedure.set_documentation(
        _("Show, download and remove the models that find the foreground"),
        _(
            "Shows the models with their sizes and licences, and which of them are on this "
            "computer. A script lists, downloads or removes them; nothing else of localmatte "
            "uses the network."
        ),
        NO_HELP,
    )
    procedure.add_enum_argument(
        "run-mode",
        _("Run mode"),
        _("Interactive for the window, non-interactive for the action"),
        Gimp.RunMode,
        Gimp.RunMode.NONINTERACTIVE,
        FLAGS,
    )
    procedure.add_string_argument(
        "action", _("Action"), _("What is done: list, download or remove"), "list", FLAGS
    )
    _add_model(procedure)
    procedure.add_boolean_argument(
        "accept-licence",
        _("Accept the licence"),
        _("Accept the terms of a model that does not allow every use"),
        False,
        FLAGS,
    )
    procedure.add_string_array_return_value(
        "present", _("Present"), _("The ids of the models that are on this computer"), FLAGS
    )


def _add_model(procedure: Gimp.Procedure) -> None:
    procedure.add_string_argument("model", _("_Model"), _("The id of the model"), "u2netp", FLAGS)


COMMANDS = {
    "localmatte-remove-background": (Gimp.ImageProcedure, _remove_background),
    "localmatte-remove-background-again": (Gimp.ImageProcedure, _again),
    "localmatte-refine-inside-selection": (Gimp.ImageProcedure, _refine_inside_selection),
    "localmatte-models": (Gimp.Procedure, _models),
}
"""The procedures' names, their kinds, and what gives each its label, documentation and
arguments."""


def _run(procedure: Gimp.Procedure, *arguments: Any) -> Gimp.ValueArray:
    try:
        from localmatte_gimp import commands  # type: ignore[import-not-found]  # lies beside us

        return commands.run(procedure, *arguments)
    except Exception as error:
        # A copy that is damaged or half removed must explain itself, too.
        traceback.print_exc()
        message = _(
            "localmatte's plug-in failed: {}.\n"
            "Run `python3 install` in localmatte's folder again, then restart GIMP."
        ).format(error)
        failure = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), message, 0)
        return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, failure)


Gimp.main(Localmatte.__gtype__, sys.argv)
