"""A layer made small, for the preview: GIMP makes small versions of it and keeps them."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional

from gi.repository import Gimp

from . import extent, selection

SIDE = 1000
"""The longer side at most, in pixels; GIMP makes none above 1024."""

LAYOUTS = {1: "y8", 2: "ya8", 3: "rgb8", 4: "rgba8"}
"""The wire's name for a layout, by its bytes per pixel."""


class Thumbnail(NamedTuple):
    """A small version of a layer.

    Attributes:
        pixels: Of `layout`.
        width: In pixels.
        height: In pixels.
        layout: The wire's name.
        scale: How many times as long as the layer's its sides are.
        box: The selection's bounds in it: x, y, width, height; None where nothing is selected.
        selected: How far each pixel is selected, a byte each; empty where nothing is selected.
    """

    pixels: bytes
    width: int
    height: int
    layout: str
    scale: float
    box: Optional[List[int]]
    selected: bytes

    def request(self, inference: Dict[str, Any], edges: Dict[str, Any]) -> Dict[str, Any]:
        """Ask for the matte of the small version.

        Args:
            inference: The fields model, refine and selection of the request.
            edges: The edge controls, in its own pixels.

        Returns:
            The arguments of `Client.matte`.
        """
        return {
            "pixels": [self.pixels],
            "width": self.width,
            "height": self.height,
            "layout": self.layout,
            "edges": edges,
            **inference,
        }

    def rgba(self) -> bytearray:
        """The colours.

        Returns:
            Four bytes a pixel: red, green, blue, and an alpha that is opaque.
        """
        size = len(self.pixels) // (self.width * self.height)
        colours = range(3) if size > 2 else (0, 0, 0)
        rgba = bytearray(b"\xff") * (4 * self.width * self.height)
        for place, channel in enumerate(colours):
            rgba[place::4] = self.pixels[channel::size]
        return rgba

    def shown(self, matte: bytes, inside: bool) -> bytes:
        """What is to be seen: the matte, as far as the layer's alpha and the selection let it.

        Args:
            matte: A byte for each pixel.
            inside: Whether only what is selected is shown.

        Returns:
            A byte for each pixel.
        """
        if self.layout in ("ya8", "rgba8"):
            size = len(self.pixels) // (self.width * self.height)
            alpha = self.pixels[size - 1 :: size]
            matte = bytes(m * a // 255 for m, a in zip(matte, alpha))  # noqa: B905
        if inside and self.selected:
            matte = bytes(map(min, matte, self.selected))
        return matte


def of(layer: Gimp.Layer) -> Thumbnail:
    """A small version of a layer, and of the selection over it.

    Args:
        layer: The layer.

    Raises:
        BridgeError: The selection does not meet the layer ("picture").
    """
    with extent.picture(layer, extent.of(layer)) as picture:
        size = picture.get_width(), picture.get_height()
        scale = min(1.0, SIDE / max(size))
        wanted = [max(1, round(side * scale)) for side in size]
        pixels, width, height, count = picture.get_thumbnail_data(*wanted)
    with selection.limits([layer], True) as (limit,):
        if limit is None:
            return Thumbnail(pixels.get_data(), width, height, LAYOUTS[count], scale, None, b"")
        selected, _width, _height, step = limit.mask.get_thumbnail_data(width, height)
        box = [round(side * scale) for side in limit.box]
    box[2:] = (max(1, side) for side in box[2:])
    return Thumbnail(
        pixels.get_data(), width, height, LAYOUTS[count], scale, box, selected.get_data()[::step]
    )
