"""Refine Inside Selection: a closer look at a part of a layer, put into the mask it has."""

from __future__ import annotations

from typing import Any, Dict, Optional

from localmatte_bridge import BridgeError

from ..document import layers, mask, pixels, selection
from ..document.layers import Source
from ..words import _
from . import matting, removal
from .call import Call


def run(call: Call) -> bool:
    """Look closer at what is selected, with the model of the dialog or of the script.

    Returns:
        Whether it was done; False where the user did not want the result.

    Raises:
        BridgeError: It could not be done; nothing was changed.
    """
    chosen = layers.of(call.drawables)
    config = call.config if call.from_script else call.last_settings(removal.NAME)
    model = config.get_property("model")

    def options(source: Source, limit: Optional[selection.Limit]) -> Dict[str, Any]:
        if limit is None:
            raise BridgeError(
                "selection",
                _("There is no selection."),
                _("Select the part of the layer to refine."),
            )
        return {
            "existing": mask.existing_or_white(source),
            "selected": [mask.over(source, limit.mask, pixels.EIGHT_BITS)],
            "selection": limit.box,
            "model": model,
        }

    task = matting.Task(
        _("Refining inside the selection"),
        options,
        inside_selection=True,
        hide_outside=False,
        confirm=matting.confirming(call),
    )
    return matting.run(chosen, task)
