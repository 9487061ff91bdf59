"""Rows of a table in which every two values that can be together meet, drawn by a seed."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Callable, Mapping, Sequence

Row = dict[str, str]
Pair = frozenset[tuple[str, str]]
Columns = Mapping[str, Sequence[str]]

TRIES = 30
"""How many rows are drawn before the one with the most new pairs is taken."""

ALL = "LOCALMATTE_TEST_DOCUMENTS"
"""The variable that is "all" where whole tables are wanted."""


def share(rows: Sequence[Row], count: int) -> Sequence[Row]:
    """The rows of a table that are run: all where that is asked for, or else the first ones."""
    return rows if os.environ.get(ALL) == "all" else rows[:count]


def all_pairs(
    columns: Columns, seed: int, can_be: Callable[[Row], bool] = lambda row: True
) -> list[Row]:
    """Few rows that hold all pairs.

    Args:
        columns: The values of each column, the plainest first.
        seed: Two calls with the same seed give the same rows.
        can_be: Whether a row, or some values of one, can be at all; the plainest values must fit
            any others that can be together.

    Returns:
        A value of every column for each row; the rows with the most new pairs come first.
    """
    drawn = random.Random(seed)
    missing = wanted(columns, can_be)
    rows = []
    while missing:
        start = dict(drawn.choice(sorted(map(sorted, missing))))
        candidates = [_completed(start, columns, can_be, drawn) for _ in range(TRIES)]
        best = max(candidates, key=lambda row: len(missing & pairs(row)))
        missing -= pairs(best)
        rows.append(best)
    return rows


def wanted(columns: Columns, can_be: Callable[[Row], bool]) -> set[Pair]:
    """The pairs that can be."""
    found = (
        {one: a, other: b}
        for one, other in itertools.combinations(columns, 2)
        for a in columns[one]
        for b in columns[other]
    )
    return {frozenset(pair.items()) for pair in found if can_be(pair)}


def pairs(row: Row) -> set[Pair]:
    """The pairs that a row holds."""
    return {frozenset(pair) for pair in itertools.combinations(row.items(), 2)}


def _completed(
    start: Row, columns: Columns, can_be: Callable[[Row], bool], drawn: random.Random
) -> Row:
    row = dict(start)
    for name in drawn.sample(list(columns), len(columns)):
        if name not in row:
            values = [value for value in columns[name] if can_be({**row, name: value})]
            row[name] = drawn.choice(values)
    return {name: row[name] for name in columns}
