"""Random steps through a real Krita with the real worker."""

from __future__ import annotations

import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.krita_host import INSIDE, Krita
from tests.editors.sessions import STEPS

pytestmark = [pytest.mark.krita, pytest.mark.sessions]

SCRIPT = INSIDE / "krita_walk.py"
SEED = 4


def test_no_step_changes_a_layers_pixels_and_krita_lives(
    krita: Krita, engine: InstalledEngine
) -> None:
    engine.end_worker()
    variables = {"LOCALMATTE_SEED": str(SEED), "LOCALMATTE_COUNT": str(STEPS)}
    outcomes = krita.cases(SCRIPT, **variables)
    engine.end_worker()
    for name, outcome in outcomes.items():
        assert outcome["error"] is None, f"{name}: {outcome['error']}\n{outcome.get('facts')}"
    assert len(outcomes["case_no_step_changes_a_layers_pixels"]["facts"]["taken"]) == STEPS
