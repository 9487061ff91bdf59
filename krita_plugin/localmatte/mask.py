"""Puts a matte onto a layer as a transparency mask."""

from __future__ import annotations

from typing import Any, List, Optional

from krita import Krita

from .bridge import words
from .nodes import children
from .picture import HIDING, canvas, extent
from .plane import DARKER, NOTHING, OPAQUE, SUM, Plane, combined
from .qt import QtCore
from .rect import Rect
from .words import N_, _

NAME = N_("Remove Background")

CONVERT = "convert_to_transparency_mask"
"""Krita's own action, which puts a transparency mask in the place of the active layer or mask."""

COMBINATIONS = {"intersect": DARKER, "add": SUM}
"""How the new mask can meet an earlier one: the darker of the two, or their sum up to white."""

EXISTING = {"replace": N_("Replace"), "intersect": N_("Intersect"), "add": N_("Add")}
"""The choices what becomes of the mask that an earlier removal made, in words."""


def whole(document: Any, node: Any, matte: Plane, limited: bool) -> Plane:
    """The matte as far as the layer and the canvas reach.

    Krita fills a mask's unwritten part with zeros, which hide all.

    Args:
        document: The layer's document.
        node: The layer.
        matte: What was found, or less where a selection limits it.
        limited: Whether the rest of the layer is hidden; otherwise the mask leaves it alone.
    """
    return matte.spread(reach(document, node, matte.rect), NOTHING if limited else OPAQUE)


def reach(document: Any, node: Any, rect: Rect) -> Rect:
    """How far a layer's mask has to reach that covers a rectangle, too."""
    return rect.united(canvas(document)).united(extent(document, node))


def current(node: Any, rect: Rect) -> Plane:
    """What the mask of an earlier removal shows of a layer; all where there is none."""
    shown = Plane(rect, OPAQUE * rect.area)
    for old in earlier(node):
        shown = combined(shown, Plane(rect, old.pixelData(*rect)), DARKER)
    return shown


def add(document: Any, node: Any, shown: Plane, existing: str) -> Any:
    """Give a layer a transparency mask, as one step that can be undone.

    A mask that an earlier removal made is combined with the new one, which takes its place.
    Masks of the user's own stay as they are.

    Args:
        document: The layer's document.
        node: The layer.
        shown: Opaque where the layer is to be seen.
        existing: A key of EXISTING.

    Returns:
        The mask, which Krita may register only when its main loop turns again.
    """
    former = earlier(node)
    shown = _met(former, shown, existing)
    made = _in_place_of(former.pop(), document, node, shown) if former else None
    if made is None:
        former = earlier(node)
        made = _new(document, shown)
        _attach(node, made)
    for old in former:
        old.remove()
    return made


def put(document: Any, node: Any, shown: Plane, existing: str) -> None:
    """Give a layer a transparency mask where nobody wants to undo that; else as `add` does."""
    former = earlier(node)
    shown = _met(former, shown, existing)
    if former:
        former.pop().setPixelData(bytes(shown.pixels), *shown.rect)
    else:
        _attach(node, _new(document, shown))
    for old in former:
        old.remove()


def earlier(node: Any) -> List[Any]:
    """The masks of a layer that earlier removals made and nobody renamed since."""
    names = words.every(NAME)
    return [mask for mask in children(node) if mask.type() == HIDING and mask.name() in names]


def _met(former: List[Any], shown: Plane, existing: str) -> Plane:
    combine = COMBINATIONS.get(existing)
    if combine:
        for old in former:
            shown = combined(shown, Plane(shown.rect, old.pixelData(*shown.rect)), combine)
    return shown


def _new(document: Any, shown: Plane) -> Any:
    mask = document.createTransparencyMask(_(NAME))
    # Before the mask is in the document: written later, the pixels would not be in its undo.
    mask.setPixelData(bytes(shown.pixels), *shown.rect)
    return mask


def _attach(node: Any, mask: Any) -> None:
    if not node.addChildNode(mask, None):
        raise RuntimeError("Krita did not take the mask")


def _in_place_of(old: Any, document: Any, node: Any, shown: Plane) -> Optional[Any]:
    """Exchange a mask for a new one in one step; None where Krita does not do that.

    To a plug-in, adding a mask and taking one away are two steps. Krita's own conversion of a
    mask into a transparency mask puts a copy in its place in one; the new pixels are in the
    old mask only while it is copied. It is out of sight when it gets its own ones back, in the
    next turn of Krita's main loop, which would stand still for longer otherwise.
    """
    app = Krita.instance()
    convert = app.action(CONVERT)
    if convert is None or app.activeDocument() != document:
        return None
    document.setActiveNode(old)
    if document.activeNode() != old:
        return None
    others = [child.uniqueId() for child in children(node)]
    before = bytes(old.pixelData(*shown.rect))
    old.setPixelData(bytes(shown.pixels), *shown.rect)
    convert.trigger()
    made = [child for child in children(node) if child.uniqueId() not in others]
    if not made:
        old.setPixelData(before, *shown.rect)
        return None
    made[0].setName(_(NAME))
    QtCore.QTimer.singleShot(0, lambda: _give_back(old, document, shown.rect, before))
    return made[0]


def _give_back(old: Any, document: Any, rect: Rect, pixels: bytes) -> None:
    old.setPixelData(pixels, *rect)
    if old.parentNode() is not None:
        # The user was quick to undo the exchange.
        document.refreshProjection()
