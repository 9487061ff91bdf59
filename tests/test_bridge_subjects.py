"""The subjects of a picture as the editors read them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from localmatte_bridge import BridgeError
from localmatte_bridge.prompts import KEEP, Prompts
from localmatte_bridge.subjects import NONE_FOUND, OUTLINE, TINT, Subject, from_answer
from localmatte_bridge.viewport import Part, Viewport

LABELS = np.zeros((6, 8), np.uint8)
LABELS[1:5, 1:5] = 1
LABELS[2:4, 6:8] = 2

ROWS = [
    {"box": [10, 10, 40, 40], "share": 0.33, "point": [30, 30]},
    {"box": [60, 20, 20, 20], "share": 0.08, "point": [70, 30]},
]
ANSWER = {"width": 8, "height": 6, "parts": ROWS}


def test_an_answer_is_read() -> None:
    subjects = from_answer(ANSWER, bytearray(LABELS.tobytes()))
    assert subjects.found[1] == Subject(Part(60, 20, 20, 20), 0.08, (70, 30))
    assert subjects.at(0.3, 0.5) == 1
    assert subjects.at(0.99, 0.5) == 2
    assert subjects.at(0.99, 0.99) == subjects.at(1.0, 0.5) == subjects.at(-0.1, 0.5) == 0
    assert NONE_FOUND.at(0.5, 0.5) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 9},
        {"width": "8"},
        {"height": None},
        {"width": -8, "height": -6},
        {"parts": ROWS[:1]},
        {"parts": 7},
        {"parts": [7, 8]},
        {"parts": [ROWS[0], {"box": [1, 2, 3], "share": 0.1, "point": [1, 1]}]},
        {"parts": [ROWS[0], {"box": [1, 2, 3, 0.5], "share": 0.1, "point": [1, 1]}]},
        {"parts": [ROWS[0], {"box": [1, 2, 3, 4], "share": "all of it", "point": [1, 1]}]},
        {"parts": [ROWS[0], {"box": [1, 2, 3, 4], "share": 0.1, "point": [1]}]},
        {"parts": [ROWS[0], {"box": [1, 2, 3, 4], "share": 0.1}]},
    ],
    ids=str,
)
def test_an_answer_that_makes_no_sense_is_an_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(BridgeError) as caught:
        from_answer({**ANSWER, **wrong}, LABELS.tobytes())
    assert caught.value.code == "protocol"


def test_a_list_calls_subjects_by_number_and_share() -> None:
    subjects = from_answer(ANSWER, LABELS.tobytes())
    assert [subjects.label(number) for number in (1, 2)] == ["Subject 1 (33 %)", "Subject 2 (8 %)"]


def test_a_tint_covers_its_subject_with_a_line_around_it() -> None:
    subjects = from_answer(ANSWER, LABELS.tobytes())
    rgba = np.frombuffer(subjects.tint(1, 0x123456), np.uint8).reshape(6, 8, 4)
    inside = np.zeros((6, 8), bool)
    inside[2:4, 2:4] = True
    np.testing.assert_array_equal(rgba[inside], [(0x12, 0x34, 0x56, TINT)] * 4)
    line = (LABELS == 1) & ~inside
    np.testing.assert_array_equal(rgba[line], [(255, 255, 255, OUTLINE)] * 12)
    assert not rgba[LABELS != 1, 3].any()


@pytest.mark.parametrize("scale", [1.0, 0.377, 0.05])
def test_choosing_a_subject_is_a_click_at_its_point_and_nothing_else(scale: float) -> None:
    viewport = Viewport((100, 100), (100, 100))
    clicked = Prompts().clicked(KEEP, viewport, 5, 5).boxed(viewport, (1, 1), (50, 50))
    for point in ((0, 0), (30, 17), (98, 99)):
        chosen = clicked.chosen(point, scale)
        assert chosen.fields(scale) == {"keep": [list(point)]}
        assert chosen.undone() == Prompts()
