"""What clicks leave behind in a real Krita: no document, no view, no recent file, no pixels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.editors.krita_host import INSIDE, Krita, Outcomes, case_names, check
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.krita

SCRIPT = INSIDE / "krita_traces.py"
LEFT = re.compile(r"some tiles have leaked:.*Total tiles:\s*(\d+)", re.DOTALL)
"""What Krita says when it quits of the squares of pixels that something still holds."""
MOST_TILES = 500
"""The layer that the script holds takes 81; one lost copy a click, of one kind, would be 1600."""


@pytest.fixture(scope="module")
def outcomes(krita: Krita, stand_in: RampWorker, editor_workspace: Path) -> Outcomes:
    """What came of each case."""
    (krita.folder / "krita.log").unlink(missing_ok=True)
    return krita.cases(SCRIPT, LOCALMATTE_HOME=str(editor_workspace / "ramp"))


@pytest.mark.parametrize("case", case_names(SCRIPT))
def test_case(outcomes: Outcomes, case: str) -> None:
    check(outcomes, case)


def test_no_copy_stays_in_memory(outcomes: Outcomes, krita: Krita) -> None:
    said = LEFT.search(krita.log())
    assert said, krita.log()
    assert 0 < int(said[1]) < MOST_TILES
