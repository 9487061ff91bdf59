"""Cases of Edges Again, with the real engine."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from krita import Krita

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Steps, run
from tests.editors.inside.krita_masks import (
    FLAG,
    SIDE,
    changed,
    open_cut_out,
    open_photo,
    paint,
    select,
)
from tests.editors.inside.krita_qt import QtWidgets

AGAIN = "localmatte_edges_again"
FINISH = "localmatte_finish_painted_edges"
MODEL = Path(os.environ["LOCALMATTE_MODEL"])
HOME = Path(os.environ["HOME"])
LIMIT = 300 * 1024
app = Krita.instance()


@contextmanager
def without_the_model() -> Iterator[None]:
    """Set the model aside and end the worker that has loaded it."""
    aside = MODEL.with_suffix(".aside")
    for worker in hand.workers():
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    MODEL.replace(aside)
    try:
        yield
    finally:
        aside.replace(MODEL)


def shades(opened: Any) -> int:
    """How many colours the window's preview has at the crossings of a grid."""
    (view,) = (w for w in opened.findChildren(QtWidgets.QWidget) if hasattr(w, "show_frame"))
    view.setFocus()
    image = view.grab().toImage()
    places = range(5, min(image.width(), image.height()), 10)
    return len({image.pixel(x, y) for x in places for y in places})


def set_edges(document: Any, layer: Any, before: bytes, **edges: float) -> Steps:
    """Open the window, wait for its preview, set the controls, and press OK."""
    app.action(AGAIN).trigger()
    yield hand.edges_window
    opened = hand.edges_window()
    yield lambda: opened._preview.frame.matte is not None
    yield lambda: shades(opened) > 50
    for name, value in edges.items():
        opened._controls._rows[name].number.setValue(value)
    yield lambda: not opened._preview.frame.stale and not opened._preview.frame.busy
    hand.press_ok()
    yield changed(layer, document, before)
    yield hand.masked(document, layer)


def inside(mask: bytes, place: tuple[int, int, int, int], side: int = SIDE) -> bytes:
    """What of a mask lies in a rectangle."""
    x, y, width, height = place
    return b"".join(mask[row * side + x : row * side + x + width] for row in range(y, y + height))


def unused(mask: bytes) -> int:
    """A grey that a mask has nowhere in the flag."""
    return min(set(range(100, 255)) - set(inside(mask, FLAG)))


def case_next_week_edges_are_set_again_without_the_model_and_what_was_painted_stays(
    facts: dict[str, Any],
) -> Steps:
    with hand.preferring(edges='{"feather": 2}'):
        document, layer = yield from open_cut_out()
    value = unused(hand.whole(hand.masks(layer)[0], document))
    paint(document, layer, FLAG, value)
    kept = [name for name in document.annotationTypes() if "localmatte-m" in name]
    assert len(kept) == 2
    assert 0 < sum(document.annotation(name).size() for name in kept) <= LIMIT
    saved = HOME / "again.kra"
    hand.export(document, str(saved))
    document = hand.open_document(str(saved))
    layer = document.topLevelNodes()[0]
    yield hand.chosen(document, layer)
    painted, pixels = hand.whole(hand.masks(layer)[0], document), hand.whole(layer, document)
    before = hand.state(document)
    with without_the_model():
        app.action(AGAIN).trigger()
        yield hand.edges_window
        assert hand.edges_window()._controls.values == {"feather": 2}
        hand.edges_window().reject()
        yield lambda: hand.edges_window() is None
        yield from set_edges(document, layer, painted, shift=-6)
        found = hand.whole(hand.masks(layer)[0], document)
        assert set(inside(found, FLAG)) == {value}
        assert sum(found) < sum(painted)
        assert hand.whole(layer, document) == pixels
        hand.undo(document)
        yield lambda: hand.whole(hand.masks(layer)[0], document) == painted
        assert hand.state(document) == before
        hand.redo(document)
        yield lambda: hand.whole(hand.masks(layer)[0], document) == found
        yield from set_edges(document, layer, found, shift=4, feather=0)
        assert set(inside(hand.whole(hand.masks(layer)[0], document), FLAG)) == {value}


def case_what_a_selection_and_other_commands_made_stays_too(facts: dict[str, Any]) -> Steps:
    document, layer = yield from open_photo()
    place = (150, 20, 250, 250)
    select(document, place)
    hand.click()
    yield hand.masked(document, layer)
    document.setSelection(None)
    painted = paint(document, layer, FLAG, 255)
    app.action(FINISH).trigger()
    yield changed(layer, document, painted)
    yield hand.masked(document, layer)
    finished = hand.whole(hand.masks(layer)[0], document)
    yield from set_edges(document, layer, finished, shift=30)
    found = hand.whole(hand.masks(layer)[0], document)
    assert inside(found, FLAG) == inside(finished, FLAG)
    for beside in ((0, 0, 150, 250), (400, 0, 112, 250), (250, 270, 262, 200)):
        assert inside(found, beside) == inside(finished, beside), "it grew beyond the selection"
    assert sum(found) > sum(finished)


def case_a_layer_that_was_painted_beyond_its_edge_was_not_resized(facts: dict[str, Any]) -> Steps:
    document, photo = yield from open_photo()
    x, y, width, height = 120, 10, 240, 300
    layer = hand.new_layer(document)
    layer.setPixelData(photo.pixelData(x, y, width, height), x, y, width, height)
    hand.settle(document)
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.masked(document, layer)
    made = hand.whole(hand.masks(layer)[0], document)
    layer.setPixelData(bytes([9, 90, 200, 255]) * 3000, 400, 300, 60, 50)
    hand.settle(document)
    assert layer.bounds().width() > width
    with hand.notes() as said:
        painted = paint(document, layer, (125, 15, 40, 40), 255)
        app.action(FINISH).trigger()
        yield changed(layer, document, painted)
        yield hand.masked(document, layer)
        assert said
        assert not any("resized" in one for one in said), said
    finished = hand.whole(hand.masks(layer)[0], document)
    beyond = (400, 300, 60, 50)
    assert inside(finished, beyond) == inside(made, beyond)
    yield from set_edges(document, layer, finished, shift=-8)
    found = hand.whole(hand.masks(layer)[0], document)
    assert inside(found, beyond) == inside(made, beyond)
    assert sum(found) < sum(finished)


def case_what_does_not_fit_any_more_is_said(facts: dict[str, Any]) -> Steps:
    document, layer = yield from open_cut_out()
    document.scaleImage(SIDE // 2, SIDE // 2, 72, 72, "Bicubic")
    hand.settle(document)
    yield from refused(document, "has been resized or rotated since its background was removed")
    document, layer = yield from open_photo()
    yield from refused(document, "has no mask named “Remove Background”")
    mask = document.createTransparencyMask(hand.MASK)
    layer.addChildNode(mask, None)
    hand.settle(document)
    yield from refused(document, "is not stored in the image. Remove the background again.")


def refused(document: Any, said: str) -> Steps:
    before = hand.state(document)
    app.action(AGAIN).trigger()
    yield hand.message
    assert said in hand.message(), hand.message()
    hand.dismiss()
    yield lambda: not hand.message()
    assert hand.edges_window() is None
    assert hand.state(document) == before


def case_an_edited_layer_gets_its_edges_and_that_is_said(facts: dict[str, Any]) -> Steps:
    document, layer = yield from open_cut_out()
    layer.setPixelData(bytes([9, 90, 200, 255]) * 400, 100, 100, 20, 20)
    hand.settle(document)
    made = hand.whole(hand.masks(layer)[0], document)
    with hand.notes() as said:
        yield from set_edges(document, layer, made, feather=4)
        assert any("has been edited since its background was removed" in one for one in said)


run(dict(globals()))
