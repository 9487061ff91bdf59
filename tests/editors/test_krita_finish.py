"""Finish Painted Edges and its like in a real Krita, with the real worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.krita_host import INSIDE, Krita, Outcomes, case_names, check

pytestmark = pytest.mark.krita

SCRIPT = INSIDE / "krita_finish.py"


@pytest.fixture(scope="module")
def outcomes(krita: Krita, engine: InstalledEngine, photo: Path) -> Iterator[Outcomes]:
    """What came of each case."""
    engine.end_worker()
    yield krita.cases(SCRIPT, LOCALMATTE_PHOTO=str(photo))
    engine.end_worker()


@pytest.mark.parametrize("case", case_names(SCRIPT))
def test_case(outcomes: Outcomes, case: str) -> None:
    check(outcomes, case)
