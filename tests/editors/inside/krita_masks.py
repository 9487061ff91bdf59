"""A photo and its masks, for the cases of the commands that change them."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

from krita import Krita, Selection

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Condition

PHOTO = Path(os.environ["LOCALMATTE_PHOTO"])
FLAG = (30, 250, 70, 120)
"""x, y, width and height of a part of the photo that the network leaves out."""
SIDE, REACH = 512, 24
SOFT = 8
"""How far inside of a place a soft selection begins, so that all of it lies there."""
app = Krita.instance()


def open_photo() -> Generator[Condition | None, None, tuple[Any, Any]]:
    """The photo."""
    document = hand.open_document(str(PHOTO))
    layer = document.topLevelNodes()[0]
    yield hand.chosen(document, layer)
    return document, layer


def open_cut_out() -> Generator[Condition | None, None, tuple[Any, Any]]:
    """The photo without its background."""
    document, layer = yield from open_photo()
    hand.click()
    yield hand.masked(document, layer)
    return document, layer


def paint(document: Any, layer: Any, place: tuple[int, int, int, int], value: int) -> bytes:
    """Paint a rectangle on the mask; returns what the mask is then."""
    x, y, width, height = place
    hand.masks(layer)[0].setPixelData(bytes([value]) * (width * height), x, y, width, height)
    hand.settle(document)
    return hand.whole(hand.masks(layer)[0], document)


def select(
    document: Any, place: tuple[int, int, int, int], on: Any = None, soft: bool = False
) -> None:
    """Select a rectangle of the document, or by a selection mask on a layer."""
    selection, (x, y, width, height) = Selection(), place
    inner = SOFT if soft else 0
    selection.select(x + inner, y + inner, width - 2 * inner, height - 2 * inner, 255)
    if soft:
        selection.feather(SOFT // 2)
        values = set(bytes(selection.pixelData(x, y, width, height)))
        assert len(values) > 2, "it is not soft"
    if on is None:
        document.setSelection(selection)
        return
    mask = document.createSelectionMask("selected")
    mask.setSelection(selection)
    on.addChildNode(mask, None)
    hand.settle(document)


def changed(layer: Any, document: Any, mask: bytes) -> Condition:
    """Whether the layer has one mask, which is another one than that."""
    return lambda: (
        len(hand.masks(layer)) == 1 and hand.whole(hand.masks(layer)[0], document) != mask
    )


def beyond(mask: bytes, place: tuple[int, int, int, int]) -> bytes:
    """What of a mask lies beyond the reach of strokes there."""
    x, y, width, height = place
    left, right = max(x - REACH, 0), x + width + REACH
    rows = [mask[start : start + SIDE] for start in range(0, SIDE * SIDE, SIDE)]
    near = range(max(y - REACH, 0), y + height + REACH)
    return b"".join(
        row[:left] + row[right:] if number in near else row for number, row in enumerate(rows)
    )
