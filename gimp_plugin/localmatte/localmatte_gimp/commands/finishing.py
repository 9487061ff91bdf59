"""Finish Painted Edges, and Keep and Remove What Is Selected: what the user says of a mask."""

from __future__ import annotations

from functools import partial
from typing import Any, Dict, Optional

from localmatte_bridge import BridgeError, Client

from ..document import layers, mask, pixels
from ..document.layers import Source
from ..document.selection import Limit
from ..words import _
from . import matting
from .call import Call


def run(call: Call) -> bool:
    """Fit masks to the image where the user painted on them.

    Returns:
        Whether it was done; False where the user did not want the result.

    Raises:
        BridgeError: It could not be done; nothing was changed.
    """
    return _finish(call, _("Finishing the painted edges"), _painted, inside_selection=False)


def keep_selected(call: Call) -> bool:
    """Add what is selected to masks, with the image's edges.

    Returns:
        Whether it was done; False where the user did not want the result.

    Raises:
        BridgeError: It could not be done; nothing was changed.
    """
    return _finish(call, _("Keeping what is selected"), partial(_selected, "subject"))


def remove_selected(call: Call) -> bool:
    """Take what is selected from masks, with the image's edges.

    Returns:
        Whether it was done; False where the user did not want the result.

    Raises:
        BridgeError: It could not be done; nothing was changed.
    """
    return _finish(call, _("Removing what is selected"), partial(_selected, "background"))


def _finish(call: Call, title: str, options: Any, inside_selection: bool = True) -> bool:
    task = matting.Task(
        title,
        options,
        inside_selection=inside_selection,
        hide_outside=False,
        confirm=matting.confirming(call),
        ask=Client.finish,
    )
    return matting.run(layers.of(call.drawables), task)


def _painted(source: Source, limit: Optional[Limit]) -> Dict[str, Any]:
    if not source.layer.get_mask():
        raise mask.missing(source)
    asked: Dict[str, Any] = {"mask": mask.existing(source)}
    kept = mask.kept(source)
    if kept is None:
        return asked
    if not kept.mask:
        return {**asked, "turned": True}
    return {**asked, "before": [kept.mask], "levels": kept.levels}


def _selected(meaning: str, source: Source, limit: Optional[Limit]) -> Dict[str, Any]:
    if limit is None:
        raise BridgeError(
            "selection", _("There is no selection."), _("Select part of the layer, and try again.")
        )
    return {
        "mask": mask.existing_or_white(source),
        "selected": [mask.over(source, limit.mask, pixels.EIGHT_BITS)],
        "selected_as": meaning,
    }
