"""Cases with several layers, locked and animated ones, and clean colours; the stand-in answers."""

from __future__ import annotations

import importlib
from collections.abc import Generator
from typing import Any

from krita import Krita

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Condition, Steps, run, turns
from tests.editors.inside.stand_in import CLEAN

WIDTH, HEIGHT = 64, 32
AREA = WIDTH * HEIGHT
OTHER_SPACES = [("RGBA", "U16"), ("RGBA", "F32"), ("GRAYA", "U8"), ("CMYKA", "U8"), ("LABA", "U16")]
app = Krita.instance()


def three_layers() -> Generator[Condition | None, None, tuple[Any, list[Any]]]:
    """A document whose three layers are all selected, the topmost one active."""
    document = hand.new_document(WIDTH, HEIGHT)
    for name in ("second", "third"):
        layer = hand.new_layer(document, name=name)
        layer.setPixelData(hand.pixels(AREA), 0, 0, WIDTH, HEIGHT)
    hand.settle(document)
    layers = document.topLevelNodes()
    yield hand.chosen(document, layers[-1])
    yield hand.all_selected(3)
    return document, layers


def masks_on(layers: list[Any], count: int) -> Condition:
    """Whether the layers have so many masks of ours together."""
    return lambda: sum(len(hand.masks(layer)) for layer in layers) == count


def case_each_selected_layer_gets_its_mask_in_a_step_of_its_own(facts: dict[str, Any]) -> Steps:
    document, layers = yield from three_layers()
    before = hand.state(document)
    hand.click()
    yield lambda: all(hand.masks(layer) for layer in layers)
    for layer in layers:
        (mask,) = hand.masks(layer)
        assert hand.whole(mask, document) == hand.ramp(AREA)
    top = hand.masks(layers[-1])[0]
    yield lambda: document.activeNode() == top
    for count in (2, 1, 0):
        hand.undo(document)
        yield masks_on(layers, count)
    assert hand.state(document) == before


def case_an_empty_layer_among_them_is_named_and_none_is_changed(facts: dict[str, Any]) -> Steps:
    document, layers = yield from three_layers()
    layers[1].setPixelData(bytes(4 * AREA), 0, 0, WIDTH, HEIGHT)
    hand.settle(document)
    before = hand.state(document)
    hand.click()
    yield hand.message
    assert "“second”: This layer is empty." in hand.message()
    hand.dismiss()
    assert hand.state(document) == before


def case_a_layer_and_its_mask_selected_together_count_once(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    mask = document.createTransparencyMask("mine")
    mask.setPixelData(b"\xff" * AREA, 0, 0, WIDTH, HEIGHT)
    layer.addChildNode(mask, None)
    hand.settle(document)
    yield hand.chosen(document, layer)
    app.action("select_all_layers").trigger()
    for _ in range(10):
        yield None
    hand.click()
    yield hand.masked(document, layer)
    for _ in range(50):
        yield None
    assert len(hand.masks(layer)) == 1


def case_selected_layers_are_all_selected_from(facts: dict[str, Any]) -> Steps:
    document, _ = yield from three_layers()
    with hand.preferring(output="selection"):
        hand.click()
        yield document.selection
    found = bytes(document.selection().pixelData(0, 0, WIDTH, HEIGHT))
    assert found == bytes(min(3 * level, 255) for level in hand.ramp(AREA))
    document.setSelection(None)


def case_a_locked_layer_is_refused_as_krita_itself_does(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    group = document.createGroupLayer("group")
    document.rootNode().addChildNode(group, None)
    inside = document.createNode("inside", "paintlayer")
    inside.setPixelData(hand.pixels(AREA), 0, 0, WIDTH, HEIGHT)
    group.addChildNode(inside, None)
    hand.settle(document)
    for locked in (inside, group):
        locked.setLocked(True)
        yield hand.chosen(document, inside)
        before = hand.state(document)
        hand.click()
        yield hand.message
        assert f"The layer “{locked.name()}” is locked. Unlock it" in hand.message()
        hand.dismiss()
        assert hand.state(document) == before
        assert hand.progress() is None
        locked.setLocked(False)
    hand.click()
    yield hand.masked(document, inside)


def case_a_new_layer_of_a_locked_one_is_not_locked(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    layer.setLocked(True)
    yield hand.chosen(document, layer)
    with hand.preferring(output="layer"):
        hand.click()
        yield lambda: len(document.topLevelNodes()) == 2
    assert layer.locked()
    assert not document.topLevelNodes()[1].locked()


def case_a_layer_whose_alpha_is_locked_gets_its_mask(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    layer.setAlphaLocked(True)
    yield hand.chosen(document, layer)
    before = hand.whole(layer, document)
    hand.click()
    yield hand.masked(document, layer)
    assert layer.alphaLocked()
    assert hand.whole(layer, document) == before


def case_clean_colours_are_at_soft_edges_and_none_where_all_is_hidden(
    facts: dict[str, Any],
) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    own = b"".join(bytes([7, 77, 177, index % 256]) for index in range(AREA))
    layer.setPixelData(own, 0, 0, WIDTH, HEIGHT)
    hand.settle(document)
    before = hand.state(document)
    copy = yield from clean_copy(document, layer)
    found = hand.whole(copy, document)
    for index, level in enumerate(hand.ramp(AREA)):
        colour = {0: bytes(3), 255: bytes([7, 77, 177])}.get(level, bytes(reversed(CLEAN)))
        assert found[4 * index : 4 * index + 4] == colour + own[4 * index + 3 : 4 * index + 4]
    assert hand.whole(hand.masks(copy)[0], document) == hand.ramp(AREA)
    yield lambda: document.activeNode() == hand.masks(copy)[0]
    hand.undo(document)
    yield lambda: len(document.topLevelNodes()) == 1
    assert hand.state(document) == before
    assert not document.modified()


def case_clean_colours_look_the_same_in_other_colour_spaces(facts: dict[str, Any]) -> Steps:
    new_layer: Any = importlib.import_module("localmatte.document.new_layer")
    for model, depth in OTHER_SPACES:
        document = hand.new_document(WIDTH, HEIGHT, model, depth)
        layer = document.topLevelNodes()[0]
        own = hand.colours(AREA, model, depth)
        layer.setPixelData(own, 0, 0, WIDTH, HEIGHT)
        hand.settle(document)
        yield hand.chosen(document, layer)
        copy = yield from clean_copy(document, layer)
        space = layer.colorModel(), layer.colorDepth(), layer.colorProfile()
        assert (copy.colorModel(), copy.colorDepth(), copy.colorProfile()) == space
        clean = hand.in_space(bytes([*reversed(CLEAN), 255]), space)
        found, size = hand.whole(copy, document), len(own) // AREA
        for index, level in enumerate(hand.ramp(AREA)):
            at = slice(index * size, (index + 1) * size)
            alpha = size - new_layer.SAMPLE_BYTES[depth]
            if level == 0:
                assert found[at] == bytes(alpha) + own[at][alpha:], (space, index)
            elif level == 255:
                assert found[at] == own[at], (space, index)
            else:
                assert hand.close(found[at], clean, depth), (space, index)


def case_clean_colours_of_a_group_are_a_paint_layer(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    group = document.createGroupLayer("group")
    document.rootNode().addChildNode(group, None)
    inside = document.createNode("inside", "paintlayer")
    inside.setPixelData(hand.pixels(AREA), 0, 0, WIDTH, HEIGHT)
    group.addChildNode(inside, None)
    hand.settle(document)
    copy = yield from clean_copy(document, group)
    assert copy.type() == "paintlayer"
    assert hand.whole(copy, document)[4:8] == bytes([*reversed(CLEAN), 255])
    assert hand.whole(copy, document)[:4] == bytes(3) + hand.pixels(1)[3:]


def case_a_cancel_while_the_colours_are_cleaned_changes_nothing(facts: dict[str, Any]) -> Steps:
    new_layer: Any = importlib.import_module("localmatte.document.new_layer")
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    hand.settle(document)
    yield hand.chosen(document, layer)
    before = hand.state(document)
    bands = []
    clean, band = new_layer.cleaned, new_layer.BAND_PIXELS

    def counted(*planes: Any) -> bytes:
        bands.append(planes)
        if len(bands) == 3:
            hand.press_cancel()
        return bytes(clean(*planes))

    new_layer.cleaned, new_layer.BAND_PIXELS = counted, WIDTH
    try:
        with hand.preferring(output="colours"):
            hand.click()
            yield lambda: len(bands) >= 3 and hand.progress() is None
            yield from turns(20)
    finally:
        new_layer.cleaned, new_layer.BAND_PIXELS = clean, band
    assert len(bands) == 3
    assert hand.state(document) == before
    # And the next one goes its way.
    copy = yield from clean_copy(document, layer)
    assert len(hand.masks(copy)) == 1


def clean_copy(document: Any, layer: Any) -> Generator[Condition | None, None, Any]:
    """The new layer with clean colours, made of a layer."""
    yield hand.chosen(document, layer)
    count = len(document.topLevelNodes())
    with hand.preferring(output="colours"):
        hand.click()
        yield lambda: len(document.topLevelNodes()) > count
    (copy,) = (n for n in document.topLevelNodes() if n.name() == f"{layer.name()} cut out")
    return copy


def case_an_animated_layer_is_cut_out_as_it_is_now(facts: dict[str, Any]) -> Steps:
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    layer.enableAnimation()
    yield hand.chosen(document, layer)
    with hand.notes() as said:
        hand.click()
        yield hand.masked(document, layer)
        # Krita's main loop turns while it takes in the mask.
        yield lambda: bool(said)
    assert hand.whole(hand.masks(layer)[0], document) == hand.ramp(AREA)
    note = "Only the current frame was used; the result is the same for all frames."
    assert said == [note], said


run(dict(globals()))
