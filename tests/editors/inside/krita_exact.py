"""Cases against the stand-in worker, whose ramp proves the mask exact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from krita import InfoObject, Krita, Selection

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Condition, run

Steps = Iterator[Condition | None]

SPACES = [
    (model, depth)
    for model in ("RGBA", "GRAYA", "CMYKA", "LABA", "XYZA", "YCbCrA")
    for depth in ("U8", "U16", "F16", "F32")
    if Krita.instance().profiles(model, depth)
]
WIDTH, HEIGHT = 64, 32
AREA = WIDTH * HEIGHT


def case_the_mask_is_exact_in_every_colour_space(facts: dict[str, Any]) -> Steps:
    facts["spaces"] = []
    for model, depth in SPACES:
        document = hand.new_document(WIDTH, HEIGHT, model, depth)
        layer = document.topLevelNodes()[0]
        before = hand.state(document)
        yield hand.chosen(document, layer)
        hand.click()
        yield hand.masked(document, layer)
        space = f"{model} {depth}"
        assert hand.whole(hand.masks(layer)[0], document) == hand.ramp(AREA), space
        shown = hand.alpha(document)
        off = [(x, y) for x, y in zip(shown, hand.ramp(AREA), strict=True) if round(x) != y]
        assert not off, (space, off[:3])
        hand.undo(document)
        yield hand.bare(layer)
        assert hand.state(document) == before, space
        facts["spaces"].append(space)


def case_one_undo_takes_it_away_and_redo_brings_it_back(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    before = hand.state(document)
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.masked(document, layer)
    after = hand.state(document)
    assert document.modified()
    hand.undo(document)
    yield hand.bare(layer)
    assert hand.state(document) == before
    assert not document.modified()
    hand.redo(document)
    yield lambda: layer.childNodes()
    assert hand.state(document) == after


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
    assert "nothing on this layer" in hand.message()
    hand.dismiss()
    assert hand.state(document) == before
    assert hand.progress() is None


def case_a_filter_layer_is_refused_with_a_sentence(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    app = Krita.instance()
    layer = document.createFilterLayer("filter", app.filter("invert"), selection_of(document))
    document.rootNode().addChildNode(layer, None)
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.message
    assert "no picture of its own" in hand.message()
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
    hand.click()
    yield hand.masked(document, layer, count=2)
    assert len(layer.childNodes()) == 3


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


def case_the_selection_is_kept(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    document.setSelection(selection_of(document))
    yield None
    hand.click()
    yield hand.masked(document, layer)
    kept = document.selection()
    assert (kept.x(), kept.y(), kept.width(), kept.height()) == (3, 4, 10, 11)
    assert hand.whole(hand.masks(layer)[0], document) == hand.ramp(AREA)


def case_a_group_gets_a_mask(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.createGroupLayer("group")
    inside = document.createNode("inside", "paintlayer")
    inside.setPixelData(hand.pixels(AREA), 0, 0, WIDTH, HEIGHT)
    layer.addChildNode(inside, None)
    yield from _gets_a_mask(document, layer)


def case_a_clone_gets_a_mask(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.createCloneLayer("clone", document.topLevelNodes()[0])
    yield from _gets_a_mask(document, layer)


def case_a_fill_layer_gets_a_mask(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    whole = Selection()
    whole.select(0, 0, WIDTH, HEIGHT, 255)
    layer = document.createFillLayer("fill", "color", InfoObject(), whole)
    yield from _gets_a_mask(document, layer)


def case_a_vector_layer_gets_a_mask(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.createVectorLayer("vector")
    document.rootNode().addChildNode(layer, None)
    yield None
    layer.addShapesFromSvg(
        f'<svg width="{WIDTH}pt" height="{HEIGHT}pt"><rect width="{WIDTH}" '
        f'height="{HEIGHT}" fill="#808080"/></svg>'
    )
    yield from _gets_a_mask(document, layer)


def _gets_a_mask(document: Any, layer: Any) -> Steps:
    if layer.parentNode() is None:
        document.rootNode().addChildNode(layer, None)
    hand.settle(document)
    yield hand.chosen(document, layer)
    # Krita draws shapes a while after it says that it is done.
    yield lambda: layer.bounds().width() == WIDTH
    hand.click()
    yield hand.masked(document, layer)
    assert hand.whole(hand.masks(layer)[0], document) == hand.ramp(AREA)


def selection_of(document: Any) -> Any:
    """A rectangle that covers a part of the canvas."""
    selection = Selection()
    selection.select(3, 4, 10, 11, 255)
    return selection


run(dict(globals()))
