"""Documents that people have, in a real Krita: two views, masks of every kind, far layers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.krita_host import INSIDE, Krita, Outcomes, case_names, check
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.krita

SCRIPT = INSIDE / "krita_documents.py"
REAL = INSIDE / "krita_unclear.py"


@pytest.fixture(scope="module")
def outcomes(krita: Krita, stand_in: RampWorker, editor_workspace: Path) -> Outcomes:
    """What came of each case."""
    return krita.cases(SCRIPT, LOCALMATTE_HOME=str(editor_workspace / "ramp"))


@pytest.mark.parametrize("case", case_names(SCRIPT))
def test_case(outcomes: Outcomes, case: str) -> None:
    check(outcomes, case)


@pytest.fixture(scope="module")
def unclear(krita: Krita, engine: InstalledEngine, photo: Path) -> Iterator[Outcomes]:
    """What came of each case with the real network."""
    engine.end_worker()
    yield krita.cases(REAL, LOCALMATTE_PHOTO=str(photo))
    engine.end_worker()


@pytest.mark.parametrize("case", case_names(REAL))
def test_case_with_the_real_network(unclear: Outcomes, case: str) -> None:
    check(unclear, case)
