"""Whatever happens in whatever order while a removal is under way, Krita lives, and nothing is
lost; and a long session piles nothing up."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.editors.docked_krita import DockedKrita
from tests.editors.engine import InstalledEngine
from tests.editors.gimp_window import eventually
from tests.editors.ramp_worker import RampWorker
from tests.editors.sessions import REMOVALS, SEQUENCES, Used, flat

pytestmark = [pytest.mark.krita, pytest.mark.sessions]


def asked(docker: DockedKrita, worker: RampWorker) -> None:
    """The preview waits for its first matte."""
    worker.gate.clear()
    open_a_document(docker)
    docker.eventually("krita_docker.preview", lambda state: state["busy"])


def shown(docker: DockedKrita, worker: RampWorker) -> None:
    """The preview is there."""
    open_a_document(docker)
    docker.eventually("krita_docker.quiet_preview")


def renewed(docker: DockedKrita, worker: RampWorker) -> None:
    """Another matte is waited for."""
    shown(docker, worker)
    worker.gate.clear()
    docker.call("krita_changes.change", name="filled")
    docker.eventually("krita_docker.preview", lambda state: state["busy"])


def running(docker: DockedKrita, worker: RampWorker) -> None:
    """A removal was started and waits for the matte."""
    shown(docker, worker)
    worker.gate.clear()
    before = len(worker.requests)
    docker.call("krita_life.run")
    eventually(lambda: len(worker.requests) > before)


STAGES: tuple[Callable[[DockedKrita, RampWorker], None], ...] = (asked, shown, renewed, running)
MEANWHILE = (
    "a selection",
    "nothing selected",
    "moved",
    "another layer",
    "the first layer again",
    "another document",
    "floating",
    "on the left",
    "on the right",
    "behind a tab",
)
AT_LAST = ("deleted", "closed", "cancelled", "")


def open_a_document(docker: DockedKrita) -> None:
    docker.call("krita_changes.begin")
    docker.eventually("krita_changes.ready")
    docker.call("krita_docker.show_docker")
    docker.wait_for(lambda state: state["chosen"])


def take_changes_in(docker: DockedKrita) -> None:
    """Let Krita's list of layers take in what has changed.

    It does so a moment later, in KisNodeModel::processUpdateQueue, where it crashes if the picture
    was closed by then.
    """
    docker.eventually("krita_docker.idle_for", wait=0.5)


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_krita_lives_and_says_one_sentence_at_most(
    live: DockedKrita, ramp_worker: RampWorker, seed: int
) -> None:
    chance = random.Random(seed)
    STAGES[seed % len(STAGES)](live, ramp_worker)
    done = chance.sample(MEANWHILE, k=chance.randint(0, 3))
    for change in done:
        live.call("krita_changes.change", name=change)
    at_last = chance.choice(AT_LAST)
    if at_last == "closed":
        take_changes_in(live)
    if at_last == "cancelled":
        live.call("krita_life.cancel")
    elif at_last:
        live.call("krita_changes.change", name=at_last)
    before = {} if at_last == "closed" else live.call("krita_life.pixels")
    ramp_worker.gate.set()
    live.eventually("krita_life.over")
    live.call("krita_life.sentence")
    assert not live.call("krita_life.sentence"), f"more than one after {done}, {at_last}"
    if at_last != "closed":
        assert live.call("krita_life.pixels") == before, (done, at_last)
    take_changes_in(live)
    live.call("krita_life.close")
    live.call("krita_changes.change", name="on the right")
    assert "Traceback" not in live.krita.log()


def test_a_session_of_removals_piles_nothing_up(
    live: DockedKrita, engine: InstalledEngine, photo: Path
) -> None:
    engine.end_worker()
    live.call("krita_life.open_a_photo", path=str(photo))
    live.call("krita_docker.hide_docker")
    live.eventually("krita_changes.ready")
    used = []
    for _ in range(REMOVALS):
        live.call("krita_life.run")
        live.eventually("krita_life.masked")
        live.eventually("krita_life.over")
        live.call("krita_life.undo")
        live.eventually("krita_life.bare")
        used.append(Used(*live.call("krita_life.used")))
    live.call("krita_life.close")
    assert flat(used)
