"""Whatever happens in whatever order while a removal is under way, it ends, and nothing is lost;
and a long session piles nothing up."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.gimp_window import DIALOG, OpenPhoto, eventually
from tests.editors.ramp_worker import RampWorker
from tests.editors.sessions import REMOVALS, SEQUENCES, Used, flat

pytestmark = [pytest.mark.gimp, pytest.mark.sessions]

SELECTED = {"x": 50, "y": 40, "width": 300, "height": 200}


def asked(opened: OpenPhoto, worker: RampWorker) -> None:
    """The preview waits for its first matte."""
    worker.gate.clear()
    opened.open_dialog()
    eventually(lambda: len(worker.requests) == 1)


def shown(opened: OpenPhoto, worker: RampWorker) -> None:
    """The preview is there."""
    opened.open_dialog()
    eventually(lambda: len(worker.requests) == 1)


def renewed(opened: OpenPhoto, worker: RampWorker) -> None:
    """Another matte is waited for."""
    shown(opened, worker)
    worker.gate.clear()
    opened.gimp.screen.keys("alt+e")
    eventually(lambda: len(worker.requests) == 2)


def confirmed(opened: OpenPhoto, worker: RampWorker) -> None:
    """OK was pressed, and GIMP waits for the matte."""
    shown(opened, worker)
    worker.gate.clear()
    opened.gimp.screen.keys("alt+o")
    opened.gimp.screen.wait_gone(DIALOG)
    eventually(lambda: len(worker.requests) == 2)


STAGES: tuple[Callable[[OpenPhoto, RampWorker], None], ...] = (asked, shown, renewed, confirmed)


class Document:
    """The open image, and what became of it.

    Attributes:
        others: The displays of images that were opened beside it.
        gone: Whether it was closed.
    """

    def __init__(self, opened: OpenPhoto) -> None:
        self._opened, self._gimp = opened, opened.gimp
        self.others: list[int] = []
        self.gone = False

    def flip(self) -> None:
        self._gimp.call("gimp_kinds.flip", layer=self._opened.layer)

    def select(self) -> None:
        self._gimp.call("gimp_kinds.select", image=self._opened.image, **SELECTED)

    def remove(self) -> None:
        self._gimp.call("gimp_kinds.remove", layer=self._opened.layer)

    def switch(self) -> None:
        """Show another image."""
        other = self._gimp.call("gimp_kinds.make", layer_type="rgb-image")[0]
        self.others.append(self._gimp.call("gimp_documents.show", image=other))

    def close(self) -> None:
        """Close the image, while another one is open."""
        self.switch()
        self._gimp.call("gimp_documents.close", display=self._opened.display)
        self._opened.display = self.others.pop()
        self.gone = True

    def leave(self) -> None:
        """Press Escape in the dialog until it is gone: another window may take the keyboard."""
        eventually(self._left)

    def _left(self) -> bool:
        screen = self._gimp.screen
        dialogs = [window for window, title in screen.windows().items() if title == DIALOG]
        for window in dialogs:
            screen.focus(window)
            screen.keys("Escape")
        return not dialogs


MEANWHILE = (Document.flip, Document.select, Document.switch)
AT_LAST = (Document.remove, Document.close, Document.leave)


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_a_removal_ends_and_says_one_sentence_at_most(
    open_photo: OpenPhoto, ramp_worker: RampWorker, seed: int
) -> None:
    chance = random.Random(seed)
    document = Document(open_photo)
    with open_photo.gimp.messages_in_the_log() as log:
        STAGES[seed % len(STAGES)](open_photo, ramp_worker)
        for action in chance.choices(MEANWHILE, k=chance.randint(0, 2)):
            action(document)
        chance.choice(AT_LAST)(document)
        before = {} if document.gone else pixels(open_photo)
        ramp_worker.gate.set()
        document.leave()
        open_photo.wait_for_the_end()
        assert "Traceback" not in log()
        assert log().count("Error:") <= 1, log()
    assert document.gone or pixels(open_photo) == before
    for display in document.others:
        open_photo.gimp.call("gimp_documents.close", display=display)


def test_a_session_of_removals_piles_nothing_up(
    open_photo: OpenPhoto, engine: InstalledEngine
) -> None:
    engine.end_worker()
    gimp, used = open_photo.gimp, []
    for _ in range(REMOVALS):
        outcome = gimp.call("gimp_commands.remove_background", layer=open_photo.layer)
        assert outcome["status"] == "success", outcome
        assert open_photo.layer_state()["mask"] is not None
        gimp.screen.focus(open_photo.window)
        gimp.screen.keys("ctrl+z")
        eventually(lambda: open_photo.layer_state()["mask"] is None)
        used.append(Used(*gimp.call("gimp_documents.used")))
    assert flat(used)


def pixels(opened: OpenPhoto) -> dict[str, Any]:
    """What must not change, by the layers' names, and the selection."""
    state = opened.state()
    return {"selection": state["selection"], **{y["name"]: y["pixels"] for y in state["layers"]}}
