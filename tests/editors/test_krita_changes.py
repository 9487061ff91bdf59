"""Every change while the docker is open: what its preview shows then, in a table."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.editors.docked_krita import DockedKrita
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.krita

KEPT = "the same result, and no question to the engine"
RENEWED = "the old result dimmed or the new picture, and then a new result"
HIDDEN = "nothing, as nobody sees it"


class Row(NamedTuple):
    """What is done, one after the other, and what comes of it: one of the above or a sentence."""

    change: str
    outcome: str


TABLE = (
    Row("a selection", RENEWED),
    Row("less selected", RENEWED),
    Row("nothing selected", RENEWED),
    Row("another layer", RENEWED),
    Row("the first layer again", RENEWED),
    Row("painted by a script", RENEWED),
    Row("filled", RENEWED),
    Row("undone", RENEWED),
    Row("moved", RENEWED),
    Row("moved back", RENEWED),
    Row("box: Refine edges", RENEWED),
    Row("box: Only inside the selection", KEPT),
    Row("a selection", KEPT),
    Row("box: Only inside the selection", RENEWED),
    Row("nothing selected", RENEWED),
    Row("box: Refine edges", RENEWED),
    Row("floating", KEPT),
    Row("on the left", KEPT),
    Row("on the right", KEPT),
    Row("behind a tab", HIDDEN),
    Row("before its tab", KEPT),
    Row("another document", RENEWED),
    Row("the first document again", RENEWED),
    Row("the other document again", RENEWED),
    Row("the other document closed", RENEWED),
    Row("all selected", RENEWED),
    Row("emptied", "This layer is empty."),
    Row("undone", RENEWED),
    Row("nothing selected", RENEWED),
    Row("deleted", RENEWED),
    # With the last picture, Krita hides all dockers.
    Row("closed", HIDDEN),
)


def up_to_date(state: dict[str, Any]) -> bool:
    return bool(state["alpha"] and not state["stale"] and not state["busy"])


@pytest.fixture
def docker(live: DockedKrita, ramp_worker: RampWorker) -> DockedKrita:
    """The docker beside a document with two layers."""
    live.call("krita_changes.begin")
    live.eventually("krita_changes.ready")
    live.call("krita_docker.show_docker")
    live.wait_for(lambda state: state["chosen"])
    live.eventually("krita_docker.preview", up_to_date)
    return live


def test_the_preview_follows_every_change(docker: DockedKrita, ramp_worker: RampWorker) -> None:
    wrong = []
    for number, row in enumerate(TABLE):
        try:
            check(docker, ramp_worker, row)
        except AssertionError as error:
            wrong.append(f"{number} {row.change}: {str(error)[:300]}")
            ramp_worker.gate.set()
    assert not wrong, "\n".join(wrong)


def check(docker: DockedKrita, worker: RampWorker, row: Row) -> None:
    """Make a change while the engine is held up, see what is shown, and let the engine go on."""
    # Krita 5.2 can crash where a picture is closed right after a change.
    docker.eventually("krita_docker.idle_for", wait=0.5)
    asked = len(worker.requests)
    worker.gate.clear()
    if row.change.startswith("box: "):
        docker.press(row.change.removeprefix("box: "))
    else:
        docker.call("krita_changes.change", name=row.change)
    if row.outcome == RENEWED:
        meanwhile = docker.eventually("krita_docker.preview", lambda state: state["busy"])
        assert meanwhile["picture"], "the picture was gone while the engine worked"
        assert meanwhile["stale"] or not meanwhile["alpha"], "the old result looked up to date"
        worker.gate.set()
        docker.eventually("krita_docker.preview", up_to_date)
        assert len(worker.requests) > asked
    elif row.outcome in (KEPT, HIDDEN):
        worker.gate.set()
        docker.eventually("krita_docker.idle_for", wait=1.0)
        assert row.outcome == HIDDEN or up_to_date(docker.call("krita_docker.preview"))
        assert len(worker.requests) == asked
    else:
        worker.gate.set()
        docker.eventually("krita_docker.preview", lambda state: state["message"] == row.outcome)
