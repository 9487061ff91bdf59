"""Finds the layers that a command means, reads them, and knows whether they changed since."""

from __future__ import annotations

import hashlib
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from gi.repository import Gimp

from localmatte_bridge import BridgeError

from ..words import _
from . import extent, pixels

QUICK_MASK = "Qmask"
"""What GIMP calls the channel that stands for the selection."""


class Look(NamedTuple):
    """What of a layer must not change while the engine works on it, beside its pixels.

    Attributes:
        place: Where it lies on the canvas, and what GIMP calls its size.
        layout: The wire's name for the layout of its pixels.
        format: Babl's name for it. Without a colour space of its own it means sRGB, to which the
            layer's colours are converted.
        depth: How its matte travels.
        mask: A hash of its mask; empty where it has none.
    """

    place: Tuple[int, int, int, int]
    layout: str
    format: str
    depth: pixels.Depth
    mask: bytes

    @classmethod
    def of(cls, layer: Gimp.Layer, area: extent.Extent) -> Look:
        """Look at a layer.

        Args:
            layer: The layer.
            area: Its extent.

        Returns:
            What it is like now.
        """
        layout, babl_format = pixels.LAYOUTS[bool(layer.is_gray()), bool(layer.has_alpha())]
        depth = pixels.depth(layer.get_image())
        mask = layer.get_mask()
        masked = _hashed([extent.values(mask, layer, area, depth.format)]) if mask else b""
        return cls(_place(layer), layout, babl_format, depth, masked)


class Source:
    """A layer as a source of pixels: its own, without mask, opacity or filters.

    Args:
        layer: The layer.

    Attributes:
        layer: The layer.
        name: What it was called then.
        extent: Where its pixels and its mask lay then.
        look: What else it was like then.
    """

    def __init__(self, layer: Gimp.Layer) -> None:
        self.layer = layer
        self.name = str(layer.get_name())
        self.extent = extent.of(layer)
        self.look = Look.of(layer, self.extent)
        self._sent: Optional[bytes] = None

    def request(self) -> Dict[str, Any]:
        """What `Client.matte` needs to know of the layer."""
        return {
            "pixels": self._sending(),
            "width": self.extent.width,
            "height": self.extent.height,
            "layout": self.look.layout,
            "mask_layout": self.look.depth.layout,
        }

    def check_there(self) -> None:
        """Make sure that the layer is still there, and lies where it was.

        Raises:
            BridgeError: It is not ("layer").
        """
        if not self.layer.is_valid() or _place(self.layer) != self.look.place:
            raise self.changed()

    def check_unchanged(self) -> None:
        """Make sure that the layer and its mask are what they were when they were read.

        Raises:
            BridgeError: One of them has changed ("layer").
        """
        self.check_there()
        if Look.of(self.layer, self.extent) != self.look or _hashed(self._strips()) != self._sent:
            raise self.changed()

    def changed(self) -> BridgeError:
        """What is wrong where the layer or its mask is not what it was ("layer")."""
        return _wrong(
            _("“{layer}” was changed or deleted in the meantime, so it got no mask.").format(
                layer=self.name
            ),
            _("Run the command again."),
        )

    def _strips(self) -> List[bytes]:
        with extent.scratch(self.layer, self.extent) as scratch:
            copy = extent.read_from(self.layer, scratch)
            # A plug-in that is cancelled ends at once, and would leave the copy behind.
            return list(pixels.strips(copy, self.look.format))

    def _sending(self) -> Iterator[bytes]:
        seen = hashlib.blake2b()
        for strip in self._strips():
            seen.update(strip)
            yield strip
        self._sent = seen.digest()


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


def check_there(layers: Sequence[Gimp.Layer]) -> None:
    """Make sure that layers are still there.

    Args:
        layers: What a command was started on.

    Raises:
        BridgeError: One is not, or its image was closed ("layer").
    """
    if not all(layer.is_valid() for layer in layers):
        raise gone()


def gone() -> BridgeError:
    """What is wrong where a layer is not there any more ("layer")."""
    return _wrong(
        _("The layer or its image no longer exists."),
        _("Select a layer and run the command again."),
    )


def _place(layer: Gimp.Layer) -> Tuple[int, int, int, int]:
    _known, x, y = layer.get_offsets()
    return x, y, layer.get_width(), layer.get_height()


def _hashed(strips: Iterable[bytes]) -> bytes:
    seen = hashlib.blake2b()
    for strip in strips:
        seen.update(strip)
    return seen.digest()


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
            _("Anchor it, or turn it into a layer with Layer > To New Layer."),
        )
    if _empty(found):
        raise _wrong(
            _("The layer group is empty."), _("Add layers to it, or select another layer.")
        )
    return found


def _empty(layer: Gimp.Layer) -> bool:
    return bool(layer.is_group()) and all(map(_empty, layer.get_children()))


def _wrong(message: str, hint: str) -> BridgeError:
    return BridgeError("layer", message, hint)
