"""Takes down what the user selected, before the engine is asked: it may change meanwhile."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator, List, NamedTuple, Optional

from gi.repository import Gimp

from localmatte_bridge import BridgeError

from ..words import _
from . import extent


class Limit(NamedTuple):
    """What of a layer is selected.

    Attributes:
        box: The selection's bounds, in the layer's own pixels: x, y, width, height.
        mask: The selection over the layer, soft edges too; it belongs to no layer.
    """

    box: List[int]
    mask: Gimp.LayerMask


def exists(image: Gimp.Image) -> bool:
    """Whether anything is selected."""
    return not Gimp.Selection.is_empty(image)


@contextmanager
def limits(layers: List[Gimp.Layer], inside: bool) -> Iterator[List[Optional[Limit]]]:
    """What of each layer is selected, while the block runs.

    Args:
        layers: Layers of one image.
        inside: Whether the selection is to limit anything.

    Yields:
        A limit for each layer; all None where nothing is selected or nothing is to be limited.

    Raises:
        BridgeError: The selection does not meet a layer ("picture").
    """
    boxes = list(filter(None, map(box, layers))) if inside else []
    if not boxes:
        yield [None] * len(layers)
        return
    image = layers[0].get_image()
    masks = [layer.create_mask(Gimp.AddMaskType.SELECTION) for layer in layers]
    try:
        yield list(map(Limit, boxes, masks))
    finally:
        for mask in masks:
            extent.let_go(mask, image)


def box(layer: Gimp.Layer) -> Optional[List[int]]:
    """The selection's bounds, in a layer's own pixels.

    Args:
        layer: The layer.

    Returns:
        x, y, width and height; None where nothing is selected.

    Raises:
        BridgeError: The selection does not meet the layer ("picture").
    """
    image = layer.get_image()
    if not exists(image):
        return None
    _known, _any, left, top, right, bottom = Gimp.Selection.bounds(image)
    x, y, width, height = extent.of(layer)
    if min(right, x + width) <= max(left, x) or min(bottom, y + height) <= max(top, y):
        raise BridgeError(
            "picture",
            _("The selection doesn't overlap the layer."),
            _("Select part of the layer, or clear the selection, and try again."),
        )
    return [left - x, top - y, right - left, bottom - top]
