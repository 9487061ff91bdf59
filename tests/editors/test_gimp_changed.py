"""What happens to a document while the engine works on it, in a real GIMP: nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.editors.gimp_window import OpenPhoto, eventually
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.gimp

CHANGES = ("flip", "repaint", "repaint_mask", "remove_mask", "shift", "remove")
"""Functions of inside/gimp_kinds.py."""

AGAIN, REFINE = "l", "i"
"""The mnemonics of the two commands."""

REFUSED = "was changed or deleted in the meantime, so it got no mask.\nRun the command again."

GONE = "The layer or its image no longer exists.\nSelect a layer and run the command again."


@pytest.fixture
def at_work(
    open_photo: OpenPhoto, ramp_worker: RampWorker, request: pytest.FixtureRequest
) -> Iterator[tuple[OpenPhoto, Callable[[], str]]]:
    """The photo, with a mask and a selection, while a command waits for its matte."""
    gimp = open_photo.gimp
    gimp.call("gimp_kinds.add_plain_mask", layer=open_photo.layer)
    gimp.call("gimp_kinds.select", image=open_photo.image, x=50, y=40, width=300, height=200)
    ramp_worker.gate.clear()
    with gimp.messages_in_the_log() as log:
        open_photo.choose(request.param)
        eventually(lambda: len(ramp_worker.requests) == 1)
        yield open_photo, log


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("at_work", [AGAIN, REFINE], indirect=True)
def test_a_layer_that_was_changed_meanwhile_is_left_as_it_is_now(
    at_work: tuple[OpenPhoto, Callable[[], str]], ramp_worker: RampWorker, change: str
) -> None:
    opened, log = at_work
    opened.gimp.call(f"gimp_kinds.{change}", layer=opened.layer)
    changed = opened.state()
    ramp_worker.gate.set()
    opened.wait_for_the_end()
    eventually(lambda: REFUSED in log())
    assert "“Background”" in log()
    assert opened.state() == changed


@pytest.mark.parametrize("at_work", [AGAIN, REFINE], indirect=True)
def test_a_layer_that_was_not_changed_gets_its_mask(
    at_work: tuple[OpenPhoto, Callable[[], str]], ramp_worker: RampWorker
) -> None:
    opened, log = at_work
    before = opened.layer_state()
    ramp_worker.gate.set()
    opened.wait_for_the_end()
    after = opened.layer_state()
    assert after["mask"] != before["mask"]
    assert after["pixels"] == before["pixels"]
    assert REFUSED not in log()


@pytest.mark.parametrize("at_work", [AGAIN, REFINE], indirect=True)
def test_an_image_that_was_closed_meanwhile_gives_one_sentence(
    at_work: tuple[OpenPhoto, Callable[[], str]], ramp_worker: RampWorker
) -> None:
    opened, log = at_work
    other = opened.gimp.call("gimp_kinds.make", layer_type="rgb-image")[0]
    opened.gimp.call("gimp_documents.show", image=other)
    opened.gimp.call("gimp_documents.close", display=opened.display)
    ramp_worker.gate.set()
    opened.wait_for_the_end()
    eventually(lambda: GONE in log())
    assert "invalid" not in log()
    assert "install" not in log()
    opened.display = opened.gimp.call("gimp_documents.show", image=other)
