"""Every kind of document and layer in a real Krita, with a matte that holds every level."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest

from tests.editors.krita_host import INSIDE, Krita, Outcomes, case_names, check
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.krita

SCRIPT = INSIDE / "krita_exact.py"


@pytest.fixture(scope="module")
def outcomes(krita: Krita, stand_in: RampWorker, editor_workspace: Path) -> Outcomes:
    """What came of each case."""
    return krita.cases(SCRIPT, LOCALMATTE_HOME=str(editor_workspace / "ramp"))


@pytest.mark.parametrize("case", case_names(SCRIPT))
def test_case(outcomes: Outcomes, case: str) -> None:
    check(outcomes, case)


def test_a_mask_on_the_layer_does_not_reach_the_engine(
    outcomes: Outcomes, stand_in: RampWorker
) -> None:
    sent = [(h["layout"], p) for h, p in stand_in.requests if (h["width"], h["height"]) == (33, 17)]
    assert sent == [("bgra8", bytes([127, 127, 127, 255]) * 33 * 17)]


def test_the_engine_is_told_of_the_selection_where_it_counts(
    outcomes: Outcomes, stand_in: RampWorker
) -> None:
    told = [header["selection"] for header, _ in stand_in.requests if "selection" in header]
    assert told == [[3, 4, 10, 11]]


def test_the_engine_sees_what_krita_shows_in_every_colour_space(
    outcomes: Outcomes, stand_in: RampWorker
) -> None:
    case = "case_the_engine_sees_what_krita_shows_in_every_colour_space"
    shown = outcomes[case]["facts"]["shown"]
    sent = [pixels for header, pixels in stand_in.requests if header["width"] == 41]
    assert len(shown) == len(sent)
    assert len({space for space, _ in shown}) > 20
    off = {}
    for (space, expected), pixels in zip(shown, sent, strict=True):
        seen = np.frombuffer(pixels, np.uint8).astype(int)
        off[space] = abs(seen - np.frombuffer(base64.b64decode(expected), np.uint8)).max()
    assert not {space: most for space, most in off.items() if most > 1}
