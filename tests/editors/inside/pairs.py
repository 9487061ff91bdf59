"""Rows of a table in which any two values of different columns meet at least once."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, product

Row = dict[str, str]
Pair = frozenset[tuple[str, str]]


def all_pairs(
    columns: Mapping[str, Sequence[str]], can_be: Callable[[Row], bool], seed: int
) -> list[Row]:
    """Rows that are few, and the same for the same seed.

    Args:
        columns: The values of each column, the plainest first.
        can_be: Whether a row, or two values of one, can be at all; the plainest values must fit
            any others that can be together.
        seed: Of the choice.

    Returns:
        The rows, in a random order.
    """
    generator = random.Random(seed)
    missing = [
        frozenset({(one, a), (other, b)})
        for one, other in combinations(columns, 2)
        for a, b in product(columns[one], columns[other])
        if can_be({one: a, other: b})
    ]
    generator.shuffle(missing)
    left = dict.fromkeys(missing)
    rows = []
    while left:
        row = dict(next(iter(left)))
        names = [name for name in columns if name not in row]
        generator.shuffle(names)
        for name in names:
            values = [value for value in columns[name] if can_be({**row, name: value})]
            generator.shuffle(values)
            row[name] = max(values, key=lambda value: _new(row, name, value, left))
        for pair in combinations(row.items(), 2):
            left.pop(frozenset(pair), None)
        rows.append({name: row[name] for name in columns})
    generator.shuffle(rows)
    return rows


def _new(row: Row, name: str, value: str, left: dict[Pair, None]) -> int:
    return sum(frozenset({item, (name, value)}) in left for item in row.items())
