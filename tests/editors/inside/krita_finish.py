"""Cases of Finish Painted Edges and Keep and Remove What Is Selected, with the real engine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from krita import Krita

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Steps, run
from tests.editors.inside.krita_masks import (
    FLAG,
    SIDE,
    beyond,
    changed,
    open_cut_out,
    open_photo,
    paint,
    select,
)

FINISH = "localmatte_finish_painted_edges"
KEEP, REMOVE = "localmatte_keep_selected", "localmatte_remove_selected"
FACE = (200, 60, 60, 70)
HOME = Path(os.environ["HOME"])
app = Krita.instance()


def case_what_was_painted_gets_its_edges_in_one_step(facts: dict[str, Any]) -> Steps:
    document, layer = yield from open_cut_out()
    painted = paint(document, layer, FLAG, 255)
    before, pixels = hand.state(document), hand.whole(layer, document)
    app.action(FINISH).trigger()
    yield changed(layer, document, painted)
    found = hand.whole(hand.masks(layer)[0], document)
    assert beyond(found, FLAG) == beyond(painted, FLAG)
    assert hand.whole(layer, document) == pixels
    yield hand.masked(document, layer)
    hand.undo(document)
    yield lambda: hand.whole(hand.masks(layer)[0], document) == painted
    assert hand.state(document) == before
    app.action(FINISH).trigger()
    yield changed(layer, document, painted)
    assert hand.whole(hand.masks(layer)[0], document) == found
    yield hand.masked(document, layer)
    app.action(FINISH).trigger()
    yield hand.message
    assert "Nothing has been painted on the mask since localmatte created it." in hand.message()
    hand.dismiss()
    assert hand.whole(hand.masks(layer)[0], document) == found


def case_what_localmatte_made_is_known_in_a_document_of_kritas_and_in_no_other_file(
    facts: dict[str, Any],
) -> Steps:
    document, layer = yield from open_cut_out()
    painted = paint(document, layer, FLAG, 255)
    for kind in ("png", "jpg", "tif", "psd"):
        file = HOME / f"exported.{kind}"
        hand.export(document, str(file))
        assert b"localmatte" not in file.read_bytes(), kind
    saved = HOME / "saved.kra"
    hand.export(document, str(saved))
    assert b"localmatte" in saved.read_bytes()
    app.action(FINISH).trigger()
    yield changed(layer, document, painted)
    found = hand.whole(hand.masks(layer)[0], document)
    yield hand.masked(document, layer)
    again = hand.open_document(str(saved))
    layer = again.topLevelNodes()[0]
    yield hand.chosen(again, layer)
    assert hand.whole(hand.masks(layer)[0], again) == painted
    app.action(FINISH).trigger()
    yield changed(layer, again, painted)
    assert hand.whole(hand.masks(layer)[0], again) == found
    yield hand.masked(again, layer)


def case_of_a_resized_layer_only_soft_edges_change_and_that_is_said(facts: dict[str, Any]) -> Steps:
    document, layer = yield from open_cut_out()
    document.scaleImage(SIDE // 2, SIDE // 2, 72, 72, "Bicubic")
    hand.settle(document)
    painted = hand.whole(hand.masks(layer)[0], document)
    with hand.notes() as said:
        app.action(FINISH).trigger()
        yield lambda: bool(said)
    assert "has been resized or rotated" in said[0]
    found = hand.whole(hand.masks(layer)[0], document)
    assert found != painted
    assert all(new == old for new, old in zip(found, painted, strict=True) if old in (0, 255))


def case_a_selection_is_kept(facts: dict[str, Any]) -> Steps:
    yield from _selected(KEEP, FLAG, sign=1)


def case_a_selection_is_removed(facts: dict[str, Any]) -> Steps:
    yield from _selected(REMOVE, FACE, sign=-1)


def case_a_soft_selection_mask_on_the_layer_is_kept(facts: dict[str, Any]) -> Steps:
    yield from _selected(KEEP, FLAG, sign=1, by_a_mask=True, soft=True)


def case_a_soft_selection_mask_on_the_layer_is_removed(facts: dict[str, Any]) -> Steps:
    yield from _selected(REMOVE, FACE, sign=-1, by_a_mask=True, soft=True)


def case_the_global_selection_mask_is_kept_with_its_soft_edges(facts: dict[str, Any]) -> Steps:
    yield from _selected(KEEP, FLAG, sign=1, soft=True, masked_globally=True)


def _selected(
    action: str,
    place: tuple[int, int, int, int],
    sign: int,
    by_a_mask: bool = False,
    soft: bool = False,
    masked_globally: bool = False,
) -> Steps:
    document, layer = yield from open_cut_out()
    made = hand.whole(hand.masks(layer)[0], document)
    select(document, place, on=layer if by_a_mask else None, soft=soft)
    if masked_globally:
        app.action("show-global-selection-mask").trigger()
        hand.settle(document)
        root = hand.children(document.rootNode())
        assert "selectionmask" in [node.type() for node in root]
        yield hand.chosen(document, layer)
    before, pixels = hand.state(document), hand.whole(layer, document)
    app.action(action).trigger()
    yield changed(layer, document, made)
    found = hand.whole(hand.masks(layer)[0], document)
    assert all(sign * (new - old) >= 0 for new, old in zip(found, made, strict=True))
    assert beyond(found, place) == beyond(made, place)
    x, y, width, height = place
    middle = (y + height // 2) * SIDE + x + width // 2
    assert found[middle] == (255 if sign > 0 else 0)
    assert hand.whole(layer, document) == pixels
    yield hand.masked(document, layer)
    hand.undo(document)
    yield lambda: hand.whole(hand.masks(layer)[0], document) == made
    assert hand.state(document) == before
    if masked_globally:
        app.action("show-global-selection-mask").trigger()
    document.setSelection(None)


def case_a_mask_painted_on_meanwhile_stays_and_that_is_said(facts: dict[str, Any]) -> Steps:
    document, layer = yield from open_cut_out()
    paint(document, layer, FLAG, 255)
    app.action(FINISH).trigger()
    hand.masks(layer)[0].setPixelData(bytes([9]) * 400, 200, 100, 20, 20)
    yield hand.message
    assert "The mask was edited in the meantime and was left unchanged." in hand.message()
    hand.dismiss()
    assert bytes(hand.masks(layer)[0].pixelData(200, 100, 20, 20)) == bytes([9]) * 400


def case_without_a_mask_or_a_selection_it_says_so(facts: dict[str, Any]) -> Steps:
    document, _ = yield from open_photo()
    before = hand.state(document)
    for action, said in (
        (FINISH, "has no mask named “Remove Background”. Remove the background first"),
        (KEEP, "There is no selection. Select part of the layer"),
        (REMOVE, "There is no selection. Select part of the layer"),
    ):
        app.action(action).trigger()
        yield hand.message
        assert said in hand.message()
        hand.dismiss()
        yield lambda: not hand.message()
    assert hand.state(document) == before


run(dict(globals()))
