"""A table of documents in a real Krita; every two of their properties meet in one row.

A share of the rows is run; `python3 tests --only documents` runs all of them.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.editors.krita_host import INSIDE, Krita, Outcomes, check
from tests.editors.pairs import Row, all_pairs, share
from tests.editors.ramp_worker import RampWorker

pytestmark = [pytest.mark.krita, pytest.mark.documents]

SCRIPT = INSIDE / "krita_pairs.py"
COLUMNS = {
    "kind": ("paint", "group", "pass-through", "vector", "fill", "clone", "file", "filter"),
    "effect": ("none", "inverting", "growing", "transforming", "colourising", "on a child"),
    "state": ("free", "locked", "alpha locked", "alpha inherited", "hidden", "animated"),
    "parent": ("none", "group", "pass-through group", "locked group", "hidden group"),
    "mask": ("none", "shown", "hidden", "active", "locked", "the user's"),
    "place": ("inside", "partly", "outside", "larger", "far"),
    "selection": ("none", "inside", "outside", "feathered", "local", "as a mask"),
    "mode": ("RGBA U8", "RGBA U16", "RGBA F32", "GRAYA U8", "CMYKA U8", "LABA U16"),
    "meanwhile": (
        "nothing",
        "two views",
        "a namesake",
        "left",
        "saved",
        "painted",
        "mask painted",
        "flipped",
        "moved",
        "deleted",
        "closed",
    ),
    "output": ("mask", "layer", "colours", "selection", "refined"),
}
SOMEWHERE = tuple(kind for kind in COLUMNS["kind"] if kind not in ("fill", "filter"))
"""The kinds that do not fill the canvas."""

KINDS = {
    ("effect", "on a child"): ("group",),
    ("state", "alpha locked"): ("paint",),
    ("state", "animated"): ("paint",),
    **{("place", place): SOMEWHERE for place in COLUMNS["place"] if place != "inside"},
    ("meanwhile", "painted"): ("paint", "group", "clone"),
    ("meanwhile", "flipped"): ("paint",),
    ("meanwhile", "moved"): ("paint",),
}
"""The kinds of layer to which a value is confined."""


def can_be(row: Row) -> bool:
    """Whether there is such a document."""
    kinds = set(COLUMNS["kind"]).intersection(
        *(KINDS.get(item, COLUMNS["kind"]) for item in row.items())
    )
    without = row.get("meanwhile") == "mask painted" and row.get("mask") == "none"
    # Krita itself may need a minute to flip a layer so far away.
    slow = row.get("meanwhile") == "flipped" and row.get("place") == "far"
    return row.get("kind", next(iter(kinds), "")) in kinds and not (without or slow)


ROWS = {", ".join(row.values()): row for row in share(all_pairs(COLUMNS, 21, can_be), 12)}


@pytest.fixture(scope="module")
def outcomes(
    krita: Krita, stand_in: RampWorker, editor_workspace: Path, request: pytest.FixtureRequest
) -> Outcomes:
    """What came of each row that is tested; where Krita crashed, a new one goes on."""
    tests = [item for item in request.session.items if isinstance(item, pytest.Function)]
    wanted = {test.callspec.params.get("row") for test in tests if hasattr(test, "callspec")}
    found: Outcomes = {}
    while missing := {name: ROWS[name] for name in ROWS if name in wanted - found.keys()}:
        variables = {
            "LOCALMATTE_HOME": str(editor_workspace / "ramp"),
            "LOCALMATTE_ROWS": json.dumps(missing),
        }
        run = krita.cases(SCRIPT, **variables)
        ended = run.pop("quit")["error"]
        if not run:
            break
        if ended:
            last = next(reversed(run))
            run[last] = {"error": f"{run[last]['error']}\n{ended}"}
        found.update(run)
    return found


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_no_document_breaks_the_rule(outcomes: Outcomes, row: str) -> None:
    check(outcomes, row)
