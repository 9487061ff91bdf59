"""The command line's flags for the edges of a matte."""

from __future__ import annotations

import argparse
from dataclasses import fields

from localmatte.options import LIMITS, Edges

WORDS = {
    "specks": "take away parts of the subject of fewer pixels",
    "holes": "fill enclosed parts of fewer pixels",
    "smooth": "even out the outline by so many pixels",
    "shift": "move the edge outwards by so many pixels; negative shrinks",
    "feather": "soften the edge by so many pixels",
    "contrast": "0 as soft as it is, 1 hard",
    "threshold": "the alpha that becomes a half as the contrast rises",
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
            help=f"{WORDS[field.name]} ({low:g} to {high:g}; default: {field.default:g})",
        )


def edges(arguments: argparse.Namespace) -> Edges:
    """The edges that the flags ask for.

    Raises:
        UsageError: A value is outside of its limits.
    """
    return Edges.of({field.name: getattr(arguments, field.name) for field in fields(Edges)})
