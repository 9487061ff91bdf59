"""The command line's flags for the edges of a matte."""

from __future__ import annotations

import argparse
from dataclasses import fields

from localmatte.options import LIMITS, Edges

WORDS = {
    "specks": "remove isolated parts smaller than N pixels",
    "holes": "fill holes smaller than N pixels",
    "smooth": "smooth the outline by N pixels",
    "shift": "move the edge outwards by N pixels; a negative N moves it inwards",
    "feather": "soften the edge by N pixels",
    "contrast": "0 keeps the edge as it is, 1 makes it hard",
    "threshold": "the opacity at which --contrast separates the subject from the background",
}


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add a flag for each control."""
    group = parser.add_argument_group("edges")
    for field in fields(Edges):
        low, high = LIMITS[field.name]
        group.add_argument(
            f"--{field.name}",
            type=type(field.default),
            default=field.default,
            metavar="N",
            help=f"{WORDS[field.name]} ({low:g} to {high:.9g}; default: {field.default:g})",
        )


def edges(arguments: argparse.Namespace) -> Edges:
    """The edges that the flags ask for.

    Raises:
        UsageError: A value is outside of its limits.
    """
    return Edges.of({field.name: getattr(arguments, field.name) for field in fields(Edges)})
