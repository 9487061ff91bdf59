"""The engine's models in the words that the editors show."""

from __future__ import annotations

import pytest

from localmatte_bridge import BridgeError
from localmatte_bridge.models import for_people, from_rows, missing, space_used
from tests.editors.ramp_worker import MODELS


def test_only_models_that_are_here_take_space() -> None:
    here, large = MODELS[0], {**MODELS[0], "id": "large", "bytes": 180_000_000}
    gone = {**large, "id": "gone", "present": False}
    assert space_used(from_rows([])) == "Space used: 0.0 MB"
    assert space_used(from_rows([here, gone])) == "Space used: 4.6 MB"
    assert space_used(from_rows([here, large, gone])) == "Space used: 185 MB"


@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize("refiner", [True, False])
def test_what_is_missing_is_the_chosen_model_then_the_one_for_best_edges(
    present: bool, refiner: bool
) -> None:
    rows = [
        {"id": "other", "title": "Other", "present": False},
        {"id": "chosen", "title": "Chosen", "present": present},
        {"id": "refiner", "title": "Refiner", "present": refiner, "refines": True},
    ]
    models = from_rows([{**MODELS[0], **row} for row in rows])
    said = [
        lacking.absence if lacking else ""
        for best in (False, True)
        for lacking in [missing(models, "chosen", best)]
    ]
    of_chosen = "" if present else "Chosen is not downloaded."
    of_refiner = "" if refiner else "Best edges needs Refiner, which is not downloaded."
    assert said == [of_chosen, of_chosen or of_refiner]


@pytest.mark.parametrize(("kind", "way_out"), [("pull", "import the file"), ("import", "ONNX")])
def test_who_has_no_terminal_open_is_shown_another_way(kind: str, way_out: str) -> None:
    error = BridgeError("model", "It failed.", "Run 'localmatte models import FILE'.")
    told = for_people(error, kind)
    assert (told.code, told.message) == ("model", "It failed.")
    assert way_out in told.hint
    assert "localmatte models" not in told.hint


@pytest.mark.parametrize("kind", ["pull", "import", "remove"])
def test_a_hint_that_needs_no_terminal_stays(kind: str) -> None:
    error = BridgeError("storage", "The disk is full.", "Free 5 MB and try again.")
    assert for_people(error, kind) is error
