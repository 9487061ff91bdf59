"""Several layers, locked and animated ones, and clean colours in a real Krita."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.editors.krita_host import INSIDE, Krita, Outcomes, case_names, check
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.krita

SCRIPT = INSIDE / "krita_layers.py"


@pytest.fixture(scope="module")
def outcomes(krita: Krita, stand_in: RampWorker, editor_workspace: Path) -> Outcomes:
    """What came of each case."""
    return krita.cases(SCRIPT, LOCALMATTE_HOME=str(editor_workspace / "ramp"))


@pytest.mark.parametrize("case", case_names(SCRIPT))
def test_case(outcomes: Outcomes, case: str) -> None:
    check(outcomes, case)
