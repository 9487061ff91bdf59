"""Remove Background, from the click to the mask."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from gi.repository import Gimp

from localmatte_bridge import Result, history
from localmatte_bridge.edge_controls import changed
from localmatte_bridge.history import Origin
from localmatte_bridge.prompts import Prompts

from .. import arguments, engine
from ..document import layers, mask, output
from ..document.layers import Source
from ..document.selection import Limit
from ..words import _
from . import matting
from .call import Call

NAME = "localmatte-remove-background"


def run(call: Call) -> bool:
    """Remove the background as GIMP asks for it.

    Returns:
        Whether it was done; False where the user closed the dialog or did not want the result.

    Raises:
        BridgeError: It could not be done; nothing was changed.
    """
    chosen = layers.of(call.drawables)
    prompts = _ask(call, chosen) if call.with_dialog else Prompts()
    if prompts is None:
        return False
    return _remove(call, chosen, arguments.read(call.config), prompts)


def again(call: Call) -> bool:
    """Remove the background with the last settings.

    Returns:
        Whether it was done; False where the user did not want the result.

    Raises:
        BridgeError: It could not be done; nothing was changed.
    """
    settings = arguments.read(call.last_settings(NAME))
    return _remove(call, layers.of(call.drawables), settings, Prompts())


def _remove(
    call: Call, chosen: List[Gimp.Layer], settings: arguments.Arguments, prompts: Prompts
) -> bool:
    wanted = output.OUTPUTS[settings.output]
    kept = wanted.combined and not wanted.colours
    extra = {"colours": wanted.colours, "raw": kept}

    fixed: List[bytes] = []

    def options(source: Source, limit: Optional[Limit]) -> Dict[str, Any]:
        # The user saw the first layer alone.
        meant = prompts.fields() if source.layer == chosen[0] else {}
        fixed.append(mask.fixed(source, limit, settings.existing_mask) if kept else b"")
        return {
            "model": settings.model,
            "refine": settings.refine,
            "best_edges": settings.refine and settings.best_edges,
            "edges": changed(settings.edges),
            "selection": limit.box if limit else None,
            **extra,
            **meant,
        }

    def origin(
        source: Source, options: Dict[str, Any], result: Result, made: Gimp.Channel
    ) -> Optional[Origin]:
        return history.origin(result, options, fixed.pop(0))

    task = matting.Task(
        _("Removing the background"),
        options,
        inside_selection=settings.inside_selection,
        hide_outside=True,
        confirm=matting.confirming(call),
        output=settings.output,
        existing_mask=settings.existing_mask,
        origin=origin,
    )
    return matting.run(chosen, task)


def _ask(call: Call, chosen: List[Gimp.Layer]) -> Optional[Prompts]:
    # GimpUi needs a display, so it is imported only here.
    from ..ui import dialog

    models, suggestion = engine.models_and_suggestion(call.config.get_property("model"))
    return dialog.ask(call.procedure, call.config, models, chosen, suggestion)
