"""Finds the layers that a command means."""

from __future__ import annotations

from typing import List

from gi.repository import Gimp

from localmatte_bridge import BridgeError


def layers(drawables: List[Gimp.Drawable]) -> List[Gimp.Layer]:
    """The layers whose background is meant; for a layer mask, the layer that it belongs to.

    Raises:
        BridgeError: There is none, or one of them is no layer that can carry a mask ("layer").
    """
    if not drawables:
        raise _wrong("No layer is selected.", "Select a layer in the Layers dialog.")
    return [_layer(drawable) for drawable in drawables]


def _layer(drawable: Gimp.Drawable) -> Gimp.Layer:
    found = drawable
    if isinstance(drawable, Gimp.LayerMask):
        found = Gimp.Layer.from_mask(drawable)
    if not isinstance(found, Gimp.Layer):
        raise _wrong("A channel is selected, not a layer.", "Select a layer in the Layers dialog.")
    if found.is_floating_sel():
        raise _wrong(
            "A floating selection cannot have a layer mask.",
            "Anchor it, or make it a layer of its own: Layer > To New Layer.",
        )
    return found


def unchanged(layer: Gimp.Layer, width: int, height: int) -> None:
    """Make sure that the layer is still what it was when its pixels were read.

    Raises:
        BridgeError: It is gone, or of another size ("layer").
    """
    if not layer.is_valid() or (layer.get_width(), layer.get_height()) != (width, height):
        raise _wrong("The layer was removed or resized meanwhile.", "Run the command again.")


def _wrong(message: str, hint: str) -> BridgeError:
    return BridgeError("layer", message, hint)
