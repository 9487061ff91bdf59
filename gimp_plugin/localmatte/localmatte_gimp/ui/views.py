"""The ways to look at what was found, and how each is drawn."""

from __future__ import annotations

from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

from gi.repository import GdkPixbuf, GLib

from localmatte_bridge.viewport import Part, Viewport

from ..document.picture import Picture, Plane
from ..words import N_

SQUARE = 8
"""The side of the checkerboard's squares, in device pixels."""

Colours = Tuple[int, int]
"""The two colours of a checkerboard, 0xRRGGBB each."""

CHECKS = (0xB0B0B0, 0x808080)
BLACK = (0x000000, 0x000000)
WHITE = (0xFFFFFF, 0xFFFFFF)

VEIL = bytes((255 - level) * 3 // 5 for level in range(256))
"""How much red lies over what a mask hides, by the mask's level."""


class Patch:
    """A part of a picture, and what was found there.

    Args:
        picture: The layer, or a small version of it.
        part: Which part of the picture.
        mask: The mask that would be made, a byte for each pixel; empty before there is one.
        shown: How much of each pixel would be seen, a byte each; empty likewise.
    """

    def __init__(self, picture: Picture, part: Part, mask: Plane = b"", shown: Plane = b"") -> None:
        self.picture = picture
        self.part = part
        self.mask = mask
        self.shown = shown
        self._made: Dict[Coat, GdkPixbuf.Pixbuf] = {}

    def made(self, coat: Coat) -> GdkPixbuf.Pixbuf:
        """One of the pictures that it is drawn by; moving and zooming makes none anew."""
        if coat not in self._made:
            width, height = self.part.width, self.part.height
            self._made[coat] = GdkPixbuf.Pixbuf.new_from_bytes(
                GLib.Bytes.new(bytes(coat(self))),
                GdkPixbuf.Colorspace.RGB,
                True,
                8,
                width,
                height,
                4 * width,
            )
        return self._made[coat]


Coat = Callable[[Patch], bytearray]
"""Makes one of the pictures that lie above one another: four bytes for each pixel."""


def _original(patch: Patch) -> bytearray:
    return patch.picture.rgba(patch.part)


def _cut_out(patch: Patch) -> bytearray:
    rgba = patch.picture.rgba(patch.part)
    rgba[3::4] = patch.shown
    return rgba


def _mask(patch: Patch) -> bytearray:
    grey = bytearray(b"\xff") * (4 * len(patch.mask))
    for channel in range(3):
        grey[channel::4] = patch.mask
    return grey


def _veil(patch: Patch) -> bytearray:
    red = bytearray(b"\xff\x00\x00\x00") * len(patch.mask)
    red[3::4] = patch.mask.translate(VEIL)
    return red


class View(NamedTuple):
    """One way to look at what was found.

    Attributes:
        label: What the list says.
        key: The letter that chooses it.
        coats: What lies above one another, from the bottom.
        checks: What is behind; None for the user's own colour.
    """

    label: str
    key: str
    coats: Tuple[Coat, ...]
    checks: Optional[Colours] = CHECKS


VIEWS: Dict[str, View] = {
    "transparency": View(N_("Transparency"), "t", (_cut_out,)),
    "black": View(N_("On black"), "b", (_cut_out,), BLACK),
    "white": View(N_("On white"), "w", (_cut_out,), WHITE),
    "colour": View(N_("On a colour"), "c", (_cut_out,), None),
    "overlay": View(N_("Red overlay"), "r", (_original, _veil)),
    "mask": View(N_("Mask"), "m", (_mask,)),
    "original": View(N_("Original"), "o", (_original,)),
}
"""The ways, as the list has them."""


def painted(view: View, patches: List[Patch], viewport: Viewport, colour: int) -> GdkPixbuf.Pixbuf:
    """What is seen of a layer.

    Args:
        view: The way to look at it.
        patches: From the bottom; the first one is of all of the layer.
        viewport: Which part of the layer is seen, and how large.
        colour: The user's own background, 0xRRGGBB.

    Returns:
        As many device pixels as the visible part has.
    """
    visible = viewport.visible
    seen = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, False, 8, visible.width, visible.height)
    for patch in patches:
        first, *others = view.coats if patch.mask else (_original,)
        _lay(seen, patch, first, viewport, view.checks or (colour, colour))
        for coat in others:
            _lay(seen, patch, coat, viewport, None)
    return seen


def _lay(
    seen: GdkPixbuf.Pixbuf,
    patch: Patch,
    coat: Coat,
    viewport: Viewport,
    checks: Optional[Colours],
) -> None:
    """Draw one coat of a patch: over a checkerboard, or over what is there."""
    visible, part, picture = viewport.visible, patch.part, patch.picture
    # The drawn size is rounded, so each direction has a scale of its own.
    across = viewport.drawn[0] / picture.width
    down = viewport.drawn[1] / picture.height
    left, top = round(part.x * across) - visible.x, round(part.y * down) - visible.y
    right = round((part.x + part.width) * across) - visible.x
    bottom = round((part.y + part.height) * down) - visible.y
    x, y = max(0, left), max(0, top)
    width, height = min(right, visible.width) - x, min(bottom, visible.height) - y
    if width <= 0 or height <= 0:
        return
    place = seen, x, y, width, height, left, top, across, down, _filter(across, picture)
    if checks:
        patch.made(coat).composite_color(*place, 255, x, y, SQUARE, *checks)
    else:
        patch.made(coat).composite(*place, 255)


def _filter(scale: float, picture: Picture) -> GdkPixbuf.InterpType:
    """The layer's own pixels are to be told apart, those of a small version are not."""
    if scale >= 1 and picture.scale == 1:
        return GdkPixbuf.InterpType.NEAREST
    return GdkPixbuf.InterpType.BILINEAR
