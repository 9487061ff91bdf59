#!/usr/bin/env python2
"""Registers localmatte's command in GIMP 2.10, whose Python is 2.7.

gimpfu makes the dialog of the table below. What the command does is imported when it runs.
"""

from __future__ import unicode_literals

import os
import sys
import traceback

import gimp
from gimpfu import (
    PF_DRAWABLE,
    PF_IMAGE,
    PF_RADIO,
    PF_STRING,
    PF_TOGGLE,
    CancelError,
    main,
    register,
)

# Where this file is a link, Python would look beside its target.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from localmatte_gimp2.words import CATALOGUES, DOMAIN, N_, _


def _shown(text):
    return _(text).encode("utf-8")


def _choice(name, label, choices):
    """A row of the table for a choice whose first value is the usual one."""
    values = tuple((_shown(shown), value.encode("ascii")) for value, shown in choices)
    return PF_RADIO, name, _shown(label), values[0][1], values


ARGUMENTS = [
    (PF_IMAGE, "image", "Input image", None),
    (PF_DRAWABLE, "drawable", "Input drawable", None),
    (PF_STRING, "model", _shown("_Model"), b"u2netp"),
    (PF_TOGGLE, "refine", _shown("Refine _edges"), True),
    (PF_TOGGLE, "inside-selection", _shown("Only _inside the selection"), True),
    _choice(
        "output",
        N_("Outp_ut"),
        (
            ("mask", N_("Layer mask")),
            ("layer", N_("New layer with mask")),
            ("selection", N_("Selection")),
        ),
    ),
    _choice(
        "existing-mask",
        N_("E_xisting mask"),
        (("replace", N_("Replace")), ("intersect", N_("Intersect")), ("add", N_("Add"))),
    ),
]
"""gimpfu's rows: type, name, label, default and, for a choice, labels and values. A script that
calls the procedure passes the same, after the run mode."""


def remove_background(*arguments):
    """Remove the background as GIMP asks for it.

    Args:
        arguments: One for each row of ARGUMENTS.

    Raises:
        CancelError: It could not be done, and the user was told; nothing was changed. gimpfu
            closes its dialog then, and a script's call fails.
    """
    try:
        from localmatte_gimp2 import removal

        removal.run(*arguments)
    except Exception as error:
        # A copy that is damaged or half removed must explain itself, too.
        text = getattr(error, "text", None) or _unexpected(error)
        gimp.message(text.encode("utf-8"))
        raise CancelError(text.encode("utf-8"))


def _unexpected(error):
    traceback.print_exc()
    return _(
        "The localmatte plug-in failed: {}.\n"
        "Run localmatte's installer again ('python3 install' in its folder), then restart "
        "GIMP."
    ).format(error)


register(
    b"python-fu-localmatte-remove-background",
    # GIMP translates this one and the label itself, with the catalogue that is named below.
    b"Remove the background of the active layer with a layer mask",
    b"Finds the subject of the active layer with a neural network on this computer, and hides the "
    b"rest with a layer mask. The layer's pixels are not changed. An existing layer mask is "
    b"replaced, or combined with the new one.",
    b"The localmatte authors",
    b"The localmatte authors, MIT",
    b"2026",
    N_("_Remove Background\u2026").encode("utf-8"),
    b"*",
    ARGUMENTS,
    [],
    remove_background,
    menu=b"<Image>/Filters",
    domain=(DOMAIN.encode("ascii"), CATALOGUES),
)
main()
