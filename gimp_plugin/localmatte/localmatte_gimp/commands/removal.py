"""Remove Background, from the click to the mask."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from gi.repository import Gimp

from localmatte_bridge.edge_controls import changed

from .. import arguments, engine
from ..document import layers, output
from ..document.layers import Source
from ..document.selection import Limit
from ..words import _
from . import matting
from .call import Call

NAME = "localmatte-remove-background"


def run(call: Call) -> bool:
    """Remove the background as GIMP asks for it.

    Returns:
        Whether it was done; False where the user closed the dialog.

    Raises:
        BridgeError: It could not be done; nothing was changed.
    """
    chosen = layers.of(call.drawables)
    if call.with_dialog and not _ask(call, chosen):
        return False
    _remove(chosen, arguments.read(call.config))
    return True


def again(call: Call) -> bool:
    """Remove the background with the last settings.

    Returns:
        True: it was done.

    Raises:
        BridgeError: It could not be done; nothing was changed.
    """
    settings = arguments.read(call.last_settings(NAME))
    _remove(layers.of(call.drawables), settings)
    return True


def _remove(chosen: List[Gimp.Layer], settings: arguments.Arguments) -> None:
    extra = {"colours": True} if output.OUTPUTS[settings.output].colours else {}

    def options(_source: Source, limit: Optional[Limit]) -> Dict[str, Any]:
        return {
            "model": settings.model,
            "refine": settings.refine,
            "edges": changed(settings.edges),
            "selection": limit.box if limit else None,
            **extra,
        }

    matting.run(
        chosen,
        _("Removing the background"),
        options,
        inside_selection=settings.inside_selection,
        hide_outside=True,
        made=settings.output,
        existing_mask=settings.existing_mask,
    )


def _ask(call: Call, chosen: List[Gimp.Layer]) -> bool:
    # GimpUi needs a display, so it is imported only here.
    from ..ui import dialog

    return dialog.ask(call.procedure, call.config, engine.models(), chosen)
