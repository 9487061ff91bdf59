#!/usr/bin/env python3
"""Registers localmatte's commands in GIMP 3; what they do is imported when one runs.

Nothing but GIMP's own interface is imported before: however damaged the rest is, the entries
stay in the menu and say what is wrong.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, Gio, GLib, GObject  # noqa: E402

DOMAIN = "localmatte"
CATALOGUES = "localmatte_bridge/locale"
HERE = os.path.dirname(os.path.abspath(__file__))
ICON = os.path.join(HERE, "localmatte_bridge", "icon.svg")
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
    ("contrast", N_("Contrast"), N_("0 keeps the edge as it is, 1 makes it hard"), 0.0),
    ("feather", N_("Feather"), N_("Softens the edge by this many pixels"), 0.0),
    (
        "shift",
        N_("Shift edge"),
        N_("Moves the edge outwards by this many pixels; negative values move it inwards"),
        0.0,
    ),
    (
        "smooth",
        N_("Smooth"),
        N_("Smooths out bumps in the outline up to about this many pixels in size"),
        0.0,
    ),
    (
        "specks",
        N_("Remove specks"),
        N_("Removes isolated parts smaller than this area, in pixels"),
        0.0,
    ),
    ("holes", N_("Fill holes"), N_("Fills holes smaller than this area, in pixels"), 0.0),
    (
        "threshold",
        N_("Threshold"),
        N_("The opacity at which Contrast separates the subject from the background"),
        0.5,
    ),
)
"""The edge controls: names, labels, what they do, defaults. The bridge has the same, but a
damaged bridge must not take the entries out of the menu."""


def _(text: str) -> str:
    """The text in GIMP's language, or as it is where no catalogue has it."""
    return str(GLib.dgettext(DOMAIN, text))


class Localmatte(Gimp.PlugIn):
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
        """Describe a procedure to GIMP.

        Args:
            name: A key of COMMANDS.
            run: What GIMP calls when the procedure runs.

        Returns:
            The procedure, with its menu entry and arguments.
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
    procedure.set_icon_file(Gio.File.new_for_path(ICON))
    procedure.set_documentation(
        _("Remove the background of the selected layers with layer masks"),
        _(
            "Finds the subject of each selected layer with a neural network on this computer, and "
            "hides the rest with a layer mask. The layers' pixels are not changed. An existing "
            'layer mask is replaced, or combined with the new one. "output" can be mask (a layer '
            "mask), layer (a new layer with a mask), colours (a new layer with clean colours) or "
            'selection; "existing-mask" can be replace, intersect or add.'
        ),
        NO_HELP,
    )
    _add_model(procedure)
    procedure.add_boolean_argument(
        "refine",
        _("Refine _edges"),
        _("Fit the mask to the edges in the image at full resolution"),
        True,
        FLAGS,
    )
    procedure.add_boolean_argument(
        "best-edges",
        _("Best ed_ges"),
        _("Have the model ViTMatte refine the edges as well, which is slow"),
        False,
        FLAGS,
    )
    procedure.add_boolean_argument(
        "inside-selection",
        _("Only _inside the selection"),
        _(
            "If there is a selection, look for the subject only inside it, and hide everything "
            "outside"
        ),
        True,
        FLAGS,
    )
    procedure.add_string_argument(
        "output",
        _("Outp_ut"),
        _("What to create: a layer mask, a new layer, or a selection"),
        "mask",
        FLAGS,
    )
    procedure.add_string_argument(
        "existing-mask",
        _("E_xisting mask"),
        _("How to combine the result with an existing layer mask"),
        "replace",
        FLAGS,
    )
    _add_edges(procedure)


def _again(procedure: Gimp.Procedure) -> None:
    procedure.set_menu_label(_("Repeat with _Last Settings"))
    procedure.set_documentation(
        _("Remove the background with the last settings, without a dialog"),
        _(
            "Does the same as localmatte-remove-background, with the settings last confirmed in "
            "its dialog, or with the defaults."
        ),
        NO_HELP,
    )


def _edges_again(procedure: Gimp.Procedure) -> None:
    procedure.set_menu_label(_("_Edges Again\u2026"))
    procedure.set_documentation(
        _("Change the edge settings of a layer mask that localmatte created"),
        _(
            "Applies other edge settings to the selected layers' masks, from what the model found "
            "when the background was removed. The model is not run again. What has been painted "
            "on the mask since then is kept, and the layers' pixels are not changed."
        ),
        NO_HELP,
    )
    _add_edges(procedure)


def _refine_inside_selection(procedure: Gimp.Procedure) -> None:
    procedure.set_menu_label(_("Refine _Inside Selection"))
    procedure.set_documentation(
        _("Run the model on the selected area only, and update the layer masks there"),
        _(
            "Runs the model on the selected area of each selected layer only, zoomed in, and "
            "blends the result into the layer's mask. Outside the selection the mask is not "
            "changed; a layer without a mask gets one that shows everything else. The layers' "
            "pixels are not changed. From the menu, it uses the model last chosen in the dialog."
        ),
        NO_HELP,
    )
    _add_model(procedure)


def _finish_painted_edges(procedure: Gimp.Procedure) -> None:
    procedure.set_menu_label(_("_Finish Painted Edges"))
    procedure.set_documentation(
        _("Fit the mask to the edges in the image where it was painted on"),
        _(
            "What has been painted white on the layer mask since localmatte created it counts as "
            "the subject, and what has been painted black as the background; the mask's edges "
            "there are fitted to the image. The rest of the mask and the layer's pixels are not "
            "changed. In a mask that localmatte did not create, only soft edges are changed."
        ),
        NO_HELP,
    )


def _keep_selected(procedure: Gimp.Procedure) -> None:
    procedure.set_menu_label(_("_Keep What Is Selected"))
    procedure.set_documentation(
        _("Show what is selected, with edges fitted to the image"),
        _(
            "Adds what is selected to the layer's mask and fits the mask's edges there to the "
            "image. The rest of the mask and the layer's pixels are not changed."
        ),
        NO_HELP,
    )


def _remove_selected(procedure: Gimp.Procedure) -> None:
    procedure.set_menu_label(_("Remove _What Is Selected"))
    procedure.set_documentation(
        _("Hide what is selected, with edges fitted to the image"),
        _(
            "Removes what is selected from the layer's mask and fits the mask's edges there to the "
            "image. A layer without a mask gets one. The rest of the mask and the layer's pixels "
            "are not changed."
        ),
        NO_HELP,
    )


def _models(procedure: Gimp.Procedure) -> None:
    procedure.set_menu_label(_("_Models\u2026"))
    procedure.set_documentation(
        _("Show, download and remove background removal models"),
        _(
            "Shows the models with their sizes and licences, and which ones are downloaded. A "
            "script can list, download or remove them. Once localmatte is set up, nothing else in "
            "it uses the network."
        ),
        NO_HELP,
    )
    procedure.add_enum_argument(
        "run-mode",
        _("Run mode"),
        _("Interactive to open the window, non-interactive to run the action"),
        Gimp.RunMode,
        Gimp.RunMode.NONINTERACTIVE,
        FLAGS,
    )
    procedure.add_string_argument(
        "action", _("Action"), _("What to do: list, download or remove"), "list", FLAGS
    )
    _add_model(procedure)
    procedure.add_boolean_argument(
        "accept-licence",
        _("Accept the licence"),
        _("Accept the licence of a model that restricts its use"),
        False,
        FLAGS,
    )
    procedure.add_string_array_return_value(
        "present", _("Downloaded"), _("The ids of the downloaded models"), FLAGS
    )


def _add_edges(procedure: Gimp.Procedure) -> None:
    for name, label, text, default in EDGES:
        procedure.add_double_argument(
            name, _(label), _(text), -ANY_NUMBER, ANY_NUMBER, default, FLAGS
        )


def _add_model(procedure: Gimp.Procedure) -> None:
    procedure.add_string_argument(
        "model", _("_Model"), _("The model that finds the subject"), "u2netp", FLAGS
    )


COMMANDS = {
    "localmatte-remove-background": (Gimp.ImageProcedure, _remove_background),
    "localmatte-remove-background-again": (Gimp.ImageProcedure, _again),
    "localmatte-edges-again": (Gimp.ImageProcedure, _edges_again),
    "localmatte-refine-inside-selection": (Gimp.ImageProcedure, _refine_inside_selection),
    "localmatte-finish-painted-edges": (Gimp.ImageProcedure, _finish_painted_edges),
    "localmatte-keep-selected": (Gimp.ImageProcedure, _keep_selected),
    "localmatte-remove-selected": (Gimp.ImageProcedure, _remove_selected),
    "localmatte-models": (Gimp.Procedure, _models),
}
"""The procedures' names, their kinds, and what gives each its label, documentation and
arguments."""


def _run(procedure: Gimp.Procedure, *arguments: Any) -> Gimp.ValueArray:
    try:
        # Where this file is a link, Python would look beside its target.
        sys.path.insert(0, HERE)
        from localmatte_gimp import commands  # type: ignore[import-not-found]  # lies beside us

        answer: Gimp.ValueArray = commands.run(procedure, *arguments)
        return answer
    except Exception as error:
        # A copy that is damaged or half removed must explain itself, too.
        traceback.print_exc()
        message = _(
            "The localmatte plug-in failed: {}.\n"
            "Run localmatte's installer again ('python3 install' in its folder), then restart "
            "GIMP."
        ).format(error)
        failure = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), message, 0)
        return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, failure)


Gimp.main(Localmatte.__gtype__, sys.argv)
