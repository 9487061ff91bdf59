"""Finds the layers that a command means, and reads them for the engine."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Sequence

from gi.repository import Gimp

from localmatte_bridge import BridgeError

from ..words import _
from . import pixels

QUICK_MASK = "Qmask"
"""What GIMP calls the channel that stands for the selection."""


class Source(NamedTuple):
    """A layer as a source of pixels: its own, without mask, opacity or filters.

    Attributes:
        layer: The layer.
        width: In pixels; parts beyond the canvas count.
        height: In pixels.
        layout: The wire's name for the layout.
        format: Babl's name for it. Without a colour space of its own it means sRGB, to
            which the layer's colours are converted.
        depth: How its matte travels.
    """

    layer: Gimp.Layer
    width: int
    height: int
    layout: str
    format: str
    depth: pixels.Depth

    @classmethod
    def of(cls, layer: Gimp.Layer) -> Source:
        """The layer as it is now."""
        layout, babl_format = pixels.LAYOUTS[bool(layer.is_gray()), bool(layer.has_alpha())]
        depth = pixels.depth(layer.get_image())
        return cls(layer, layer.get_width(), layer.get_height(), layout, babl_format, depth)

    def request(self) -> Dict[str, Any]:
        """What `Client.matte` needs to know of the layer."""
        return {
            "pixels": pixels.strips(self.layer, self.format),
            "width": self.width,
            "height": self.height,
            "layout": self.layout,
            "mask_layout": self.depth.layout,
        }


def of(drawables: Sequence[Gimp.Drawable]) -> List[Gimp.Layer]:
    """The layers whose background is meant.

    Args:
        drawables: What is selected; a layer mask stands for the layer that it belongs to.

    Returns:
        A layer for each of them.

    Raises:
        BridgeError: There is none, or one of them is no layer that can carry a mask ("layer").
    """
    if not drawables:
        raise _wrong(_("No layer is selected."), _("Select a layer in the Layers dialog."))
    return [_layer(drawable) for drawable in drawables]


def check_unchanged(sources: List[Source]) -> None:
    """Make sure that the layers are still what they were when their pixels were read.

    Args:
        sources: The layers as they were.

    Raises:
        BridgeError: One is gone, or of another size ("layer").
    """
    for layer, width, height, *_layout in sources:
        if not layer.is_valid() or (layer.get_width(), layer.get_height()) != (width, height):
            raise _wrong(
                _("The layer was removed or resized meanwhile."), _("Run the command again.")
            )


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


def _wrong(message: str, hint: str) -> BridgeError:
    return BridgeError("layer", message, hint)
