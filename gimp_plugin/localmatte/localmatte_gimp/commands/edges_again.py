"""Edges Again…: other edges for masks that localmatte made, from what it found then."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from gi.repository import Gimp

from localmatte_bridge import Client, Result
from localmatte_bridge.edge_controls import CONTROLS, changed
from localmatte_bridge.history import Opened, Origin

from .. import arguments
from ..document import layers, mask
from ..document.layers import Source
from ..document.selection import Limit
from ..words import _
from . import matting
from .call import Call


def run(call: Call) -> bool:
    """Set the edges of masks again, without a network.

    Returns:
        Whether it was done; False where the user closed the dialog or did not want the result.

    Raises:
        BridgeError: It could not be done; nothing was changed.
    """
    chosen = layers.of(call.drawables)
    if call.with_dialog and not _ask(call, chosen):
        return False
    edges = changed(arguments.edges(call.config))
    found: List[Opened] = []

    def options(source: Source, limit: Optional[Limit]) -> Dict[str, Any]:
        opened = mask.opened(source)
        found.append(opened)
        return {
            "mask": mask.existing(source),
            "raw": opened.origin.raw,
            "held": [opened.held] if opened.held else None,
            "edges": edges,
        }

    def origin(
        source: Source, options: Dict[str, Any], result: Result, made: Gimp.Channel
    ) -> Origin:
        opened = found.pop(0)
        return opened.origin.with_edges(edges, opened.held)

    task = matting.Task(
        _("Refining the edges"),
        options,
        inside_selection=False,
        hide_outside=False,
        confirm=matting.confirming(call),
        ask=Client.refine,
        origin=origin,
    )
    return matting.run(chosen, task)


def _ask(call: Call, chosen: List[Gimp.Layer]) -> bool:
    """Let the user choose, beginning with the edges that the first layer's mask has."""
    edges = mask.opened(Source(chosen[0])).origin.edges
    for control in CONTROLS:
        call.config.set_property(control.name, edges.get(control.name, control.default))
    # GimpUi needs a display, so it is imported only here.
    from ..ui import dialog

    return dialog.ask_edges(call.procedure, call.config, chosen)
