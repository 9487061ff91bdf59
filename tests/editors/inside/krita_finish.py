"""Cases of Finish Painted Edges and Keep and Remove What Is Selected, with the real engine."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

from krita import Krita, Selection

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Condition, Steps, run

PHOTO = Path(os.environ["LOCALMATTE_PHOTO"])
FINISH = "localmatte_finish_painted_edges"
KEEP, REMOVE = "localmatte_keep_selected", "localmatte_remove_selected"
FLAG = (30, 250, 70, 120)
"""x, y, width and height of a part of the photo that the network leaves out."""
FACE = (200, 60, 60, 70)
SIDE, REACH = 512, 24
HOME = Path(os.environ["HOME"])
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


def select(document: Any, place: tuple[int, int, int, int], on: Any = None) -> None:
    """Select a rectangle of the document, or by a selection mask on a layer."""
    selection = Selection()
    selection.select(*place, 255)
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
    assert "Nothing was painted on the mask since localmatte created it." in hand.message()
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
    assert "was resized or rotated" in said[0]
    found = hand.whole(hand.masks(layer)[0], document)
    assert found != painted
    assert all(new == old for new, old in zip(found, painted, strict=True) if old in (0, 255))


def case_a_selection_is_kept(facts: dict[str, Any]) -> Steps:
    yield from _selected(KEEP, FLAG, sign=1)


def case_a_selection_is_removed(facts: dict[str, Any]) -> Steps:
    yield from _selected(REMOVE, FACE, sign=-1)


def case_a_selection_mask_is_kept(facts: dict[str, Any]) -> Steps:
    yield from _selected(KEEP, FLAG, sign=1, by_a_mask=True)


def _selected(
    action: str, place: tuple[int, int, int, int], sign: int, by_a_mask: bool = False
) -> Steps:
    document, layer = yield from open_cut_out()
    made = hand.whole(hand.masks(layer)[0], document)
    select(document, place, on=layer if by_a_mask else None)
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
