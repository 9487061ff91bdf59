"""Every kind of document and layer in a real Krita, with a matte that holds every level."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.krita_host import INSIDE, Krita, Outcomes, case_names
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.krita

SCRIPT = INSIDE / "krita_exact.py"


@pytest.fixture(scope="module")
def stand_in(editor_workspace: Path) -> Iterator[RampWorker]:
    """A worker whose mattes are ramps, under a LOCALMATTE_HOME of its own."""
    home = editor_workspace / "ramp"
    python = home / "environment" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.touch()
    worker = RampWorker(home)
    yield worker
    worker.close()


@pytest.fixture(scope="module")
def outcomes(krita: Krita, stand_in: RampWorker, editor_workspace: Path) -> Outcomes:
    """What came of each case."""
    return krita.cases(SCRIPT, 300, LOCALMATTE_HOME=str(editor_workspace / "ramp"))


@pytest.mark.parametrize("case", case_names(SCRIPT))
def test_case(outcomes: Outcomes, case: str) -> None:
    error = outcomes.get(case, {"error": "was not reached"})["error"]
    assert error is None, error


def test_every_colour_space_was_tried(outcomes: Outcomes) -> None:
    spaces = outcomes["case_the_mask_is_exact_in_every_colour_space"]["facts"]["spaces"]
    models = {space.split()[0] for space in spaces}
    assert models == {"RGBA", "GRAYA", "CMYKA", "LABA", "XYZA", "YCbCrA"}
    assert {"RGBA U8", "RGBA U16", "RGBA F16", "RGBA F32"} <= set(spaces)


def test_a_mask_on_the_layer_does_not_reach_the_engine(
    outcomes: Outcomes, stand_in: RampWorker
) -> None:
    sent = [(h["layout"], p) for h, p in stand_in.requests if (h["width"], h["height"]) == (33, 17)]
    assert sent == [("bgra8", bytes([127, 127, 127, 255]) * 33 * 17)]
