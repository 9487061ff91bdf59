"""Cases with a real photo, the real worker and the real network."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Steps, run
from tests.editors.inside.krita_qt import QtCore
from tests.editors.inside.krita_undo import back, forth

PICTURES = Path(os.environ["LOCALMATTE_PICTURES"])
LARGE = "large.png"


def open_layer(name: str) -> tuple[Any, Any]:
    document = hand.open_document(str(PICTURES / name))
    return document, document.topLevelNodes()[0]


def pause(document: Any, layer: Any) -> Steps:
    """Click, and make the worker stand still in the middle of its work."""
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.under_way
    hand.stop_worker()
    for _ in range(40):
        yield None
    assert hand.progress(), "the worker was done before it could be stopped"


def cut_and_export(name: str) -> Steps:
    document, layer = open_layer(f"{name}.png")
    before = hand.state(document)
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.masked(document, layer)
    after = hand.state(document)
    document.waitForDone()
    hand.export(document, str(PICTURES / f"{name}-krita.png"))
    yield from back(document, before)
    assert not document.modified()
    yield from forth(document, after)


def case_a_photo_is_cut_out(facts: dict[str, Any]) -> Steps:
    yield from cut_and_export("photo")


def case_a_photo_with_partial_alpha_is_cut_out(facts: dict[str, Any]) -> Steps:
    yield from cut_and_export("faded")


def case_the_window_lives_while_the_worker_runs(facts: dict[str, Any]) -> Steps:
    document, layer = open_layer(LARGE)
    yield from pause(document, layer)
    ticks: list[int] = []
    timer = QtCore.QTimer()
    timer.timeout.connect(lambda: ticks.append(len(ticks)))
    timer.start(10)
    yield lambda: len(ticks) >= 50
    other = hand.new_layer(document, name="made meanwhile")
    yield hand.chosen(document, other)
    window = hand.progress()
    assert window is not None
    assert window.isVisible()
    assert not window.isModal()
    hand.click()
    hand.continue_worker()
    yield lambda: hand.masks(layer) and hand.progress() is None
    timer.stop()
    for _ in range(20):
        yield None
    assert document.activeNode() == other
    assert not other.childNodes()
    assert len(hand.masks(layer)) == 1


def case_cancel_changes_nothing(facts: dict[str, Any]) -> Steps:
    document, layer = open_layer(LARGE)
    before = hand.state(document)
    yield from pause(document, layer)
    hand.press_cancel()
    yield lambda: hand.progress() is None
    hand.continue_worker()
    for _ in range(100):
        yield None
    assert hand.state(document) == before
    assert not document.modified()
    assert not hand.message()
    yield from works_again(document, layer)


def case_one_cancel_ends_several_layers_and_changes_none(facts: dict[str, Any]) -> Steps:
    document, layer = open_layer(LARGE)
    for _ in range(2):
        document.rootNode().addChildNode(layer.duplicate(), None)
    hand.settle(document)
    yield hand.chosen(document, layer)
    yield hand.all_selected(3)
    before = hand.state(document)
    hand.click()
    # The first layer is a third of the whole.
    yield lambda: hand.shown() > 334
    hand.stop_worker()
    hand.press_cancel()
    yield lambda: hand.progress() is None
    hand.continue_worker()
    for _ in range(100):
        yield None
    assert hand.state(document) == before
    assert not hand.message()


def case_a_killed_worker_changes_nothing(facts: dict[str, Any]) -> Steps:
    document, layer = open_layer(LARGE)
    before = hand.state(document)
    yield from pause(document, layer)
    os.kill(hand.worker(), signal.SIGKILL)
    yield hand.message
    assert "engine stopped unexpectedly. Nothing was changed. Try again" in hand.message()
    hand.dismiss()
    yield lambda: hand.progress() is None
    assert hand.state(document) == before
    assert not document.modified()
    yield from works_again(document, layer)


def case_a_layer_deleted_meanwhile_ends_it(facts: dict[str, Any]) -> Steps:
    document, layer = open_layer(LARGE)
    other = hand.new_layer(document)
    yield from pause(document, layer)
    layer.remove()
    yield lambda: hand.progress() is None
    before = hand.state(document)
    hand.continue_worker()
    for _ in range(100):
        yield None
    assert hand.state(document) == before
    assert [node.name() for node in document.topLevelNodes()] == [other.name()]
    assert not hand.message()


def case_a_document_closed_meanwhile_ends_it(facts: dict[str, Any]) -> Steps:
    document, layer = open_layer(LARGE)
    yield from pause(document, layer)
    document.setModified(False)
    document.close()
    yield lambda: hand.progress() is None
    hand.continue_worker()
    for _ in range(100):
        yield None
    assert not hand.message()


def case_a_canvas_resized_meanwhile_ends_it(facts: dict[str, Any]) -> Steps:
    document, layer = open_layer(LARGE)
    yield from pause(document, layer)
    document.scaleImage(300, 200, 72, 72, "Bicubic")
    yield lambda: hand.progress() is None
    before = hand.state(document)
    hand.continue_worker()
    for _ in range(100):
        yield None
    assert hand.state(document) == before
    assert not layer.childNodes()


def case_the_mask_follows_a_layer_moved_meanwhile(facts: dict[str, Any]) -> Steps:
    document, layer = open_layer(LARGE)
    width, height = document.width(), document.height()
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.masked(document, layer)
    expected = hand.whole(hand.masks(layer)[0], document)
    hand.undo(document)
    yield hand.bare(layer)
    yield from pause(document, layer)
    layer.move(30, 20)
    document.waitForDone()
    hand.continue_worker()
    yield hand.masked(document, layer)
    mask = hand.masks(layer)[0]
    assert bytes(mask.pixelData(30, 20, width, height)) == expected
    assert bytes(mask.pixelData(0, 0, width, 20)) == b"\xff" * width * 20


def case_a_layer_painted_on_meanwhile_gets_no_mask_and_that_is_said(
    facts: dict[str, Any],
) -> Steps:
    document, layer = open_layer(LARGE)
    yield from pause(document, layer)
    layer.setPixelData(bytes([1, 2, 3, 255]) * 100 * 50, 10, 20, 100, 50)
    document.refreshProjection()
    document.waitForDone()
    painted = hand.state(document)
    hand.continue_worker()
    yield hand.message
    assert "was changed or deleted in the meantime, so it got no mask." in hand.message()
    hand.dismiss()
    yield lambda: hand.progress() is None
    assert hand.state(document) == painted


def case_a_layer_undone_meanwhile_ends_it_and_comes_back_without_a_mask(
    facts: dict[str, Any],
) -> Steps:
    document, below = open_layer(LARGE)
    layer = below.duplicate()
    document.rootNode().addChildNode(layer, None)
    yield from pause(document, layer)
    before = hand.state(document)
    hand.undo(document)
    yield lambda: hand.progress() is None
    hand.continue_worker()
    for _ in range(100):
        yield None
    assert len(document.topLevelNodes()) == 1
    assert not below.childNodes()
    hand.redo(document)
    yield lambda: len(document.topLevelNodes()) == 2
    assert hand.state(document) == before
    assert not hand.message()


def case_an_undo_of_something_else_meanwhile_is_an_undo_of_that(facts: dict[str, Any]) -> Steps:
    document, layer = open_layer(LARGE)
    hand.new_layer(document, name="undone meanwhile")
    yield lambda: len(document.topLevelNodes()) == 2
    before = bytes(layer.pixelData(0, 0, document.width(), document.height()))
    yield from pause(document, layer)
    hand.undo(document)
    yield lambda: len(document.topLevelNodes()) == 1
    hand.continue_worker()
    yield hand.masked(document, layer)
    assert bytes(layer.pixelData(0, 0, document.width(), document.height())) == before
    hand.undo(document)
    yield hand.bare(layer)


def case_a_missing_engine_is_said(facts: dict[str, Any]) -> Steps:
    document, layer = open_layer("photo.png")
    before = hand.state(document)
    yield hand.chosen(document, layer)
    os.environ["LOCALMATTE_HOME"] = "/nowhere"
    hand.click()
    del os.environ["LOCALMATTE_HOME"]
    yield hand.message
    assert "engine was moved or deleted. Run" in hand.message()
    hand.dismiss()
    assert hand.state(document) == before


def works_again(document: Any, layer: Any) -> Steps:
    yield hand.chosen(document, layer)
    hand.click()
    yield hand.masked(document, layer)


run(dict(globals()))
