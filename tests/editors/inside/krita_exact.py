"""Cases against the stand-in worker, whose ramp proves the mask exact."""

from __future__ import annotations

import base64
from collections.abc import Generator
from typing import Any

from krita import Krita, Selection

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Condition, Steps, run
from tests.editors.inside.krita_undo import back, forth, there_and_back

SPACES = [
    (model, depth)
    for model in ("RGBA", "GRAYA", "CMYKA", "LABA", "XYZA", "YCbCrA")
    for depth in ("U8", "U16", "F16", "F32")
    if Krita.instance().profiles(model, depth)
]
OTHER_PROFILES = [
    ("RGBA", "U8", "ClayRGB-elle-V2-g22.icc"),
    ("RGBA", "U16", "Rec2020-elle-V4-g10.icc"),
    ("RGBA", "F32", "ACEScg-elle-V4-g10.icc"),
    ("RGBA", "F16", "scRGB (linear)"),
    ("GRAYA", "U8", "Gray-D50-elle-V2-g18.icc"),
    ("GRAYA", "F32", "Gray-D50-elle-V4-labl.icc"),
    ("CMYKA", "U8", "Chemical proof"),
    ("CMYKA", "U16", "Artifex PS CMYK Profile"),
    ("CMYKA", "F32", "Chemical proof"),
    ("LABA", "U16", "Lab2Lab"),
    ("YCbCrA", "U8", "ITU-R BT.601-7 YCbCr ICC V2 profile"),
    ("YCbCrA", "U16", "ITU-R BT.709-6 + BT.1886 YCbCr ICC V4 profile"),
]
WIDTH, HEIGHT = 64, 32
AREA = WIDTH * HEIGHT
BOX = 3, 4, 10, 11
SOFT = b"".join(
    bytes(20 * (x - 2) if 3 <= x < 13 and 4 <= y < 15 else 0 for x in range(WIDTH))
    for y in range(HEIGHT)
)
"""A selection over the canvas, inside BOX, that grows to the right from 20 to 200."""


def case_the_engine_sees_what_krita_shows_in_every_colour_space(facts: dict[str, Any]) -> Steps:
    """The test outside compares this with what the engine was sent; the size tells it which."""
    width, height = 41, 7
    facts["shown"] = []
    for model, depth, profile in [(*space, "") for space in SPACES] + OTHER_PROFILES:
        document = hand.new_document(width, height, model, depth, profile)
        layer = document.topLevelNodes()[0]
        layer.setPixelData(hand.colours(width * height, model, depth), 0, 0, width, height)
        hand.settle(document)
        yield hand.chosen(document, layer)
        shown = hand.projection(document)
        hand.click()
        yield hand.masked(document, layer)
        space = layer.colorModel(), layer.colorDepth(), layer.colorProfile()
        facts["shown"].append([" ".join(space), base64.b64encode(shown).decode()])


def case_one_undo_takes_it_away_and_redo_brings_it_back(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    before = hand.state(document)
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.masked(document, layer)
    after = hand.state(document)
    assert document.modified()
    yield from back(document, before)
    assert not document.modified()
    yield from forth(document, after)


def case_a_layer_smaller_than_the_canvas_leaves_the_rest_open(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = hand.new_layer(document)
    layer.setPixelData(hand.pixels(20 * 10), 7, 5, 20, 10)
    hand.settle(document)
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.masked(document, layer)
    mask = hand.masks(layer)[0]
    assert bytes(mask.pixelData(7, 5, 20, 10)) == hand.ramp(200)
    around = bytearray(hand.whole(mask, document))
    for row in range(5, 15):
        around[row * WIDTH + 7 : row * WIDTH + 27] = b"\xff" * 20
    assert bytes(around) == b"\xff" * AREA


def case_a_layer_that_reaches_over_the_canvas_is_cut_out_whole(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = hand.new_layer(document)
    layer.setPixelData(hand.pixels(100 * 60), -20, -10, 100, 60)
    hand.settle(document)
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.masked(document, layer)
    assert bytes(hand.masks(layer)[0].pixelData(-20, -10, 100, 60)) == hand.ramp(6000)


def case_partial_alpha_limits_what_is_shown(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(256, 3)
    layer = document.topLevelNodes()[0]
    own = (255, 128, 3)
    rows = b"".join(hand.pixels(256, alpha=value / 255) for value in own)
    layer.setPixelData(rows, 0, 0, 256, 3)
    hand.settle(document)
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.masked(document, layer)
    expected = [round(level * value / 255) for value in own for level in range(256)]
    assert hand.alpha(document) == expected
    assert hand.whole(layer, document) == rows


def case_an_empty_layer_is_refused_with_a_sentence(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = hand.new_layer(document)
    yield hand.chosen(document, layer)
    before = hand.state(document)
    hand.click()
    yield hand.message
    assert "layer is empty" in hand.message()
    hand.dismiss()
    assert hand.state(document) == before
    assert hand.progress() is None


def case_a_filter_layer_is_refused_with_a_sentence(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    app = Krita.instance()
    layer = document.createFilterLayer("filter", app.filter("invert"), soft_selection())
    document.rootNode().addChildNode(layer, None)
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.message
    assert "has no pixels" in hand.message()
    hand.dismiss()


def case_an_active_mask_means_its_layer_and_stays(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    old = document.createTransparencyMask("mine")
    old.setPixelData(b"\x80" * AREA, 0, 0, WIDTH, HEIGHT)
    layer.addChildNode(old, None)
    hand.settle(document)
    yield hand.chosen(document, old)
    hand.click()
    yield hand.masked(document, layer)
    facts["order"] = [node.name() for node in layer.childNodes()]
    assert hand.whole(old, document) == b"\x80" * AREA
    assert hand.whole(hand.masks(layer)[0], document) == hand.ramp(AREA)


def case_a_second_click_replaces_the_mask_of_the_first(facts: dict[str, Any]) -> Steps:
    document, layer, _ = yield from with_an_earlier_mask()
    own = document.createTransparencyMask("mine")
    own.setPixelData(b"\x80" * AREA, 0, 0, WIDTH, HEIGHT)
    layer.addChildNode(own, None)
    hand.settle(document)
    yield hand.chosen(document, layer)
    before = hand.state(document)
    hand.click()
    yield lambda: hand.whole(hand.masks(layer)[0], document) == hand.ramp(AREA)
    yield hand.masked(document, layer)
    assert hand.whole(own, document) == b"\x80" * AREA
    yield from there_and_back(document, before)


def case_an_undo_in_the_same_moment_brings_the_earlier_mask_back(facts: dict[str, Any]) -> Steps:
    document, layer, painted = yield from with_an_earlier_mask()
    (former,) = [mask.uniqueId() for mask in hand.masks(layer)]
    hand.click()
    yield lambda: hand.masks(layer)[0].uniqueId() != former
    hand.undo(document)
    yield lambda: hand.masks(layer)[0].uniqueId() == former
    yield lambda: hand.whole(hand.masks(layer)[0], document) == painted
    assert hand.alpha(document) == list(painted)


def case_an_earlier_mask_is_intersected(facts: dict[str, Any]) -> Steps:
    document, layer, painted = yield from with_an_earlier_mask()
    with hand.preferring(existing="intersect"):
        hand.click()
    yield hand.masked(document, layer)
    expected = bytes(map(min, painted, hand.ramp(AREA)))
    yield lambda: hand.whole(hand.masks(layer)[0], document) == expected
    assert hand.alpha(document) == list(expected)
    # Half at most is left of any pixel.
    yield hand.message
    assert "is clearly visible in the result" in hand.message()
    hand.dismiss()


def case_an_earlier_mask_is_added_to(facts: dict[str, Any]) -> Steps:
    document, layer, painted = yield from with_an_earlier_mask()
    with hand.preferring(existing="add"):
        hand.click()
    yield hand.masked(document, layer)
    sums = zip(painted, hand.ramp(AREA), strict=True)
    expected = bytes(min(old + new, 255) for old, new in sums)
    yield lambda: hand.whole(hand.masks(layer)[0], document) == expected


def with_an_earlier_mask() -> Generator[Condition | None, None, tuple[Any, Any, bytes]]:
    """A layer with a mask that a click made and somebody painted on since."""
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.masked(document, layer)
    painted = hand.ramp(AREA)[::-1]
    hand.masks(layer)[0].setPixelData(painted, 0, 0, WIDTH, HEIGHT)
    hand.settle(document)
    yield hand.chosen(document, layer)
    return document, layer, painted


def case_a_mask_on_the_layer_does_not_reach_the_engine(facts: dict[str, Any]) -> Steps:
    """The test outside looks at what the engine was sent; the size tells it which request."""
    width, height = 33, 17
    document = hand.new_document(width, height)
    layer = document.topLevelNodes()[0]
    mask = document.createTransparencyMask("hides all")
    mask.setPixelData(bytes(width * height), 0, 0, width, height)
    layer.addChildNode(mask, None)
    hand.settle(document)
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.masked(document, layer)


def case_a_selection_limits_what_is_shown_and_is_kept(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    document.setSelection(soft_selection())
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.masked(document, layer)
    expected = bytearray(AREA)
    for index, (level, found) in enumerate(zip(SOFT, hand.ramp(AREA), strict=True)):
        expected[index] = min(level, found)
    assert hand.whole(hand.masks(layer)[0], document) == bytes(expected)
    kept = document.selection()
    assert (kept.x(), kept.y(), kept.width(), kept.height()) == BOX
    assert bytes(kept.pixelData(0, 0, WIDTH, HEIGHT)) == SOFT
    hand.undo(document)
    yield hand.bare(layer)


def case_a_selection_can_be_left_out_of_account(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    document.setSelection(soft_selection())
    yield hand.chosen(document, layer)
    with hand.preferring(inside_selection="false"):
        hand.click()
    yield hand.masked(document, layer)
    assert hand.whole(hand.masks(layer)[0], document) == hand.ramp(AREA)


def case_a_selection_beside_the_layer_hides_nothing_and_says_so(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = hand.new_layer(document)
    layer.setPixelData(hand.pixels(20 * 10), 40, 20, 20, 10)
    hand.settle(document)
    document.setSelection(soft_selection())
    yield hand.chosen(document, layer)
    before = hand.state(document)
    hand.click()
    yield hand.message
    assert "The selection doesn't overlap the layer." in hand.message()
    hand.dismiss()
    assert hand.state(document) == before


def case_a_new_layer_takes_the_mask_and_the_old_one_stays(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    yield hand.chosen(document, layer)
    before = hand.state(document)
    with hand.preferring(output="layer"):
        hand.click()
    yield lambda: len(document.topLevelNodes()) == 2
    copy = document.topLevelNodes()[1]
    yield hand.masked(document, copy)
    assert copy.name() == f"{layer.name()} cut out"
    assert hand.whole(copy, document) == hand.whole(layer, document)
    assert hand.whole(hand.masks(copy)[0], document) == hand.ramp(AREA)
    assert not layer.childNodes()
    yield from back(document, before)
    assert not document.modified()


def case_the_foreground_can_be_selected(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    yield hand.chosen(document, layer)
    before = hand.state(document)
    with hand.preferring(output="selection"):
        hand.click()
    yield document.selection
    assert bytes(document.selection().pixelData(0, 0, WIDTH, HEIGHT)) == hand.ramp(AREA)
    assert [found for found in hand.state(document) if found[2] != "selectionmask"] == before
    document.setSelection(None)


def soft_selection() -> Any:
    """A part of the canvas, selected more to the right."""
    selection = Selection()
    selection.setPixelData(SOFT, 0, 0, WIDTH, HEIGHT)
    return selection


run(dict(globals()))
