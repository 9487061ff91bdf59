"""A share of the barrages; all of them are `python3 tests --only fire`."""

from __future__ import annotations

import os
from unittest import mock

import pytest

from tests.fire import __main__ as fire

SECONDS = {
    "messages": 20,
    "pictures": 10,
    "models": 10,
    "records": 10,
    "killed workers": 30,
    "killed commands": 15,
    "endurance": 25,
}
"""Two minutes in all."""

SEED = 20261128


@pytest.mark.parametrize("name", fire.BARRAGES)
def test_nothing_but_clean_errors_comes_out_of_fire(name: str) -> None:
    with mock.patch.dict(os.environ):
        outcome = fire.run(name, SECONDS[name], SEED)
    print(outcome.line())
    assert outcome.faults == []
    assert outcome.cases > 0
