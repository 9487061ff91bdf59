"""Figures as tables: the mean of each method over each set, and over the sets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

OVERALL = "mean of sets"

MISSED = "missed"
"""The group of pictures whose subject the network did not find: no refinement helps there."""

SLACK = 1.01
"""A figure this many times that of the enlarged matte counts as worse."""


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


class Written:
    """Results in a file, a line of JSON each, so that a run which was stopped can go on.

    Args:
        path: The file; None keeps nothing.
        resume: Whether what it holds is taken for measured; it starts anew otherwise.
    """

    def __init__(self, path: Path | None, *, resume: bool) -> None:
        self._path = path
        self._known: dict[tuple[str, str, str], Result] = {}
        if path and resume and path.exists():
            lines = path.read_text(encoding="utf-8").splitlines()
            self._known = {_key(one): one for one in (Result(**json.loads(line)) for line in lines)}
        elif path:
            path.write_text("", encoding="utf-8")

    def known(self, model: str, method: str, name: str) -> Result | None:
        """What was measured before."""
        return self._known.get((model, method, name))

    def add(self, results: Iterable[Result]) -> None:
        """Write what is not in the file."""
        new = {_key(one): one for one in results if _key(one) not in self._known}
        self._known |= new
        if self._path:
            with self._path.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(asdict(one)) + "\n" for one in new.values())


def _key(result: Result) -> tuple[str, str, str]:
    return result.model, result.method, result.name


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


def by_kind(results: list[Result], measure: str) -> str:
    """One measure of every method beside the enlarged matte's, as a Markdown table.

    Each model has a row for each set. The mean of the sets leaves out the pictures whose subject
    the network misses, which have the last row. *Worse* is the share of a set's pictures whose
    figure is more than SLACK times the enlarged matte's.
    """
    methods = [name for name in dict.fromkeys(r.method for r in results) if name != "plain"]
    lines = [
        "| model | set | images | plain | "
        + " | ".join(f"{name} | | worse" for name in methods)
        + " |",
        "|---|---|---:|---:|" + "---:|---:|---:|" * len(methods),
    ]
    for model in dict.fromkeys(r.model for r in results):
        mine = [r for r in results if r.model == model]
        found = [r for r in mine if r.group != MISSED]
        groups = dict.fromkeys(r.group for r in found)
        sets = [(group, [r for r in found if r.group == group]) for group in sorted(groups)]
        missed = [(MISSED, [r for r in mine if r.group == MISSED])]
        for group, some in [*sets, (OVERALL, found), *(missed if missed[0][1] else [])]:
            lines.append(
                f"| {model} | {group} | " + " | ".join(_cells(some, methods, measure)) + " |"
            )
    return "\n".join(lines)


def _cells(results: list[Result], methods: list[str], measure: str) -> Iterator[str]:
    first = {r.name: r for r in results if r.method == "plain"}
    yield str(len(first))
    plain = _overall(list(first.values()), measure)
    yield f"{plain:.4g}"
    for method in methods:
        mine = [r for r in results if r.method == method and r.name in first]
        grown = [r.figures[measure] > SLACK * first[r.name].figures[measure] for r in mine]
        mean = _overall(mine, measure)
        yield from (f"{mean:.4g}", f"{mean / plain - 1:+.1%}", f"{np.mean(grown):.1%}")


def _overall(results: list[Result], measure: str) -> float:
    """The mean over the sets, each of which counts alike."""
    sets: dict[str, list[float]] = {}
    for result in results:
        sets.setdefault(result.group, []).append(result.figures[measure])
    return float(np.mean([np.mean(values) for values in sets.values()]))


def medians(results: list[Result], measure: str) -> str:
    """The median of each model and method, a line each."""
    lines = []
    for model, method in dict.fromkeys((r.model, r.method) for r in results):
        mine = [r.figures[measure] for r in results if (r.model, r.method) == (model, method)]
        lines.append(f"{model}, {method}: {measure} {np.median(mine):.2g} (median)")
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
