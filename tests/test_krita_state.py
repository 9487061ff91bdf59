"""What a preview shows and what is done about changes, without an editor."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parents[1] / "krita_plugin/localmatte/tasks/state.py"


def loaded() -> Any:
    """The module alone: its package needs Krita."""
    spec = importlib.util.spec_from_file_location("krita_preview_state", SOURCE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


state_module = loaded()
NEEDS, Asked, Need = state_module.NEEDS, state_module.Asked, state_module.Need
State, need = state_module.State, state_module.need

FIRST = Asked("document", "layer", (0, 0, 9, 9), b"pixels", None, "u2netp", True, (), None)
CHANGES: dict[str, tuple[dict[str, Any], Any]] = {
    "another document": ({"document": "other"}, Need.READ),
    "another layer": ({"layer": "other"}, Need.READ),
    "the layer moved": ({"place": (1, 0, 9, 9)}, Need.READ),
    "a stroke": ({"picture": b"other"}, Need.READ),
    "a selection": ({"selection": b"part"}, Need.FIND),
    "another model": ({"model": "isnet"}, Need.FIND),
    "not refined": ({"refine": False}, Need.FIND),
    "a slider": ({"edges": (("shift", 2.0),)}, Need.FINISH),
    "a mask to combine with": ({"existing": "add"}, Need.COMBINE),
    "a slider and a selection": ({"edges": (("shift", 2.0),), "selection": b"part"}, Need.FIND),
}


def shown() -> Any:
    return State().asking(FIRST).begun().answered(FIRST)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_makes_the_result_out_of_date_until_it_is_renewed(change: str) -> None:
    fields, wanted = CHANGES[change]
    after = FIRST._replace(**fields)
    state = shown().asking(after)
    assert state.stale
    assert state.shown == FIRST
    assert state.missing == need(FIRST, after) == wanted
    state = state.begun()
    assert state.busy
    assert state.missing == Need.NOTHING
    state = state.answered(after)
    assert not state.stale
    assert not state.busy


def test_every_field_calls_for_something() -> None:
    assert NEEDS.keys() == set(Asked._fields)
    assert Need.NOTHING not in NEEDS.values()
    assert need(FIRST, FIRST) == Need.NOTHING


def test_the_same_again_asks_for_nothing() -> None:
    state = shown()
    assert state.asking(FIRST) is state
    assert state.missing == Need.NOTHING


def test_a_late_answer_is_shown_as_out_of_date() -> None:
    after = FIRST._replace(edges=(("shift", 2.0),))
    state = State().asking(FIRST).begun().asking(after).begun().answered(FIRST)
    assert state.shown == FIRST
    assert state.stale
    assert state.busy
    assert state.missing == Need.NOTHING


def test_the_result_of_another_layer_is_told_from_one_of_the_same_layer() -> None:
    assert shown().asking(FIRST._replace(layer="other")).of_another_picture
    assert not shown().asking(FIRST._replace(picture=b"other")).of_another_picture


def test_a_sentence_goes_when_something_else_is_asked_for() -> None:
    state = State().asking(FIRST).begun().answered(FIRST, "No subject was found.")
    assert state.sentence
    assert not state.stale
    assert not state.asking(FIRST._replace(model="isnet")).sentence


def test_a_failure_is_said_and_not_asked_for_again_until_something_changes() -> None:
    state = State().asking(FIRST).begun().failed("The engine is not responding.")
    assert (state.sentence, state.busy) == ("The engine is not responding.", False)
    assert state.asking(FIRST).missing == Need.NOTHING
    assert state.asking(FIRST._replace(refine=False)).missing == Need.READ


def test_where_nothing_can_be_shown_it_says_so_and_begins_anew_later() -> None:
    state = shown().impossible("This layer is empty.")
    assert (state.sentence, state.shown, state.stale) == ("This layer is empty.", None, False)
    assert state.asking(FIRST).missing == Need.READ
