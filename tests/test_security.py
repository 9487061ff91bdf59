"""SECURITY.md names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

from tests.fire.__main__ import BARRAGES, SHARES

CHECKOUT = Path(__file__).parents[1]
TEXT = (CHECKOUT / "SECURITY.md").read_text(encoding="utf-8")


def test_every_promise_names_a_test_that_there_is() -> None:
    sources = "".join(path.read_text("utf-8") for path in (CHECKOUT / "tests").rglob("*.py"))
    promises = [row for row in TEXT.splitlines() if row.startswith("|")][2:]
    assert len(promises) > 9
    for row in promises:
        held_by = row.split("|")[2]
        tests = re.findall(r"`(test_\w+)`", held_by)
        files = re.findall(r"`(tests/[\w/]+\.py)`", held_by)
        barrages = re.findall(r"`([a-z ]+)`", held_by)
        assert tests or files or barrages, row
        for name in tests:
            assert f"def {name}(" in sources, name
        for name in files:
            assert (CHECKOUT / name).is_file(), name
        for name in barrages:
            assert name in BARRAGES, name


def test_the_barrages_share_all_of_the_time() -> None:
    assert SHARES.keys() == BARRAGES.keys()
    assert abs(sum(SHARES.values()) - 1) < 1e-9
