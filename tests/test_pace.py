"""How long a network takes on this computer, as its last run showed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from localmatte import library
from localmatte.engine import Engine
from localmatte.imaging.pixels import Raster
from localmatte.models import catalogue
from localmatte.options import Options
from localmatte.providers import CPU
from localmatte.system import pace
from localmatte_bridge import Client, Installation
from localmatte_bridge.models import duration, from_rows
from tests.commands import localmatte
from tests.workers import matte

NETWORK = "u2netp"
SHA256 = catalogue.get(NETWORK).file.sha256


def seconds(client: Client) -> dict[str, float]:
    """What the worker says of its models, where it knows it."""
    rows = client.ask("models").header["models"]
    return {row["id"]: row["seconds"] for row in rows if row["seconds"]}


def test_the_worker_tells_what_the_last_run_took_and_another_worker_still_knows_it(
    place: Installation, photos: dict[str, Path], home: Path
) -> None:
    with Client.connect(place) as client:
        assert seconds(client) == {}
        _, result = matte(client, photos["astronaut"])
        took = seconds(client)
        assert set(took) == {NETWORK}
        assert 0 < took[NETWORK] <= result.header["meta"]["seconds"]["forward"] + 0.001
        # The network does not run for the same picture again.
        matte(client, photos["astronaut"], refine=False)
        assert seconds(client) == took
    localmatte("stop")
    rows = json.loads(localmatte("models", "list", "--json").stdout)
    assert {row["id"]: row["seconds"] for row in rows if row["seconds"]} == took


def test_nothing_of_a_picture_is_kept_beside_it(
    place: Installation, photos: dict[str, Path], home: Path
) -> None:
    with Client.connect(place) as client:
        matte(client, photos["chelsea"])
    (key,) = json.loads((home / "cache" / "seconds.json").read_text())
    assert key == f"{SHA256}|cpu"


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("at_once", "told"), [(1, True), (2, False)])
def test_pictures_side_by_side_say_nothing_of_how_long_one_takes(at_once: int, told: bool) -> None:
    grey = np.full((64, 64, 3), 128, np.uint8)
    Engine(at_once).matte(Raster(grey), Options(NETWORK, CPU.name))
    assert (pace.last(SHA256) > 0) == told


@pytest.mark.usefixtures("empty_home")
def test_the_run_that_came_last_counts_whatever_it_ran_on() -> None:
    pace.remember(SHA256, "cpu", 0.5)
    pace.remember(SHA256, "webgpu", 0.1)
    pace.remember("another", "cpu", 9)
    assert pace.last(SHA256) == 0.1
    pace.remember(SHA256, "cpu", 0.5)
    assert pace.last(SHA256) == 0.5
    pace.remember(SHA256, "cpu", 0.51)
    assert pace.last(SHA256) == 0.5
    pace.remember(SHA256, "cpu", 0.7)
    assert pace.last(SHA256) == 0.7


@pytest.mark.parametrize("content", ["", "[1]", '{"a": ["b"]}', "[" * 100_000, '{"x|cpu": NaN}'])
def test_a_damaged_record_is_no_record_and_the_next_run_mends_it(
    empty_home: Path, content: str
) -> None:
    record = empty_home / "cache" / "seconds.json"
    record.parent.mkdir(parents=True)
    record.write_text(content)
    assert pace.last("x") == 0
    pace.remember("x", "cpu", 2.0)
    assert pace.last("x") == 2.0


@pytest.mark.parametrize(
    ("took", "said"),
    [
        (0.004, "0.01 s"),
        (0.06, "0.06 s"),
        (0.095, "0.1 s"),
        (0.52, "0.5 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (99, "99 s"),
        (99.6, "2 min"),
        (301, "5 min"),
    ],
)
def test_a_duration_is_rounded_for_people(took: float, said: str) -> None:
    assert duration(took) == said


@pytest.mark.usefixtures("empty_home")
@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"seconds": 0.5, "memory_mb": 0}, "Takes about 0.5 s on this computer."),
        (
            {"seconds": 12, "memory_mb": 300, "card_mb": 0},
            "Needs about 300 MB of memory. Takes about 12 s on this computer.",
        ),
        ({"seconds": 0, "memory_mb": 300, "card_mb": 0}, "Needs about 300 MB of memory."),
        ({"seconds": 0, "memory_mb": 0}, ""),
    ],
    ids=str,
)
def test_the_editors_say_what_a_model_takes(row: dict[str, Any], said: str) -> None:
    (model,) = from_rows([{**library.describe(catalogue.get(NETWORK)), **row}])
    assert model.costs == said
