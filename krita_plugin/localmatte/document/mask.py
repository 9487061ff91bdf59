"""Puts a matte onto a layer as a transparency mask."""

from __future__ import annotations

from typing import List, Optional

from krita import Krita

from ..bridge import BridgeError, history, words
from ..messages import later
from ..words import N_, _
from .document import Document
from .layer import HIDING, Layer, Mask
from .pixels import extent, most_pixels
from .plane import DARKER, NOTHING, OPAQUE, SUM, Plane, Rect, combined

NAME = N_("Remove Background")

CONVERT = "convert_to_transparency_mask"
"""Krita's own action, which puts a transparency mask in the place of the active layer or mask."""

COMBINATIONS = {"intersect": DARKER, "add": SUM}
"""How the new mask can meet an earlier one: the darker of the two, or their sum up to white."""

UNCHANGED = {"intersect": history.limited, "add": history.covered}
"""Where a mask is not what was found, by how it meets an earlier one."""

EXISTING = {"replace": N_("Replace"), "intersect": N_("Intersect"), "add": N_("Add")}
"""The choices what becomes of the mask that an earlier removal made, in words."""


def whole(document: Document, layer: Layer, matte: Plane, limited: bool) -> Plane:
    """The matte as far as the layer and the canvas reach.

    Krita fills a mask's unwritten part with zeros, which hide all.

    Args:
        document: The layer's document.
        layer: The layer.
        matte: What was found, or less where a selection limits it.
        limited: Whether the rest of the layer is hidden; otherwise the mask leaves it alone.

    Returns:
        What the layer's mask has to show.
    """
    return matte.spread(reach(document, layer, matte.rect), NOTHING if limited else OPAQUE)


def reach(document: Document, layer: Layer, rect: Rect) -> Rect:
    """How far a layer's mask has to reach that covers a rectangle, too.

    Args:
        document: The layer's document.
        layer: The layer.
        rect: In the document's pixels.

    Returns:
        The rectangle of the mask.

    Raises:
        BridgeError: The mask would take gigabytes, since the layer was moved far away ("changed").
    """
    whole = rect.united(document.canvas).united(extent(document, layer))
    if whole.area > most_pixels(document):
        raise BridgeError(
            "changed",
            _("The layer was moved too far away in the meantime. Nothing was changed."),
            _("Move it onto the canvas and try again."),
        )
    return whole


def existing(layer: Layer) -> List[Mask]:
    """The masks of a layer that earlier removals made and nobody renamed since.

    Args:
        layer: The layer.

    Returns:
        The masks, the lowest first.
    """
    names = words.every(NAME)
    return [mask for mask in layer.masks((HIDING,)) if mask.name in names]


def shown_by_existing(layer: Layer, rect: Rect) -> Plane:
    """What the mask of an earlier removal shows of a layer; all where there is none.

    Args:
        layer: The layer.
        rect: Where.

    Returns:
        The plane over that rectangle.
    """
    shown = Plane(rect, OPAQUE * rect.area)
    for old in existing(layer):
        shown = combined(shown, Plane(rect, old.pixels(rect)), DARKER)
    return shown


def met(layer: Layer, shown: Plane, combination: str) -> Plane:
    """What is left of a layer where its existing mask meets a new one.

    Args:
        layer: The layer.
        shown: What the new mask shows.
        combination: What becomes of the existing mask, a key of EXISTING.

    Returns:
        A plane over the same rectangle.
    """
    way = COMBINATIONS.get(combination)
    if way:
        for old in existing(layer):
            shown = combined(shown, Plane(shown.rect, old.pixels(shown.rect)), way)
    return shown


def fixed(layer: Layer, rect: Rect, combination: str) -> bytes:
    """Where a mask is not what was found, since it meets the existing one.

    Args:
        layer: The layer.
        rect: Where.
        combination: What becomes of the existing mask, a key of EXISTING.

    Returns:
        A byte for each pixel, 255 there; empty where it is nowhere.
    """
    way = UNCHANGED.get(combination)
    return history.union(*(way(old.pixels(rect)) for old in existing(layer) if way))


def add(document: Document, layer: Layer, shown: Plane) -> Mask:
    """Give a layer a transparency mask, as one step that can be undone.

    It takes the place of a mask that an earlier removal made; those of the user's own stay.

    Args:
        document: The layer's document.
        layer: The layer.
        shown: Opaque where the layer is to be seen.

    Returns:
        The mask, which Krita may register only when its main loop turns again.

    Raises:
        RuntimeError: Krita refuses the mask.
    """
    former = existing(layer)
    made = _in_place_of(former.pop(), document, layer, shown) if former else None
    if made is None:
        former = existing(layer)
        made = _new(document, shown)
        layer.add(made)
    for old in former:
        old.remove()
    return made


def put(document: Document, layer: Layer, shown: Plane) -> None:
    """Give a layer a transparency mask where nobody wants to undo that; else as `add` does.

    Args:
        document: The layer's document, which nobody sees.
        layer: The layer.
        shown: Opaque where the layer is to be seen.
    """
    former = existing(layer)
    if former:
        mask = former.pop()
        mask.unlock()
        mask.write(shown.pixels, shown.rect)
    else:
        layer.add(_new(document, shown))
    for old in former:
        old.remove()


def _new(document: Document, shown: Plane) -> Mask:
    mask = document.new_mask(_(NAME))
    # Before the mask is in the document: written later, the pixels would not be in its undo.
    mask.write(shown.pixels, shown.rect)
    return mask


def _in_place_of(old: Mask, document: Document, layer: Layer, shown: Plane) -> Optional[Mask]:
    """Exchange a mask for a new one in one step; None where Krita does not do that.

    To a plug-in, adding a mask and taking one away are two steps. Krita's own conversion of a
    mask into a transparency mask puts a copy in its place in one; the new pixels are in the
    old mask only while it is copied. It is out of sight when it gets its own ones back, in the
    next turn of Krita's main loop, which would stand still for longer otherwise.
    """
    convert = Krita.instance().action(CONVERT)
    if convert is None or not document.is_active:
        return None
    document.activate(old)
    if document.active_node != old:
        return None
    others = [mask.id for mask in layer.masks()]
    before = bytes(old.pixels(shown.rect))
    old.write(shown.pixels, shown.rect)
    # Krita disables it while a transparency mask is active, and Qt 6 triggers nothing disabled.
    convert.triggered.emit(False)
    made = [mask for mask in layer.masks() if mask.id not in others]
    if not made:
        old.write(before, shown.rect)
        return None
    made[0].rename(_(NAME))
    later(lambda: _give_back(old, document, shown.rect, before))
    return made[0]


def _give_back(old: Mask, document: Document, rect: Rect, pixels: bytes) -> None:
    if not document.is_open:
        return
    old.write(pixels, rect)
    if old.parent is not None:
        # The user was quick to undo the exchange.
        document.refresh()
