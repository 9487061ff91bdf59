"""The controls of a matte's edges, as both editors show them and the engine takes them."""

from __future__ import annotations

from typing import Any, Dict, Mapping, NamedTuple

from .words import N_


class Control(NamedTuple):
    """One control.

    Attributes:
        name: What a request calls it.
        label: What a dialog calls it, to be translated when it is shown.
        help: What it does, in one sentence, to be translated as well.
        unit: "px", "px²" for an area, or empty for a share.
        low: The least value.
        high: The greatest value.
        usual: The greatest value that a slider offers; above it numbers are typed.
        default: The value that leaves the matte as it was found.
        digits: How many digits after the point; 0 for whole numbers.
        power: How it changes with the picture's scale: 0 for a share, 1 for a length, 2 for an
            area.
    """

    name: str
    label: str
    help: str
    unit: str
    low: float
    high: float
    usual: float
    default: float
    digits: int
    power: int


CONTROLS = (
    Control(
        "contrast", N_("Contrast"),
        N_("0 keeps the edge as it is, 1 makes it hard"),
        "", 0, 1, 1, 0, 2, 0,
    ),
    Control(
        "feather", N_("Feather"),
        N_("Softens the edge by this many pixels"),
        "px", 0, 100, 100, 0, 1, 1,
    ),
    Control(
        "shift", N_("Shift edge"),
        N_("Moves the edge outwards by this many pixels; negative values move it inwards"),
        "px", -50, 50, 50, 0, 1, 1,
    ),
    Control(
        "smooth", N_("Smooth"),
        N_("Smooths out bumps in the outline up to about this many pixels in size"),
        "px", 0, 50, 50, 0, 1, 1,
    ),
    Control(
        "specks", N_("Remove specks"),
        N_("Removes isolated parts smaller than this area, in pixels"),
        "px²", 0, 1 << 28, 10000, 0, 0, 2,
    ),
    Control(
        "holes", N_("Fill holes"),
        N_("Fills holes smaller than this area, in pixels"),
        "px²", 0, 1 << 28, 10000, 0, 0, 2,
    ),
    Control(
        "threshold", N_("Threshold"),
        N_("The opacity at which Contrast separates the subject from the background"),
        "", 0, 1, 1, 0.5, 2, 0,
    ),
)  # fmt: skip
"""All of them, in the order in which dialogs show them."""


def changed(values: Mapping[str, float]) -> Dict[str, Any]:
    """The `edges` of a request: of these controls' values those that do something.

    Args:
        values: Controls' names and values; those that are left out do nothing.

    Returns:
        Names and values, whole numbers where a control takes nothing else.
    """
    found = {}
    for control in CONTROLS:
        value = values.get(control.name, control.default)
        if value != control.default:
            found[control.name] = value if control.digits else int(value)
    return found


def scaled(edges: Mapping[str, float], scale: float) -> Dict[str, Any]:
    """The same controls for a smaller picture, so that it looks like the whole one made small.

    Args:
        edges: What `changed` returned.
        scale: The length of the smaller picture's sides, as a share of the whole one's.

    Returns:
        Names and values, as `changed` returns them.
    """
    found = {}
    for control in CONTROLS:
        if control.name in edges:
            value = edges[control.name] * scale**control.power
            found[control.name] = value if control.digits else round(value)
    return found
