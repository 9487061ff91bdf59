"""Documents of all kinds, any two of their properties together, in a real Krita.

LOCALMATTE_SHARE says how many of them are tried, and "all" means all.
"""

from __future__ import annotations

import os
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from tests.editors.inside.pairs import Row, all_pairs
from tests.editors.krita_host import INSIDE, Krita, check
from tests.editors.ramp_worker import RampWorker

SCRIPT = INSIDE / "krita_pairs.py"
SEED = "21"
SHARE = os.environ.get("LOCALMATTE_SHARE", "12")
CASE = "case_no_document_breaks_the_rule"


@pytest.mark.krita
def test_no_document_breaks_the_rule(
    krita: Krita, stand_in: RampWorker, editor_workspace: Path
) -> None:
    variables = {
        "LOCALMATTE_HOME": str(editor_workspace / "ramp"),
        "LOCALMATTE_SEED": SEED,
        "LOCALMATTE_SHARE": SHARE,
    }
    outcomes = krita.cases(SCRIPT, **variables)
    check(outcomes, CASE)
    check(outcomes, "quit")
    facts = outcomes[CASE]["facts"]
    expected = facts["count"] if SHARE == "all" else int(SHARE)
    assert len(facts["rows"]) == expected


def test_any_two_values_meet_that_can_and_no_others() -> None:
    columns = {"a": ["1", "2", "3"], "b": ["x", "y"], "c": ["p", "q", "r", "s"]}

    def can_be(row: Row) -> bool:
        return not (row.get("a") == "2" and row.get("b") == "y")

    rows = all_pairs(columns, can_be, 3)
    met = Counter(pair for row in rows for pair in combinations(row.items(), 2))
    assert len(met) == 3 * 2 + 3 * 4 + 2 * 4 - 1
    assert all(map(can_be, rows))
    assert len(rows) < 3 * 2 * 4
    assert rows == all_pairs(columns, can_be, 3)
