"""A more accurate model that would take about a second here is suggested, each one once."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from localmatte import store
from localmatte.inference import room, suggestion
from localmatte.models import catalogue
from localmatte.models.ranking import RANKS
from localmatte.models.spec import Commercial
from localmatte.providers import CPU
from localmatte.system import pace
from localmatte_bridge import Client, Installation
from localmatte_bridge.models import from_rows
from localmatte_bridge.suggestion import from_answer
from tests import weights
from tests.commands import localmatte, on_a_terminal

SMALL, LARGER, HEAVY = "u2netp", "u2net", "birefnet-general-lite-fp16"
UNCLEAR = "isnet-fp16"
NOT_COMMERCIAL = "rmbg-1.4-fp16"


@pytest.fixture(autouse=True)
def room_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let other programs leave enough memory."""
    monkeypatch.setattr(type(CPU), "free_memory", lambda _cpu: None)


def took(model: str, seconds: float, provider: str = CPU.name) -> None:
    """Let a model have run here."""
    pace.remember(catalogue.get(model).file.sha256, provider, seconds)


def bring(model: str, home: Path) -> None:
    """Let a model be on this computer; nothing reads its file."""
    path = home / "models" / f"{catalogue.get(model).file.sha256}.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(catalogue.get(model).bytes)
    assert store.present(catalogue.get(model))


def suggested(model: str = SMALL) -> tuple[str, float] | None:
    found = suggestion.best(model)
    return (found.spec.id, round(found.seconds, 6)) if found else None


@pytest.mark.usefixtures("empty_home")
def test_every_ranked_model_is_of_the_catalogue_and_costs_something() -> None:
    for model, rank in RANKS.items():
        assert catalogue.get(model).licence.commercial is not Commercial.NO
        assert rank.cost > 0


@pytest.mark.usefixtures("empty_home")
def test_nothing_is_suggested_before_the_present_model_ran_here() -> None:
    assert suggested() is None
    took(SMALL, 0.2)
    assert suggested() == (LARGER, 0.5)


@pytest.mark.usefixtures("empty_home")
@pytest.mark.parametrize(
    ("seconds", "found"),
    [(0.04, HEAVY), (0.049, HEAVY), (0.06, LARGER), (0.6, LARGER), (0.7, None)],
)
def test_the_most_accurate_one_that_is_soon_done_is_suggested(
    seconds: float, found: str | None
) -> None:
    took(SMALL, seconds)
    answer = suggested()
    ratio = RANKS[found].cost / RANKS[SMALL].cost if found else 0
    assert answer == ((found, round(seconds * ratio, 6)) if found else None)


@pytest.mark.usefixtures("empty_home")
def test_what_a_model_took_here_counts_more_than_what_it_may_take() -> None:
    took(SMALL, 0.04)
    took(HEAVY, 9)
    assert suggested() == (LARGER, 0.1)
    took(HEAVY, 0.9)
    assert suggested() == (HEAVY, 0.9)


def test_what_is_here_may_leave_commercial_use_open_and_what_is_fetched_may_not(
    empty_home: Path,
) -> None:
    took(SMALL, 0.2)
    assert suggested() == (LARGER, 0.5)
    bring(UNCLEAR, empty_home)
    assert suggested() == (UNCLEAR, 1.2)
    bring(NOT_COMMERCIAL, empty_home)
    took(NOT_COMMERCIAL, 0.1)
    assert suggested() == (UNCLEAR, 1.2)


def test_where_nothing_may_be_fetched_only_what_is_here_is_suggested(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    took(SMALL, 0.2)
    monkeypatch.setenv("LOCALMATTE_OFFLINE", "1")
    assert suggested() is None
    bring(LARGER, empty_home)
    assert suggested() == (LARGER, 0.5)


@pytest.mark.usefixtures("empty_home")
def test_a_model_for_which_there_is_no_memory_is_not_suggested(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    took(SMALL, 0.04)
    needed = catalogue.get(HEAVY).memory.cpu * 1_000_000
    monkeypatch.setattr(type(CPU), "free_memory", lambda _cpu: needed - 1)
    room.check(CPU, catalogue.get(LARGER))
    assert suggested() == (LARGER, 0.1)


@pytest.mark.usefixtures("empty_home")
@pytest.mark.parametrize("model", ["modnet", "u2net_human_seg", HEAVY, "/tmp/mine.onnx", ""])
def test_who_chose_a_model_of_another_kind_or_the_best_is_left_alone(model: str) -> None:
    took(SMALL, 0.01)
    if model == HEAVY:
        took(HEAVY, 0.3)
    assert suggested(model) is None


@pytest.mark.parametrize("damage", [None, "", "7", "[" * 100_000, '{"a": 1}'])
def test_nobody_is_told_twice_and_a_damaged_record_is_no_record(
    empty_home: Path, damage: str | None
) -> None:
    record = empty_home / "config" / "suggested-models.json"
    if damage is not None:
        record.parent.mkdir(parents=True)
        record.write_text(damage)
    took(SMALL, 0.2)
    first = suggestion.take(SMALL)
    assert first
    assert first.spec.id == LARGER
    assert suggestion.take(SMALL) is None
    assert suggested() == (LARGER, 0.5)
    assert json.loads(record.read_text()) == [LARGER]
    took(SMALL, 0.04)
    another = suggestion.take(SMALL)
    assert another
    assert another.spec.id == HEAVY
    assert suggestion.take(SMALL) is None
    assert json.loads(record.read_text()) == [LARGER, HEAVY]


@pytest.mark.usefixtures("empty_home")
def test_who_was_told_waits_for_no_provider_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(room, "check", lambda provider, spec: asked.append(provider.name))
    took(SMALL, 0.02, "webgpu")
    assert suggestion.take(SMALL)
    assert asked == ["webgpu"]
    assert suggestion.take(SMALL) is None
    assert asked == ["webgpu"]


def test_what_cannot_be_remembered_is_not_said(empty_home: Path) -> None:
    took(SMALL, 0.2)
    (empty_home / "config").write_text("a file, and no folder")
    assert suggestion.take(SMALL) is None


def test_the_worker_suggests_it_once_to_those_who_name_the_chosen_model(
    place: Installation, home: Path
) -> None:
    took(SMALL, 0.2)
    with Client.connect(place) as client:
        assert "suggestion" not in client.ask("models").header
        for model in ("modnet", "no such model"):
            assert client.ask("models", model=model).header["suggestion"] is None
        answer = client.ask("models", model="").header
        assert answer["suggestion"] == {"model": LARGER, "seconds": 0.5}
        found = from_answer(answer, from_rows(answer["models"]))
        assert found
        assert found.sentence == (
            "U²-Net is usually more accurate, and would take about 0.5 s on this computer "
            "(176 MB). Licence: Apache-2.0, commercial use allowed."
        )
        again = client.ask("models", model=SMALL).header
        assert again["suggestion"] is None
        assert from_answer(again, from_rows(again["models"])) is None
    assert not list((home / "models").glob("*.part"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_cut_says_it_once_on_a_terminal_and_leaves_the_result_as_it_is(
    home: Path, photos: dict[str, Path], tmp_path: Path
) -> None:
    # Measured here long ago, on whatever ran it; what runs now does not change it.
    weights.place("isnet-quint8", home)
    took("isnet-quint8", 0.5)
    out = tmp_path / "out.png"
    command = ("cut", photos["chelsea"], "-o", out, "--overwrite")
    assert localmatte(*command).stderr == b""
    silent = out.read_bytes()
    _, said = on_a_terminal(*command)
    assert said.count("would take about 0.5 s on this computer (44.3 MB). Licence: ") == 1
    assert said.count("Use it with --model isnet-quint8.") == 1
    assert out.read_bytes() == silent
    assert "would take" not in on_a_terminal(*command)[1]


def test_cut_says_it_in_json_as_often_as_it_is_asked(
    home: Path, photos: dict[str, Path], tmp_path: Path
) -> None:
    weights.place("isnet-quint8", home)
    took("isnet-quint8", 0.5)
    command = ("cut", photos["chelsea"], "-o", tmp_path / "out.png", "--overwrite", "--json")
    for _turn in range(2):
        done = localmatte(*command)
        assert done.stderr == b""
        report: dict[str, Any] = json.loads(done.stdout)
        assert report["suggestion"] == {
            "model": "isnet-quint8",
            "seconds": 0.5,
            "bytes": 44_342_436,
            "licence": "not stated (its package: MIT)",
            "present": True,
        }
