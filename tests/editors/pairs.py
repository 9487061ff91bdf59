"""Rows of a table in which every two values of any two columns meet, drawn by a seed."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence

Row = dict[str, str]
Pair = frozenset[tuple[str, str]]

TRIES = 30
"""How many rows are drawn before the one with the most new pairs is taken."""


def all_pairs(columns: Mapping[str, Sequence[str]], seed: int) -> list[Row]:
    """Few rows that hold all pairs.

    Args:
        columns: The values of each column.
        seed: Two calls with the same seed give the same rows.

    Returns:
        A value of every column for each row; the rows with the most new pairs come first.
    """
    drawn = random.Random(seed)
    missing = {
        frozenset(((one, a), (other, b)))
        for one, other in itertools.combinations(columns, 2)
        for a in columns[one]
        for b in columns[other]
    }
    rows = []
    while missing:
        start = dict(drawn.choice(sorted(map(sorted, missing))))
        candidates = (
            {**{name: drawn.choice(values) for name, values in columns.items()}, **start}
            for _ in range(TRIES)
        )
        best = max(candidates, key=lambda row: len(missing & pairs(row)))
        missing -= pairs(best)
        rows.append(best)
    return rows


def pairs(row: Row) -> set[Pair]:
    """The pairs that a row holds."""
    return {frozenset(pair) for pair in itertools.combinations(row.items(), 2)}
