"""Random steps through a real GIMP."""

from __future__ import annotations

import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_walker import Walker
from tests.editors.sessions import STEPS

pytestmark = [pytest.mark.gimp, pytest.mark.sessions]

SEED = 6


def test_no_step_changes_a_layers_pixels_and_undo_goes_all_the_way(
    gimp: Gimp, engine: InstalledEngine
) -> None:
    engine.end_worker()
    walker = Walker(gimp, SEED)
    try:
        walker.walk(STEPS)
    except AssertionError as error:
        raise AssertionError(f"after {walker.taken}: {error}") from error
    assert len(walker.taken) == STEPS
    assert walker.succeeded > STEPS // 10
    assert walker.lost_keys <= STEPS // 50
    walker.close()
