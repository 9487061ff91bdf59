"""The catalogue as a table: for a terminal, and for the README."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from localmatte import store
from localmatte.models import catalogue
from localmatte.models.spec import ModelSpec, Tier
from localmatte_bridge.models import memory, size

UNTESTED = "untested"
HEADINGS = ("MODEL", "SIZE", "MEMORY", "CARD", "DOWNLOADED", "COMMERCIAL", "LICENCE", "BEST FOR")


MEANING = "MEMORY, CARD: needed on the CPU and on a graphics card; ~ is an estimate."


def text_table(specs: Iterable[ModelSpec]) -> str:
    """The models by tier, one line each, for a terminal.

    Args:
        specs: Their rows, those of a tier one after the other.
    """
    specs = tuple(specs)
    cells = {spec.id: _cells(spec) for spec in specs}
    table = (HEADINGS, *cells.values())
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADINGS))]
    lines = ["  " + _aligned(HEADINGS, widths)]
    for tier, group in groupby(specs, lambda spec: spec.tier):
        lines += ["", tier.value, *("  " + _aligned(cells[spec.id], widths) for spec in group)]
    lines += ["", MEANING]
    if any(not spec.tested for spec in specs):
        lines.append(f"{UNTESTED}: never tested by the project with its real weights.")
    return "\n".join(lines)


def markdown_table() -> str:
    """The catalogue by tier as Markdown, with each tier's and the whole's number and size."""
    lines = [
        "| Model | Best for | Size | Memory | On a card | Commercial use | Licence |",
        "| --- | --- | ---: | ---: | ---: | --- | --- |",
    ]
    for tier, group in groupby(catalogue.MODELS, lambda spec: spec.tier):
        specs = tuple(group)
        lines.append(f"| **{tier.value}** ({_total(specs)}) | | | | | | |")
        lines += (_markdown_row(spec) for spec in specs)
    total = _total(catalogue.MODELS)
    return "\n".join(
        [
            *lines,
            "",
            f"In total {total}. † Never tested by the project with its real weights. Memory is "
            "what one image takes on the CPU, and on a graphics card; ~ is an estimate.",
        ]
    )


def _cells(spec: ModelSpec) -> tuple[str, ...]:
    notes = spec.good_at if spec.tested else f"{spec.good_at} ({UNTESTED})"
    here = "yes" if store.present(spec) else "-"
    commercial = spec.licence.commercial.value
    needs = _needs(spec, spec.memory.cpu), _needs(spec, spec.memory.card)
    return spec.id, size(spec.bytes), *needs, here, commercial, spec.licence.name, notes


def _needs(spec: ModelSpec, megabytes: int) -> str:
    mark = "~" if spec.memory.estimated else ""
    return mark + memory(megabytes) if megabytes else "-"


def _aligned(row: Iterable[str], widths: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _markdown_row(spec: ModelSpec) -> str:
    name = f"`{spec.id}`" + ("" if spec.tested else " †")
    if spec.default and spec.tier is not Tier.ULTRA_LITE:
        name += " (first choice of its tier)"
    licence = f"[{spec.licence.name}]({spec.licence.link})"
    cells = (
        name,
        spec.good_at,
        size(spec.bytes),
        _needs(spec, spec.memory.cpu),
        _needs(spec, spec.memory.card),
        spec.licence.commercial.value,
        licence,
    )
    return f"| {' | '.join(cells)} |"


def _total(specs: tuple[ModelSpec, ...]) -> str:
    count = len(specs)
    return f"{count} model{'s' * (count > 1)}, {size(sum(spec.bytes for spec in specs))}"
