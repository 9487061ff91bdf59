"""A preview's state: what was asked, what is shown, what is out of date."""

from __future__ import annotations

import itertools
import random

from localmatte_bridge import BridgeError
from localmatte_bridge.preview import Asked, Detail, State
from localmatte_bridge.viewport import Part

BASE = Asked.of(1, "u2netp", True, True, "replace", {})
OTHERS = (
    BASE._replace(model="isnet"),
    BASE._replace(refine=False),
    BASE._replace(inside=False),
    BASE._replace(existing="add"),
    Asked.of(1, "u2netp", True, True, "replace", {"shift": 2.0}),
)
MEMORY = BridgeError("memory", "There is not enough memory.", "Close programs.")
SEEN, MORE = Part(10, 10, 50, 50), Part(0, 0, 100, 100)


def shown(asked: Asked = BASE) -> State:
    return State().ask(asked).show(asked, "", "Running on the CPU")


def test_before_the_first_result_the_engine_is_working_and_nothing_is_out_of_date() -> None:
    assert not State().working
    state = State().ask(BASE)
    assert state.working
    assert not state.out_of_date
    assert state.work(0.5, "Finding the subject").stage == "Finding the subject"
    assert state.work(0.5, "Finding the subject").show(BASE, "", "").stage == ""


def test_every_setting_makes_what_is_shown_out_of_date_until_its_result_comes() -> None:
    for other in OTHERS:
        state = shown().ask(other)
        assert state.out_of_date
        assert state.working
        assert state.show(BASE, "", "").out_of_date, "a late answer to an earlier question"
        state = state.show(other, "", "Running on the CPU")
        assert not state.out_of_date
        assert not state.working
        assert state.line == "Running on the CPU"
        assert state.work(1.0, "Done").stage == "", "nobody waits any more"


def test_back_to_what_is_shown_is_up_to_date_at_once() -> None:
    assert shown().ask(OTHERS[0]).ask(BASE) == shown()


def test_another_document_takes_the_result_away_and_lets_no_late_one_in() -> None:
    changed = BASE._replace(document=2)
    state = shown()._replace(closer=SEEN).show_detail(Detail(BASE, MORE)).ask(changed)
    assert (state.shown, state.detail) == (None, None)
    assert state.closer == SEEN
    assert state.show(BASE, "", "") == state
    assert state.show_detail(Detail(BASE, MORE)) == state


def test_a_failure_is_said_until_something_is_asked_anew() -> None:
    state = shown().fail(MEMORY)
    assert state.message == "There is not enough memory.\nClose programs."
    assert not state.working
    assert not state.out_of_date
    assert state.ask(BASE).message == ""
    assert state.ask(BASE).working


def test_nothing_found_is_said_only_while_it_is_true() -> None:
    state = State().ask(BASE).show(BASE, "Nothing would be left.", "")
    assert state.message == "Nothing would be left."
    assert state.ask(OTHERS[0]).message == ""


def test_a_closer_look_is_missing_until_its_part_has_come_for_what_is_asked() -> None:
    state = shown().look(SEEN)
    assert state.missing == SEEN
    assert state.working
    assert not state.out_of_date
    state = state.show_detail(Detail(BASE, MORE))
    assert state.missing is None
    assert not state.working
    assert state.look(Part(90, 90, 50, 50)).missing == Part(90, 90, 50, 50)
    assert state.look(None).missing is None
    asked = state.ask(OTHERS[4]).show(OTHERS[4], "", "")
    assert asked.missing == SEEN
    assert asked.out_of_date, "what is seen is the old detail"
    assert not asked.show_detail(Detail(OTHERS[4], SEEN)).out_of_date


def test_what_is_up_to_date_is_what_was_asked_whatever_happened_before() -> None:
    chance = random.Random(11)
    asked = [*OTHERS, BASE, BASE._replace(document=2)]
    for _ in range(300):
        state = State()
        for _step in itertools.repeat(None, 12):
            one, part = chance.choice(asked), chance.choice((SEEN, MORE, None))
            state = chance.choice(
                (
                    state.ask(one),
                    state.look(part),
                    state.show(one, "", ""),
                    state.fail(MEMORY),
                    state.work(0.5, "Finding"),
                    state.show_detail(Detail(one, part)) if part else state,
                )
            )
            if state.asked and not state.working and not state.failure:
                assert state.shown == state.asked
                if state.closer:
                    assert state.detail
                    assert state.detail.asked == state.asked
                    assert state.detail.part.holds(state.closer)
                assert not state.out_of_date
