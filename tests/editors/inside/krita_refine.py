"""Cases of Refine Inside Selection, with a real photo and the real network."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

from krita import Krita, Selection

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Condition, Steps, run

PHOTO = Path(os.environ["LOCALMATTE_PHOTO"])
REFINE = "localmatte_refine_inside_selection"
LEFT, TOP, RIGHT, BOTTOM = 160, 60, 360, 300
app = Krita.instance()


def open_photo() -> Generator[Condition | None, None, tuple[Any, Any]]:
    """The photo."""
    document = hand.open_document(str(PHOTO))
    layer = document.topLevelNodes()[0]
    yield hand.chosen(document, layer)
    return document, layer


def select(document: Any) -> None:
    """An ellipse with a hard border."""
    width, height = RIGHT - LEFT, BOTTOM - TOP
    rows = []
    for y in range(height):
        for x in range(width):
            across, down = (2 * x + 1) / width - 1, (2 * y + 1) / height - 1
            rows.append(255 if across * across + down * down <= 1 else 0)
    selection = Selection()
    selection.setPixelData(bytes(rows), LEFT, TOP, width, height)
    document.setSelection(selection)


def case_a_mask_changes_inside_the_selection_alone_and_in_one_step(facts: dict[str, Any]) -> Steps:
    document, layer = yield from open_photo()
    hand.click()
    yield hand.masked(document, layer)
    # As if somebody had painted on it: nothing of the picture is shown.
    hand.masks(layer)[0].setPixelData(bytes(512 * 512), 0, 0, 512, 512)
    hand.settle(document)
    select(document)
    before, pixels = hand.state(document), hand.whole(layer, document)
    app.action(REFINE).trigger()
    yield lambda: any(hand.whole(hand.masks(layer)[0], document))
    refined = hand.whole(hand.masks(layer)[0], document)
    chosen = bytes(document.selection().pixelData(0, 0, 512, 512))
    assert not any(new for new, inside in zip(refined, chosen, strict=True) if not inside)
    assert max(refined) > 250
    assert hand.whole(layer, document) == pixels
    yield hand.masked(document, layer)
    hand.undo(document)
    yield lambda: not any(hand.whole(hand.masks(layer)[0], document))
    assert hand.state(document) == before
    document.setSelection(None)


def case_without_a_mask_there_is_one_that_shows_all_around_the_selection(
    facts: dict[str, Any],
) -> Steps:
    document, layer = yield from open_photo()
    select(document)
    chosen = bytes(document.selection().pixelData(0, 0, 512, 512))
    app.action(REFINE).trigger()
    yield hand.masked(document, layer)
    mask = hand.whole(hand.masks(layer)[0], document)
    assert all(new == 255 for new, inside in zip(mask, chosen, strict=True) if not inside)
    assert min(mask) < 10
    hand.undo(document)
    yield hand.bare(layer)
    document.setSelection(None)


def case_a_mask_painted_on_meanwhile_stays_and_that_is_said(facts: dict[str, Any]) -> Steps:
    document, layer = yield from open_photo()
    hand.click()
    yield hand.masked(document, layer)
    select(document)
    mask = hand.masks(layer)[0]
    app.action(REFINE).trigger()
    painted = bytes([9]) * 400
    mask.setPixelData(painted, 200, 100, 20, 20)
    yield hand.message
    assert (
        "The mask was edited in the meantime and was left unchanged. Try again." in hand.message()
    )
    hand.dismiss()
    assert bytes(hand.masks(layer)[0].pixelData(200, 100, 20, 20)) == painted
    document.setSelection(None)


def case_without_a_selection_it_says_so(facts: dict[str, Any]) -> Steps:
    document, _ = yield from open_photo()
    before = hand.state(document)
    app.action(REFINE).trigger()
    yield hand.message
    assert "There is no selection. Select the part of the layer" in hand.message()
    hand.dismiss()
    assert hand.state(document) == before


run(dict(globals()))
