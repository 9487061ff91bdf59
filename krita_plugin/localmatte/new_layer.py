"""A new layer above another one that shows only the subject, put there in one undo step."""

from __future__ import annotations

from typing import Any

from . import mask
from .colours import cleaned
from .nodes import children
from .picture import SRGB, aside, converted, own, owns_its_look, space
from .plane import Plane
from .words import _


def with_mask(document: Any, node: Any, shown: Plane, existing: str) -> Any:
    """Add a copy of a layer with a mask.

    Args:
        document: The layer's document.
        node: The layer.
        shown: Opaque where the copy is to be seen.
        existing: What becomes of an earlier mask on the copy, a key of mask.EXISTING.

    Returns:
        The mask.
    """
    with aside(document) as other:
        return _added(document, node, other, node.duplicate(), shown, existing)


def with_clean_colours(
    document: Any, node: Any, shown: Plane, existing: str, found: Plane, colours: bytes
) -> Any:
    """Add a layer with a mask, and with clean colours at its soft edges.

    A paint layer is copied with its colour space; what another layer, or one with effects,
    shows becomes a paint layer in the document's.

    Args:
        document: The layer's document.
        node: The layer.
        shown: Opaque where the new layer is to be seen.
        existing: What becomes of an earlier mask on the copy, a key of mask.EXISTING.
        found: The matte as the engine found it.
        colours: The clean colours over the same place, four bytes a pixel, BGRA in sRGB.

    Returns:
        The mask.
    """
    rect, matte = found
    size = rect.width, rect.height
    pixels = own(document, node, rect)
    with aside(document) as other:
        if owns_its_look(node):
            layer = node.duplicate()
        else:
            layer = other.createNode("", "paintlayer")
            pixels = converted(pixels, *size, space(node), space(layer))
        clean = converted(colours, *size, SRGB, space(layer))
        layer.setPixelData(cleaned(pixels, clean, matte, space(layer)), *rect)
        return _added(document, node, other, layer, shown, existing)


def _added(document: Any, node: Any, other: Any, layer: Any, shown: Plane, existing: str) -> Any:
    layer.setName(_("{layer} cut out").format(layer=node.name()))
    layer.setLocked(False)
    other.rootNode().addChildNode(layer, None)
    # A handle goes on to write to the undo history of the document that it was got from.
    layer = children(other.rootNode())[-1]
    mask.put(other, layer, shown, existing)
    made = layer.duplicate()
    if not node.parentNode().addChildNode(made, node):
        raise RuntimeError("Krita did not take the layer")
    return mask.earlier(made)[0]
