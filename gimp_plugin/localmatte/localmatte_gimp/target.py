"""Finds the layers that a command means."""

from __future__ import annotations

from typing import List

from gi.repository import Gimp

from localmatte_bridge import BridgeError

from .pixels import Source
from .words import _

QUICK_MASK = "Qmask"
"""What GIMP calls the channel that stands for the selection."""


def layers(drawables: List[Gimp.Drawable]) -> List[Gimp.Layer]:
    """The layers whose background is meant; for a layer mask, the layer that it belongs to.

    Raises:
        BridgeError: There is none, or one of them is no layer that can carry a mask ("layer").
    """
    if not drawables:
        raise _wrong(_("No layer is selected."), _("Select a layer in the Layers dialog."))
    return [_layer(drawable) for drawable in drawables]


def _layer(drawable: Gimp.Drawable) -> Gimp.Layer:
    found = drawable
    if isinstance(drawable, Gimp.LayerMask):
        found = Gimp.Layer.from_mask(drawable)
    if isinstance(found, Gimp.Channel) and found.get_name() == QUICK_MASK:
        raise _wrong(
            _("The quick mask is on."), _("Turn it off with Shift+Q, then select a layer.")
        )
    if not isinstance(found, Gimp.Layer):
        raise _wrong(
            _("A channel is selected, not a layer."), _("Select a layer in the Layers dialog.")
        )
    if found.is_floating_sel():
        raise _wrong(
            _("A floating selection cannot have a layer mask."),
            _("Anchor it, or make it a layer of its own: Layer > To New Layer."),
        )
    if _empty(found):
        raise _wrong(_("The layer group is empty."), _("Put layers into it, or select a layer."))
    return found


def _empty(layer: Gimp.Layer) -> bool:
    return bool(layer.is_group()) and all(map(_empty, layer.get_children()))


def unchanged(sources: List[Source]) -> None:
    """Make sure that the layers are still what they were when their pixels were read.

    Raises:
        BridgeError: One is gone, or of another size ("layer").
    """
    for layer, width, height, *_layout in sources:
        if not layer.is_valid() or (layer.get_width(), layer.get_height()) != (width, height):
            raise _wrong(
                _("The layer was removed or resized meanwhile."), _("Run the command again.")
            )


def _wrong(message: str, hint: str) -> BridgeError:
    return BridgeError("layer", message, hint)
