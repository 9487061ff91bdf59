"""The procedure's arguments, checked."""

from __future__ import annotations

from typing import Dict, Iterable, NamedTuple

from gi.repository import Gimp

from localmatte_bridge import BridgeError
from localmatte_bridge.edge_controls import CONTROLS

from .document.mask import EXISTING
from .document.output import OUTPUTS
from .words import _

OPTIONS = ("model", "refine", "best-edges", "inside-selection")
"""The arguments that the engine checks, or that cannot be wrong."""

CHOICES: Dict[str, Iterable[str]] = {"output": OUTPUTS, "existing-mask": EXISTING}
"""What the arguments that name a choice can be.

GIMP's own arguments of that kind only warn of a wrong name and go on with another.
"""


class Arguments(NamedTuple):
    """What was chosen.

    Attributes:
        model: The id of the model.
        refine: Whether the edges are worked out at the picture's full size.
        best_edges: Whether a network refines them then.
        inside_selection: Whether the selection, where there is one, limits what is shown.
        output: A key of document.output.OUTPUTS.
        existing_mask: A key of document.mask.EXISTING.
        edges: The values of the edge controls, by their names.
    """

    model: str
    refine: bool
    best_edges: bool
    inside_selection: bool
    output: str
    existing_mask: str
    edges: Dict[str, float]


def read(config: Gimp.ProcedureConfig) -> Arguments:
    """The arguments as they are now.

    Args:
        config: Those of the procedure that removes the background.

    Raises:
        BridgeError: One of them is wrong; the text names it ("usage").
    """
    values = {name: config.get_property(name) for name in (*OPTIONS, *CHOICES)}
    for name, choices in CHOICES.items():
        if values[name] not in choices:
            raise _wrong(
                _('The argument "{name}" cannot be "{value}".').format(
                    name=name, value=values[name]
                ),
                _("Use one of {choices}.").format(choices=", ".join(choices)),
            )
    fields = {name.replace("-", "_"): value for name, value in values.items()}
    return Arguments(edges=edges(config), **fields)


def edges(config: Gimp.ProcedureConfig) -> Dict[str, float]:
    """The edge controls as they are now.

    Args:
        config: As above.

    Returns:
        Their values by the controls' names, in the layer's own pixels where they have a unit.

    Raises:
        BridgeError: One of them is wrong; the text names it ("usage").
    """
    values = {control.name: config.get_property(control.name) for control in CONTROLS}
    for control in CONTROLS:
        if not control.low <= values[control.name] <= control.high:
            raise _wrong(
                _('The argument "{name}" cannot be {value}.').format(
                    name=control.name, value=values[control.name]
                ),
                _("Use a value from {low} to {high}.").format(low=control.low, high=control.high),
            )
    return values


def _wrong(message: str, hint: str) -> BridgeError:
    return BridgeError("usage", message, hint)
