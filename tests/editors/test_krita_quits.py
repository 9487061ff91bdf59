"""Krita ends when it is told to, at any stage of a removal, with the picture still open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.krita_host import INSIDE, Krita
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.krita

SCRIPT = INSIDE / "krita_quits.py"
SECONDS = 150
"""Until Krita has started, looked and ended, on a busy machine too."""
SMALL, LARGE = "640x480", "6000x4000"
WRONG = ("Traceback", "has been deleted", "double free", "QObject::~QObject", "malloc")


@pytest.fixture
def patient(stand_in: RampWorker) -> Iterator[RampWorker]:
    """A worker that answers no matte while the test runs."""
    stand_in.silent = True
    yield stand_in
    stand_in.silent = False


def ended(krita: Krita, workspace: Path, stage: str, docker: str, size: str) -> None:
    log = krita.folder / "krita.log"
    log.unlink(missing_ok=True)
    variables = {
        "LOCALMATTE_HOME": str(workspace / "ramp"),
        "LOCALMATTE_REPORT": str(krita.folder / "quits.json"),
        "LOCALMATTE_STAGE": stage,
        "LOCALMATTE_DOCKER": docker,
        "LOCALMATTE_SIZE": size,
    }
    process = krita.start(SCRIPT, **variables)
    try:
        assert process.wait(SECONDS) == 0, krita.log()
    finally:
        process.kill()
    written = log.read_text(errors="replace")
    assert not [word for word in WRONG if word in written], written[-4000:]


@pytest.mark.parametrize("docker", ["hidden", "tab", "seen"])
def test_krita_ends_while_the_engine_works(
    krita: Krita, patient: RampWorker, editor_workspace: Path, docker: str
) -> None:
    ended(krita, editor_workspace, "waiting", docker, SMALL)


def test_krita_ends_while_the_click_is_taken(
    krita: Krita, patient: RampWorker, editor_workspace: Path
) -> None:
    ended(krita, editor_workspace, "at once", "hidden", SMALL)


@pytest.mark.parametrize("milliseconds", ["0", "100", "400"])
def test_krita_ends_while_a_mask_of_24_megapixels_is_put_in(
    krita: Krita, stand_in: RampWorker, editor_workspace: Path, milliseconds: str
) -> None:
    ended(krita, editor_workspace, milliseconds, "hidden", LARGE)
