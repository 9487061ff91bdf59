"""What a model needs, as the editors say it."""

from __future__ import annotations

from typing import Any

import pytest

from localmatte import library
from localmatte.models import catalogue
from localmatte_bridge.models import from_rows, memory


@pytest.mark.parametrize(
    ("megabytes", "said"),
    [(304, "300 MB"), (949, "950 MB"), (960, "1 GB"), (2690, "2.7 GB"), (5000, "5 GB")],
)
def test_memory_is_rounded_for_people(megabytes: float, said: str) -> None:
    assert memory(megabytes) == said


@pytest.mark.parametrize(
    ("needs", "said"),
    [
        ({"memory_mb": 2700, "card_mb": 5000}, "Needs about 2.7 GB of memory; 5 GB on a graphics"),
        ({"memory_mb": 300, "card_mb": 0}, "Needs about 300 MB of memory."),
        ({"memory_mb": 0, "card_mb": 0}, ""),
    ],
    ids=str,
)
@pytest.mark.usefixtures("empty_home")
def test_a_model_says_what_it_needs_on_the_cpu_and_on_a_card(
    needs: dict[str, Any], said: str
) -> None:
    (model,) = from_rows([{**library.describe(catalogue.get("u2netp")), **needs}])
    assert model.needs.startswith(said)
    assert bool(model.needs) == bool(said)
