"""What the real network finds nothing on, among layers on which it finds something."""

from __future__ import annotations

import os
from typing import Any

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Steps, run, turns

SIDE = 512


def case_of_several_layers_the_one_with_nothing_on_it_is_named(facts: dict[str, Any]) -> Steps:
    document = hand.open_document(os.environ["LOCALMATTE_PHOTO"])
    photo = document.topLevelNodes()[0]
    white = hand.new_layer(document, name="white")
    white.setPixelData(b"\xff" * 4 * SIDE * SIDE, 0, 0, SIDE, SIDE)
    hand.settle(document)
    # The white one is looked at first, the photo last.
    yield hand.chosen(document, white)
    yield hand.all_selected(2)
    before = hand.state(document)
    with hand.notes() as said:
        hand.click()
        yield hand.message
    assert "Nothing of “white” is clearly visible in the result." in hand.message()
    assert "Done: 2 layers." in said[-1]
    assert "“white”: No clear subject was found" in said[-1]
    assert len(hand.masks(photo)) == len(hand.masks(white)) == 1
    yield from turns(40)
    hand.press("Undo")
    yield lambda: hand.state(document) == before


run(dict(globals()))
