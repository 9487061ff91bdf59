"""What happens meanwhile, with every way in which a removal can end, over the real worker."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from tests.editors.inside import krita_docker as docker
from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Condition, Steps, each, run, turns
from tests.editors.inside.krita_qt import QtWidgets

LARGE = str(Path(os.environ["LOCALMATTE_PICTURES"]) / "large.png")
MOVE = 30, 20
Meanwhile = Callable[[Any, Any], None]


def nothing(document: Any, layer: Any) -> None:
    """The user waits."""


def paint(document: Any, layer: Any) -> None:
    """The user paints on the layer."""
    layer.setPixelData(bytes([1, 2, 3, 255]) * 100 * 50, 10, 20, 100, 50)
    document.refreshProjection()


def move(document: Any, layer: Any) -> None:
    """The user moves the layer."""
    layer.move(*MOVE)


def undo(document: Any, layer: Any) -> None:
    """The user takes back what they did before, which was to add another layer."""
    hand.undo(document)


def delete(document: Any, layer: Any) -> None:
    """The user takes the layer away."""
    layer.remove()


def close(document: Any, layer: Any) -> None:
    """The user closes the picture."""
    document.setModified(False)
    document.close()


MEANWHILE = {
    "nothing": nothing,
    "painted on": paint,
    "moved": move,
    "undo pressed": undo,
    "layer deleted": delete,
    "picture closed": close,
}
GONE = (delete, close)
"""What leaves nothing to cut out: the removal ends at once and without a box."""


def paused(
    meanwhile: Meanwhile, in_the_docker: bool = False
) -> Generator[Condition | None, None, Any]:
    """A removal whose worker stands still while something happens; returns the document."""
    document = hand.open_document(LARGE)
    layer = document.topLevelNodes()[0]
    hand.new_layer(document, name="to be undone")
    hand.settle(document)
    yield hand.chosen(document, layer)
    # Krita hides it when there is no picture, and remembers whether it was there.
    (docker.show_docker if in_the_docker else docker.hide_docker)()
    yield lambda: docker.seen(docker.docker()) == in_the_docker and docker.quiet()
    under_way = under_way_in_the_docker if in_the_docker else hand.under_way
    hand.click()
    yield under_way
    hand.stop_worker()
    yield from turns(20)
    assert under_way(), "the worker was done before it could be stopped"
    meanwhile(document, layer)
    yield from turns(40)
    document.waitForDone()
    return document


def case_the_foreground_is_selected_or_nothing_is(facts: dict[str, Any]) -> Steps:
    found: list[bytes] = []

    def selects(meanwhile: Meanwhile) -> Steps:
        with hand.preferring(output="selection"):
            document = yield from paused(meanwhile)
            before = hand.state(document) if meanwhile is not close else []
            hand.continue_worker()
            yield lambda: hand.progress() is None
        yield from turns(40)
        assert ("changed or deleted in the meantime" in hand.message()) == (meanwhile is paint)
        hand.dismiss()
        if meanwhile is paint or meanwhile in GONE:
            assert document.selection() is None
            return
        x, y = MOVE if meanwhile is move else (0, 0)
        rect = x, y, document.width(), document.height()
        found.append(bytes(document.selection().pixelData(*rect)))
        assert found[-1] == found[0]
        assert 20 < sum(found[0]) / len(found[0]) < 235
        assert [one for one in hand.state(document) if one[2] != "selectionmask"] == before

    yield from each(MEANWHILE, selects, facts)


def case_cancel_in_the_docker_changes_nothing(facts: dict[str, Any]) -> Steps:
    docker.begin()
    yield from each(MEANWHILE, cancels, facts)


def cancels(meanwhile: Meanwhile) -> Steps:
    document = yield from paused(meanwhile, in_the_docker=True)
    before = hand.state(document) if meanwhile is not close else []
    if meanwhile not in GONE:
        press_in_the_docker("Cancel")
    yield lambda: docker.state()["done"] is None
    hand.continue_worker()
    yield docker.quiet
    yield from turns(40)
    assert hand.progress() is None
    assert not hand.message()
    assert "Cancel" not in docker.state()["offers"]
    if meanwhile is not close:
        assert hand.state(document) == before


def case_a_killed_worker_changes_nothing(facts: dict[str, Any]) -> Steps:
    yield from each(MEANWHILE, survives, facts)


def survives(meanwhile: Meanwhile) -> Steps:
    document = yield from paused(meanwhile)
    before = hand.state(document) if meanwhile is not close else []
    kill()
    if meanwhile in GONE:
        yield from turns(60)
        assert not hand.message()
    else:
        yield hand.message
        assert "engine stopped unexpectedly. Nothing was changed." in hand.message()
        hand.dismiss()
    yield lambda: hand.progress() is None
    if meanwhile is not close:
        assert hand.state(document) == before


def case_krita_quits_over_a_worker_that_was_killed(facts: dict[str, Any]) -> Steps:
    """The last of all: what follows is the end of the chain, which quits."""
    with hand.preferring(output="selection"):
        yield from paused(nothing)
    kill()


def case_the_end_is_said_in_canvas_only_mode_too(facts: dict[str, Any]) -> Steps:
    document = hand.open_document(LARGE)
    layer = document.topLevelNodes()[0]
    yield hand.chosen(document, layer)
    canvas_only = hand.app.action("view_show_canvas_only")
    canvas_only.trigger()
    yield from turns(10)
    assert canvas_only.isChecked()
    hand.click()
    yield hand.floating_message
    yield hand.masked(document, layer)
    canvas_only.trigger()
    yield from turns(10)
    assert not canvas_only.isChecked()


def kill() -> None:
    """End the worker, whatever it does."""
    for worker in hand.workers():
        os.kill(worker, signal.SIGKILL)


def press_in_the_docker(text: str) -> None:
    """Press one of the docker's buttons."""
    (one,) = [
        button
        for button in docker.docker().findChildren(QtWidgets.QPushButton)
        if button.text() == text
    ]
    one.click()


def under_way_in_the_docker() -> bool:
    """Whether the docker shows that the engine works on a request by now."""
    state = docker.state()
    starting = any(text.startswith("Starting") for text in state["texts"])
    return state["done"] is not None and not starting


run(dict(globals()))
