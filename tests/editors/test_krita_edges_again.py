"""Edges Again in a real Krita, with the real worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.krita_host import INSIDE, Krita, Outcomes, case_names, check

pytestmark = pytest.mark.krita

SCRIPT = INSIDE / "krita_edges_again.py"


@pytest.fixture(scope="module")
def outcomes(krita: Krita, engine: InstalledEngine, photo: Path) -> Iterator[Outcomes]:
    """What came of each case."""
    engine.end_worker()
    model = engine.localmatte("models", "path", "u2netp").stdout.strip()
    yield krita.cases(SCRIPT, LOCALMATTE_PHOTO=str(photo), LOCALMATTE_MODEL=model)
    engine.end_worker()


@pytest.mark.parametrize("case", case_names(SCRIPT))
def test_case(outcomes: Outcomes, case: str) -> None:
    check(outcomes, case)
