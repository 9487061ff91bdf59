"""The rows of a table: all that can meet does, and nothing else."""

from __future__ import annotations

from tests.editors.pairs import Row, all_pairs, pairs, wanted

COLUMNS = {"a": ["1", "2", "3"], "b": ["x", "y"], "c": ["p", "q", "r", "s"]}


def can_be(row: Row) -> bool:
    return not (row.get("a") == "2" and row.get("b") == "y")


def test_any_two_values_meet_that_can_and_no_others() -> None:
    rows = all_pairs(COLUMNS, 3, can_be)
    met = set().union(*map(pairs, rows))
    assert met == wanted(COLUMNS, can_be)
    assert len(met) == 3 * 2 + 3 * 4 + 2 * 4 - 1
    assert all(map(can_be, rows))
    assert len(rows) < 3 * 2 * 4


def test_a_seed_always_gives_the_same_rows() -> None:
    assert all_pairs(COLUMNS, 3) == all_pairs(COLUMNS, 3)
