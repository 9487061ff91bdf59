"""Refine Inside Selection: a closer look at a part of a layer, put into the mask it has."""

from __future__ import annotations

import itertools
from typing import Any, Dict, Iterator, Optional

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
            "existing": _existing(source),
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


def _existing(source: Source) -> Iterator[bytes]:
    """The mask that a layer has, or one that shows all of it."""
    if not source.layer.get_mask():
        area, white = source.extent, source.look.depth.white
        yield from itertools.repeat(white * area.width, area.height)
        return
    yield from mask.existing(source)
