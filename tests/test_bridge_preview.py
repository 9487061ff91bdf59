"""A preview's state: what was asked, what is shown, what is out of date, what is to be done."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from localmatte_bridge import BridgeError
from localmatte_bridge.preview import NEEDS, Asked, Detail, Need, State, need, same_choice
from localmatte_bridge.prompts import KEEP, Mark, Prompts
from localmatte_bridge.viewport import Part

BASE = Asked("layer", b"pixels", None, "u2netp", True, (), ("replace", None))
CHANGES: dict[str, tuple[dict[str, Any], Need]] = {
    "another layer": ({"layer": "other"}, Need.READ),
    "a stroke": ({"picture": b"other"}, Need.READ),
    "a selection": ({"selection": b"part"}, Need.FIND),
    "another model": ({"model": "isnet"}, Need.FIND),
    "not refined": ({"refine": False}, Need.FIND),
    "best edges": ({"best_edges": True}, Need.FIND),
    "a click": ({"prompts": Prompts((Mark(KEEP, Part(3, 4, 1, 1)),))}, Need.FIND),
    "a slider": ({"edges": (("shift", 2.0),)}, Need.FINISH),
    "a mask to combine with": ({"existing": ("add", b"mask")}, Need.COMBINE),
    "a slider and a selection": ({"edges": (("shift", 2.0),), "selection": b"part"}, Need.FIND),
}
HERE = [name for name in CHANGES if name != "another layer"]
ELSEWHERE = BASE._replace(layer="other")
SLID = BASE._replace(edges=(("shift", 2.0),))
MEMORY = BridgeError("memory", "There is not enough memory.", "Close programs.")
EMPTY = BridgeError("picture", "This layer is empty.")
SEEN, MORE = Part(10, 10, 50, 50), Part(0, 0, 100, 100)


def changed(change: str) -> Asked:
    return BASE._replace(**CHANGES[change][0])


def shown(asked: Asked = BASE) -> State:
    return State().ask(asked).begin().show(asked, "", "Running on the CPU")


def closer(asked: Asked = BASE) -> State:
    """Looked at closer than the small version goes."""
    return shown(asked).look(SEEN).begin_detail(MORE).show_detail(Detail(asked, MORE))


def test_before_the_first_result_the_engine_is_working_and_nothing_is_out_of_date() -> None:
    assert (State().missing, State().working) == (Need.NOTHING, False)
    state = State().ask(BASE)
    assert state.missing == Need.READ
    state = state.begin()
    assert state.working
    assert not state.out_of_date
    assert state.work(0.5, "Finding the subject").stage == "Finding the subject"
    assert state.work(0.5, "Finding the subject").show(BASE).stage == ""


@pytest.mark.parametrize("change", HERE)
def test_a_change_makes_the_result_out_of_date_until_it_is_renewed(change: str) -> None:
    after = changed(change)
    state = shown().ask(after)
    assert state.out_of_date
    assert state.shown == BASE
    assert state.missing == need(BASE, after) == CHANGES[change][1]
    state = state.begin()
    assert state.working
    assert state.missing == Need.NOTHING
    state = state.show(after, "", "Running on the CPU")
    assert not state.out_of_date
    assert not state.working
    assert state.line == "Running on the CPU"
    assert state.work(1.0, "Done").stage == "", "nobody waits any more"


def test_every_field_calls_for_something() -> None:
    assert NEEDS.keys() == set(Asked._fields)
    assert Need.NOTHING not in NEEDS.values()
    assert need(BASE, BASE) == Need.NOTHING


def test_a_click_is_a_choice_between_the_same_subjects() -> None:
    clicked = changed("a click")
    for before in (BASE, clicked, SLID):
        assert same_choice(before, clicked)
    # What was found without a click is looked at anew, and so is another picture.
    assert not same_choice(None, clicked)
    assert not same_choice(clicked, BASE)
    for change in ("another layer", "a stroke", "a selection", "another model"):
        assert not same_choice(changed(change), clicked)


def test_the_same_again_asks_for_nothing() -> None:
    state = shown()
    assert state.ask(BASE) is state
    assert state.missing == Need.NOTHING


def test_back_to_what_is_shown_is_up_to_date_at_once() -> None:
    assert shown().ask(SLID).ask(BASE) == shown()


def test_back_to_what_is_shown_is_asked_for_again_where_another_answer_is_on_its_way() -> None:
    state = shown().ask(SLID).begin().ask(BASE)
    assert state.missing == Need.FINISH
    state = state.begin().show(SLID)
    assert state.out_of_date
    assert state.working
    state = state.show(BASE)
    assert not state.out_of_date
    assert not state.working


@pytest.mark.parametrize("change", HERE)
def test_a_late_answer_is_shown_as_out_of_date(change: str) -> None:
    state = State().ask(BASE).begin().ask(changed(change)).begin().show(BASE)
    assert state.shown == BASE
    assert state.out_of_date
    assert state.working
    assert state.missing == Need.NOTHING


def test_another_layer_takes_the_result_away_and_lets_no_late_one_in() -> None:
    state = closer().ask(ELSEWHERE)
    assert (state.shown, state.detail) == (None, None)
    assert (state.closer, state.missing, state.missing_detail) == (SEEN, Need.READ, SEEN)
    assert state.show(BASE) == state
    assert state.show_detail(Detail(BASE, MORE)) == state


def test_a_failure_is_said_and_not_asked_for_again_until_something_changes() -> None:
    state = shown().begin().fail(MEMORY)
    assert state.message == "There is not enough memory.\nClose programs."
    assert not state.working
    assert not state.out_of_date
    assert state.ask(BASE) is state
    assert (state.missing, state.missing_detail) == (Need.NOTHING, None)
    for again in (state.ask(SLID), state.retry()):
        assert again.message == ""
        assert again.missing == Need.READ


def test_where_nothing_can_be_shown_it_says_so_and_begins_anew_later() -> None:
    state = closer().refuse(EMPTY)
    assert state.message == "This layer is empty."
    assert (state.shown, state.detail, state.out_of_date) == (None, None, False)
    assert (state.missing, state.missing_detail) == (Need.NOTHING, None)
    assert state.ask(BASE).missing == Need.READ
    assert state.ask(BASE).message == ""


def test_the_same_said_again_changes_nothing_to_draw() -> None:
    state = shown().refuse(EMPTY)
    assert state.refuse(BridgeError("picture", "This layer is empty.")) is state
    assert state.refuse(MEMORY).failure is MEMORY
    assert shown().fail(EMPTY).refuse(EMPTY).ask(BASE).missing == Need.READ


def test_nothing_found_is_said_only_while_it_is_true() -> None:
    state = State().ask(BASE).begin().show(BASE, "Nothing would be left.")
    assert state.message == "Nothing would be left."
    assert not state.out_of_date
    assert state.ask(SLID).message == ""


def test_a_closer_look_is_missing_until_its_part_has_come_for_what_is_asked() -> None:
    state = shown().look(SEEN)
    assert state.missing_detail == SEEN
    assert not state.out_of_date
    state = state.begin_detail(MORE)
    assert state.working
    assert state.missing_detail is None
    state = state.show_detail(Detail(BASE, MORE))
    assert state.missing_detail is None
    assert not state.working
    assert state.look(Part(90, 90, 50, 50)).missing_detail == Part(90, 90, 50, 50)
    assert state.look(None).missing_detail is None
    asked = state.ask(SLID).begin().show(SLID)
    assert asked.missing_detail == SEEN
    assert asked.out_of_date, "what is seen is the old detail"
    assert not asked.begin_detail(SEEN).show_detail(Detail(SLID, SEEN)).out_of_date
    assert state.drop_detail().missing_detail == SEEN


def test_the_subject_is_found_once_only_its_edges_are_still_to_come() -> None:
    assert not State().found
    assert not State().ask(BASE).begin().found
    assert shown().found
    assert shown().ask(SLID).found
    assert not shown().ask(changed("another model")).found


def test_nobody_who_looks_leaves_nothing_but_where_they_looked() -> None:
    assert closer().forget() == State(closer=SEEN)


def test_what_is_up_to_date_is_what_was_asked_whatever_happened_before() -> None:
    chance = random.Random(11)
    asked = [BASE, *map(changed, CHANGES)]
    for _ in range(300):
        state = State()
        for _step in itertools.repeat(None, 14):
            one, part = chance.choice(asked), chance.choice((SEEN, MORE, None))
            state = chance.choice(
                (
                    state.ask(one),
                    state.begin(),
                    state.look(part),
                    state.show(one),
                    state.fail(MEMORY),
                    state.refuse(EMPTY),
                    state.retry(),
                    state.work(0.5, "Finding"),
                    state.begin_detail(part) if part else state,
                    state.show_detail(Detail(one, part)) if part else state,
                )
            )
            idle = not state.working and not state.missing and not state.missing_detail
            if state.asked and idle and not state.failure:
                assert state.shown == state.asked
                if state.closer:
                    assert state.detail
                    assert state.detail.asked == state.asked
                    assert state.detail.part.holds(state.closer)
                assert not state.out_of_date
