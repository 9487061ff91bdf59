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
    # Where Krita itself has ended, all that tells of it is its log, in the last outcome.
    errors = [
        f"{name}: {outcome['error']}\n{outcome.get('facts', '')}"
        for name, outcome in outcomes.items()
        if outcome["error"]
    ]
    assert not errors, "\n".join(errors)
    assert len(outcomes["case_no_step_changes_a_layers_pixels"]["facts"]["taken"]) == STEPS
