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
def outcomes(krita: Krita, editor_workspace: Path) -> Iterator[Outcomes]:
    """What came of each case, with the stand-in worker under a LOCALMATTE_HOME of its own."""
    home = editor_workspace / "ramp"
    python = home / "environment" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.touch()
    worker = RampWorker(home)
    yield krita.cases(SCRIPT, 300, LOCALMATTE_HOME=str(home))
    worker.close()


@pytest.mark.parametrize("case", case_names(SCRIPT))
def test_case(outcomes: Outcomes, case: str) -> None:
    error = outcomes.get(case, {"error": "was not reached"})["error"]
    assert error is None, error


def test_every_colour_space_was_tried(outcomes: Outcomes) -> None:
    spaces = outcomes["case_the_mask_is_exact_in_every_colour_space"]["facts"]["spaces"]
    models = {space.split()[0] for space in spaces}
    assert models == {"RGBA", "GRAYA", "CMYKA", "LABA", "XYZA", "YCbCrA"}
    assert {"RGBA U8", "RGBA U16", "RGBA F16", "RGBA F32"} <= set(spaces)
