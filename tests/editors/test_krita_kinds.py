"""Every kind of layer and colour space in a real Krita: live, exported, saved and read again."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest

from tests.editors.krita_host import INSIDE, Krita, Outcomes, case_names, check
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.krita

SCRIPT = INSIDE / "krita_kinds.py"
ON_LAYERS = "case_the_mask_is_exact_on_every_kind_of_layer"
IN_SPACES = "case_the_mask_is_exact_in_every_colour_space"


@pytest.fixture(scope="module")
def outcomes(krita: Krita, stand_in: RampWorker, editor_workspace: Path) -> Outcomes:
    """What came of each case."""
    return krita.cases(SCRIPT, LOCALMATTE_HOME=str(editor_workspace / "ramp"))


@pytest.mark.parametrize("case", case_names(SCRIPT))
def test_case(outcomes: Outcomes, case: str) -> None:
    check(outcomes, case)


def test_the_engine_is_sent_what_krita_shows_of_every_kind(
    outcomes: Outcomes, stand_in: RampWorker
) -> None:
    facts = outcomes[ON_LAYERS]["facts"]
    off = {}
    for name, (size, shown), (header, sent) in zip(
        facts["rows"], facts["sent"], stand_in.requests, strict=False
    ):
        assert size == f"{header['width']} × {header['height']}", name
        seen = np.frombuffer(sent, np.uint8).astype(int)
        off[name] = abs(seen - np.frombuffer(base64.b64decode(shown), np.uint8)).max()
    assert len(off) > 20
    assert not {name: most for name, most in off.items() if most > 1}


def test_every_colour_space_was_tried(outcomes: Outcomes) -> None:
    spaces = {tuple(row.split()[:2]) for row in outcomes[IN_SPACES]["facts"]["rows"]}
    assert {model for model, _ in spaces} == {"RGBA", "GRAYA", "CMYKA", "LABA", "XYZA", "YCbCrA"}
    assert {depth for model, depth in spaces if model == "RGBA"} == {"U8", "U16", "F16", "F32"}
    assert len(spaces) > 20
