"""A new layer above another one that shows only the subject, put there in one undo step."""

from __future__ import annotations

from typing import Any, Generator

from . import mask
from .colours import cleaned
from .nodes import children
from .picture import SRGB, aside, converted, own, owns_its_look, space
from .plane import Plane
from .rect import Rect
from .words import _

BAND = 2_000_000
"""About so many pixels get their colours before Krita's main loop turns again."""


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
) -> Generator[None, None, Any]:
    """Add a layer with a mask, and with clean colours at its soft edges.

    It pauses now and then for Krita's main loop; the document changes in the last step.

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
    yield
    with aside(document) as other:
        if owns_its_look(node):
            layer = node.duplicate()
        else:
            layer = other.createNode("", "paintlayer")
            pixels = converted(pixels, *size, space(node), space(layer))
        clean = converted(colours, *size, SRGB, space(layer))
        planes = bytes(pixels), bytes(clean), matte
        rows = max(1, BAND // rect.width)
        for top in range(0, rect.height, rows):
            yield
            band = Rect(rect.x, rect.y + top, rect.width, min(rows, rect.height - top))
            mine, new, soft = (_lines(plane, rect.height, top, band.height) for plane in planes)
            layer.setPixelData(cleaned(mine, new, soft, space(layer)), *band)
        yield
        return _added(document, node, other, layer, shown, existing)


def _lines(plane: bytes, height: int, top: int, count: int) -> memoryview:
    """Some rows of a plane that has `height` of them."""
    row = len(plane) // height
    return memoryview(plane)[top * row : (top + count) * row]


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
