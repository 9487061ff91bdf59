"""The table of the edge controls that dialogs show is the one that the engine takes."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from localmatte.options import AS_FOUND, Edges
from localmatte_bridge.edge_controls import CONTROLS, Control, changed, scaled


def test_every_control_of_the_engine_is_in_the_table_with_its_default() -> None:
    assert {control.name: control.default for control in CONTROLS} == asdict(AS_FOUND)


@pytest.mark.parametrize("control", CONTROLS, ids=[control.name for control in CONTROLS])
def test_the_engine_takes_what_a_dialog_offers(control: Control) -> None:
    assert control.low <= control.default <= control.usual <= control.high
    for value in (control.low, control.usual, control.high):
        Edges.of(changed({control.name: value}))


def test_a_request_says_only_what_changes_something() -> None:
    defaults = {control.name: control.default for control in CONTROLS}
    assert changed(defaults) == {}
    assert changed({**defaults, "holes": 12.0, "shift": -1.5}) == {"shift": -1.5, "holes": 12}
    assert isinstance(changed({"holes": 12.0})["holes"], int)


def test_a_smaller_picture_gets_smaller_lengths_and_areas_and_the_same_shares() -> None:
    edges = {"contrast": 0.5, "shift": -4, "holes": 100}
    assert scaled(edges, 0.5) == {"contrast": 0.5, "shift": -2, "holes": 25}
    assert isinstance(scaled(edges, 0.3)["holes"], int)
