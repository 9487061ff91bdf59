"""Documents that people have: two views, masks of every kind, far layers; the stand-in answers."""

from __future__ import annotations

import importlib
from collections.abc import Generator
from pathlib import Path
from typing import Any

from krita import Krita, Selection

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Condition, Steps, each, run, turns

WIDTH, HEIGHT = 64, 32
AREA = WIDTH * HEIGHT
FAINT_ROWS = 2
"""In so many rows the ramp is less than half there."""
FAR = 60_000
TOO_FAR = 200
"""For a limit that is lowered to it."""
REST_TURNS = 300
"""Turns of the main loop before a document is closed: Krita 5.2 can crash while it still draws the
thumbnail of a layer far away."""
GIGABYTE = 1 << 30
app = Krita.instance()


def two_layers() -> tuple[Any, Any, Any]:
    """A document with the layers A and B."""
    document = hand.new_document(WIDTH, HEIGHT)
    first = document.topLevelNodes()[0]
    first.setName("A")
    second = hand.new_layer(document, name="B")
    second.setPixelData(hand.pixels(AREA), 0, 0, WIDTH, HEIGHT)
    hand.settle(document)
    return document, first, second


def in_the_list() -> list[str]:
    """The names of what is selected in the list of layers."""
    return [node.name() for node in app.activeWindow().activeView().selectedNodes()]


def in_a_second_view(
    document: Any, first: Any, second: Any
) -> Generator[Condition | None, None, None]:
    """Choose one layer in the first view, and the other in a second one, which is in front."""
    yield hand.chosen(document, first)
    app.activeWindow().addView(document)
    yield lambda: len([view for view in app.views() if view.document() == document]) == 2
    yield from turns(20)
    document.setActiveNode(second)
    yield lambda: in_the_list() == [second.name()]


def case_of_two_views_the_one_in_front_says_what_is_chosen(facts: dict[str, Any]) -> Steps:
    document, first, second = two_layers()
    yield from in_a_second_view(document, first, second)
    before = hand.state(document)
    hand.click()
    yield lambda: hand.masks(second)
    yield lambda: hand.progress() is None
    yield from turns(40)
    assert hand.whole(hand.masks(second)[0], document) == hand.ramp(AREA)
    assert not first.childNodes()
    hand.undo(document)
    yield hand.bare(second)
    assert hand.state(document) == before


def case_a_second_mask_takes_one_step_in_a_second_view_too(facts: dict[str, Any]) -> Steps:
    document, first, second = two_layers()
    yield from in_a_second_view(document, first, second)
    hand.click()
    yield lambda: hand.masks(second)
    yield from turns(40)
    painted = hand.ramp(AREA)[::-1]
    hand.masks(second)[0].setPixelData(painted, 0, 0, WIDTH, HEIGHT)
    hand.settle(document)
    document.setActiveNode(second)
    yield lambda: in_the_list() == [second.name()]
    before = hand.state(document)
    hand.click()
    yield lambda: hand.whole(hand.masks(second)[0], document) == hand.ramp(AREA)
    yield from turns(40)
    hand.undo(document)
    yield lambda: hand.state(document) == before


def case_a_locked_layer_of_the_other_view_is_no_hindrance(facts: dict[str, Any]) -> Steps:
    document, first, second = two_layers()
    first.setLocked(True)
    yield from in_a_second_view(document, first, second)
    hand.click()
    yield lambda: hand.masks(second) or hand.message()
    assert not hand.message()


def case_the_selection_as_a_mask_is_no_layer_and_that_is_said(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    document.setSelection(part(10, 0, 30, HEIGHT))
    document.waitForDone()
    action = app.action("show-global-selection-mask")
    if not action.isChecked():
        action.trigger()
    yield lambda: global_masks(document)
    (mask,) = global_masks(document)
    hand.settle(document)
    yield hand.chosen(document, mask)
    before = hand.state(document)
    hand.click()
    yield lambda: hand.message() or hand.progress()
    yield hand.message
    assert "belongs to the whole image, not to a layer. Select a layer" in hand.message()
    hand.dismiss()
    yield from turns(20)
    assert hand.state(document) == before
    assert not document.modified()
    action.trigger()


def global_masks(document: Any) -> list[Any]:
    """The selection where it is shown among the layers."""
    return [node for node in document.rootNode().childNodes() if node.type() == "selectionmask"]


def part(x: int, y: int, width: int, height: int) -> Any:
    """A rectangle, wholly selected."""
    selection = Selection()
    selection.select(x, y, width, height, 255)
    return selection


MASKS = {
    "transparency": lambda document, layer: document.createTransparencyMask("mine"),
    "filter": lambda document, layer: document.createFilterMask(
        "mine", app.filter("invert"), layer
    ),
    "transform": lambda document, layer: document.createTransformMask("mine"),
    "selection": lambda document, layer: selection_mask(document),
}


def selection_mask(document: Any) -> Any:
    """A part of the canvas, selected for one layer alone; Krita 5.2 crashes over one without."""
    mask = document.createSelectionMask("mine")
    mask.setSelection(part(10, 5, 30, 20))
    return mask


def case_an_active_mask_of_any_kind_means_its_layer(facts: dict[str, Any]) -> Steps:
    yield from each(MASKS, masked_beside, facts)


def masked_beside(make: Any) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    mask = make(document, layer)
    layer.addChildNode(mask, None)
    yield from turns(40)
    hand.settle(document)
    own = hand.whole(layer, document)
    yield hand.chosen(document, mask)
    hand.click()
    yield lambda: hand.masks(layer) or hand.message()
    assert not hand.message()
    yield from turns(20)
    assert hand.whole(layer, document) == own
    assert len(layer.childNodes()) == 2


def case_a_locked_earlier_mask_stays_and_that_is_said(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.masked(document, layer)
    mask = hand.masks(layer)[0]
    mask.setPixelData(bytes([77]) * AREA, 0, 0, WIDTH, HEIGHT)
    mask.setLocked(True)
    hand.settle(document)
    yield hand.chosen(document, layer)
    before = hand.state(document)
    for choice in ("replace", "intersect", "add"):
        with hand.preferring(existing=choice):
            hand.click()
            yield hand.message
        assert "The mask “Remove Background” on the layer “" in hand.message()
        assert "is locked. Unlock it" in hand.message()
        hand.dismiss()
        yield from turns(20)
        assert hand.state(document) == before
    with hand.preferring(output="layer"):
        hand.click()
        yield lambda: len(document.topLevelNodes()) == 2
    yield from turns(40)
    copy = document.topLevelNodes()[1]
    assert not hand.masks(copy)[0].locked()
    assert hand.whole(hand.masks(copy)[0], document) == hand.ramp(AREA)


def case_a_selection_mask_on_the_layer_limits_what_is_shown(facts: dict[str, Any]) -> Steps:
    document, layer, _ = yield from locally_selected()
    hand.click()
    yield lambda: hand.masks(layer)
    shown = bytearray(AREA)
    for y in range(5, 25):
        row = slice(y * WIDTH + 10, y * WIDTH + 40)
        shown[row] = hand.ramp(AREA)[row]
    assert hand.whole(hand.masks(layer)[0], document) == bytes(shown)


def case_a_selection_mask_on_the_layer_can_be_refined_in(facts: dict[str, Any]) -> Steps:
    document, layer, _ = yield from locally_selected()
    app.action("localmatte_refine_inside_selection").trigger()
    yield lambda: hand.masks(layer) or hand.message()
    assert not hand.message()
    found = hand.whole(hand.masks(layer)[0], document)
    assert found != b"\xff" * AREA


def case_a_hidden_selection_mask_does_not_count(facts: dict[str, Any]) -> Steps:
    document, layer, mask = yield from locally_selected()
    mask.setVisible(False)
    hand.settle(document)
    yield hand.chosen(document, layer)
    hand.click()
    yield lambda: hand.masks(layer)
    assert hand.whole(hand.masks(layer)[0], document) == hand.ramp(AREA)


def locally_selected() -> Generator[Condition | None, None, tuple[Any, Any, Any]]:
    """A document, a layer, and the selection mask on it."""
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    mask = selection_mask(document)
    layer.addChildNode(mask, None)
    yield from turns(20)
    hand.settle(document)
    yield hand.chosen(document, layer)
    return document, layer, mask


def case_a_selection_that_leaves_a_trace_says_so_and_is_taken_back(facts: dict[str, Any]) -> Steps:
    """The engine's matte is clear, but not where it is selected."""
    document, layer = yield from selected_where_it_is_faint()
    before = hand.state(document)
    hand.click()
    yield hand.message
    assert f"Nothing of “{layer.name()}” is clearly visible in the result." in hand.message()
    assert len(hand.masks(layer)) == 1
    hand.press("Undo")
    yield hand.bare(layer)
    assert hand.state(document) == before
    yield lambda: not hand.message()


def case_what_leaves_a_trace_may_be_kept(facts: dict[str, Any]) -> Steps:
    _document, layer = yield from selected_where_it_is_faint()
    hand.click()
    yield hand.message
    hand.press("Keep")
    yield lambda: not hand.message()
    yield from turns(20)
    assert len(hand.masks(layer)) == 1


def case_another_step_since_is_not_taken_back_instead(facts: dict[str, Any]) -> Steps:
    document, layer = yield from selected_where_it_is_faint()
    hand.click()
    yield hand.message
    yield from turns(40)
    other = hand.new_layer(document, name="since")
    hand.settle(document)
    after = hand.state(document)
    hand.press("Undo")
    yield from turns(400)
    yield lambda: hand.state(document) == after
    assert other.parentNode() is not None
    assert len(hand.masks(layer)) == 1


def case_a_new_layer_and_a_selection_that_are_empty_are_taken_back(facts: dict[str, Any]) -> Steps:
    document, layer = yield from selected_where_it_is_faint()
    before = hand.state(document)
    for output in ("layer", "colours", "selection"):
        yield hand.chosen(document, layer)
        with hand.preferring(output=output):
            hand.click()
            yield hand.message
        assert "is clearly visible in the result" in hand.message(), hand.message()
        hand.press("Undo")
        yield lambda: hand.state(document) == before
        selection = document.selection()
        rect = selection.x(), selection.y(), selection.width(), selection.height()
        assert rect == (0, 0, WIDTH, FAINT_ROWS)
        yield lambda: not hand.message()
    document.setSelection(None)


def case_an_intersection_that_leaves_nothing_says_so(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.masked(document, layer)
    hand.masks(layer)[0].setPixelData(bytes(AREA), 0, 0, WIDTH, HEIGHT)
    hand.settle(document)
    before = hand.state(document)
    yield hand.chosen(document, layer)
    with hand.preferring(existing="intersect"):
        hand.click()
        yield hand.message
    assert "is clearly visible in the result" in hand.message()
    yield from turns(20)
    hand.press("Undo")
    yield lambda: hand.state(document) == before


def selected_where_it_is_faint() -> Generator[Condition | None, None, tuple[Any, Any]]:
    """A document whose selection leaves nothing clear of its layer."""
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    document.setSelection(part(0, 0, WIDTH, FAINT_ROWS))
    hand.settle(document)
    yield hand.chosen(document, layer)
    return document, layer


def case_a_layer_far_away_takes_no_gigabytes_and_that_is_said(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = hand.new_layer(document)
    layer.setPixelData(hand.pixels(500 * 500), FAR, FAR, 500, 500)
    hand.settle(document)
    yield hand.chosen(document, layer)
    before, most = hand.state(document), memory()
    hand.click()
    yield hand.message
    assert "This layer is outside the canvas. Move it onto the canvas" in hand.message()
    hand.dismiss()
    assert hand.state(document) == before
    assert memory() - most < GIGABYTE
    yield from turns(REST_TURNS)


def case_a_layer_far_to_one_side_is_masked_where_it_is(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = hand.new_layer(document)
    layer.setPixelData(hand.pixels(20 * 10), 250_000, 5, 20, 10)
    hand.settle(document)
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.masked(document, layer)
    mask = hand.masks(layer)[0]
    assert bytes(mask.pixelData(250_000, 5, 20, 10)) == hand.ramp(200)
    assert hand.whole(mask, document) == b"\xff" * AREA
    yield from turns(REST_TURNS)


def memory() -> int:
    """The most bytes that Krita has taken so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (most,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(most) * 1024


def flip(layer: Any, mask: Any) -> None:
    """Mirror the layer, which keeps its size and place."""
    app.action("mirrorNodeX").trigger()


def repaint(layer: Any, mask: Any) -> None:
    """Change some pixels of the layer."""
    layer.setPixelData(b"\x01\x02\x03\xff" * 4, 20, 10, 2, 2)


def paint_beside(layer: Any, mask: Any) -> None:
    """Paint where the layer was empty."""
    layer.setPixelData(b"\x01\x02\x03\xff" * 4, WIDTH + 5, 10, 2, 2)


def add_an_effect(layer: Any, mask: Any) -> None:
    """Let the layer show other colours than its own."""
    (document,) = (found for found in app.documents() if found.nodeByUniqueID(layer.uniqueId()))
    effect = document.createFilterMask("effect", app.filter("invert"), layer)
    layer.addChildNode(effect, None)


def paint_on_the_mask(layer: Any, mask: Any) -> None:
    """Change some pixels of the mask that an earlier removal made."""
    mask.setPixelData(b"\x07" * 4, 20, 10, 2, 2)


CHANGES = {
    "flip": (flip, "changed or deleted in the meantime, so it got no mask."),
    "repaint": (repaint, "changed or deleted in the meantime, so it got no mask."),
    "paint beside": (paint_beside, "changed or deleted in the meantime, so it got no mask."),
    "add an effect": (add_an_effect, "changed or deleted in the meantime, so it got no mask."),
    "paint on the mask": (paint_on_the_mask, "edited in the meantime and was left unchanged."),
}


def case_what_was_changed_meanwhile_gets_no_mask_and_that_is_said(facts: dict[str, Any]) -> Steps:
    yield from each(CHANGES, changed_meanwhile, facts)


def changed_meanwhile(row: Any) -> Steps:
    change, sentence = row
    for action in (hand.ACTION, "localmatte_refine_inside_selection"):
        document = hand.new_document(WIDTH, HEIGHT)
        layer = document.topLevelNodes()[0]
        layer.setPixelData(hand.colours(AREA, "RGBA", "U8"), 0, 0, WIDTH, HEIGHT)
        mask = document.createTransparencyMask(hand.MASK)
        mask.setPixelData(b"\xc8" * AREA, 0, 0, WIDTH, HEIGHT)
        layer.addChildNode(mask, None)
        document.setSelection(part(5, 5, 40, 20))
        hand.settle(document)
        yield hand.chosen(document, layer)
        app.action(action).trigger()
        change(layer, mask)
        document.waitForDone()
        after = hand.state(document)
        yield hand.message
        assert sentence in hand.message(), hand.message()
        hand.dismiss()
        yield from turns(20)
        assert hand.state(document) == after
        document.setSelection(None)


CLONES = {
    f"{effect}, hidden {where}": (effect, where)
    for effect in ("inverted", "colourised")
    for where in ("itself", "with its group")
}


def case_a_hidden_clone_is_changed_where_its_source_is(facts: dict[str, Any]) -> Steps:
    yield from each(CLONES, clone_changed_meanwhile, facts)


def clone_changed_meanwhile(row: tuple[str, str]) -> Steps:
    effect, where = row
    document, _, source = two_layers()
    around = document.createGroupLayer("around")
    document.rootNode().addChildNode(around, None)
    clone = document.createCloneLayer("clone", source)
    around.addChildNode(clone, None)
    mask = (
        document.createFilterMask("effect", app.filter("invert"), clone)
        if effect == "inverted"
        else document.createColorizeMask("effect")
    )
    clone.addChildNode(mask, None)
    hand.settle(document)
    (clone if where == "itself" else around).setVisible(False)
    hand.settle(document)
    yield hand.chosen(document, clone)
    hand.click()
    repaint(source, None)
    yield lambda: hand.message() or hand.masks(clone)
    assert "changed or deleted in the meantime" in hand.message(), hand.message()
    hand.dismiss()
    assert not hand.masks(clone)


def case_a_layer_that_is_moved_far_away_meanwhile_stays_as_it_is(facts: dict[str, Any]) -> Steps:
    document, _, layer = two_layers()
    yield hand.chosen(document, layer)
    pixels: Any = importlib.import_module("localmatte.document.pixels")
    largest, pixels.LARGEST_PIXELS = pixels.LARGEST_PIXELS, 4 * AREA
    try:
        hand.click()
        layer.move(TOO_FAR, TOO_FAR)
        yield lambda: hand.message() or hand.masks(layer)
    finally:
        pixels.LARGEST_PIXELS = largest
    assert "The layer was moved too far away in the meantime" in hand.message()
    hand.dismiss()
    assert not layer.childNodes()


run(dict(globals()))
