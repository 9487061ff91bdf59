"""Figures as a table: the mean of each method over each set, and over the sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

OVERALL = "mean of sets"


@dataclass(frozen=True)
class Result:
    """One method's figures for one picture.

    Attributes:
        model: The model's id.
        method: The method's name.
        group: The set that the picture belongs to.
        name: The picture's name.
        figures: Each measure's value by its name.
    """

    model: str
    method: str
    group: str
    name: str
    figures: dict[str, float]


Means = dict[tuple[str, str, str], dict[str, float]]


def means(results: Iterable[Result]) -> Means:
    """The mean figures by model, set and method; the sets count alike in OVERALL."""
    gathered: dict[tuple[str, str, str], list[dict[str, float]]] = {}
    for result in results:
        key = (result.model, result.group, result.method)
        gathered.setdefault(key, []).append(result.figures)
    sets = {key: _mean(figures) for key, figures in gathered.items()}
    overall: dict[tuple[str, str, str], list[dict[str, float]]] = {}
    for (model, _, method), figures in sets.items():
        overall.setdefault((model, OVERALL, method), []).append(figures)
    return sets | {key: _mean(figures) for key, figures in overall.items()}


def _mean(figures: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([one[name] for one in figures])) for name in figures[0]}


def table(results: list[Result]) -> str:
    """The means as a Markdown table, one row a model, set and method."""
    rows = means(results)
    columns = list(results[0].figures)
    lines = [
        "| model | set | method | " + " | ".join(columns) + " |",
        "|---|---|---|" + "---:|" * len(columns),
    ]
    # Python's sort is stable: the methods stay in the order in which they ran.
    for (model, group, method), figures in sorted(
        rows.items(), key=lambda row: (row[0][0], row[0][1] == OVERALL, row[0][1])
    ):
        cells = " | ".join(f"{figures[name]:.4g}" for name in columns)
        lines.append(f"| {model} | {group} | {method} | {cells} |")
    return "\n".join(lines)


def worst(results: list[Result], measure: str) -> str:
    """For each model and method, the image whose figure grew most beside that of "plain"."""
    first = {(r.model, r.name): r.figures[measure] for r in results if r.method == "plain"}
    lines = []
    for model, method in dict.fromkeys((r.model, r.method) for r in results):
        grown = [
            (r.figures[measure] / first[model, r.name], r.name)
            for r in results
            if (r.model, r.method) == (model, method) and first.get((model, r.name))
        ]
        if grown and method != "plain":
            ratio, name = max(grown)
            lines.append(f"{model}, {method}: the worst is {name}, {ratio:.2f} of plain")
    return "\n".join(lines)
