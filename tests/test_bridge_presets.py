"""Presets of the edge controls: kept by name, and never lost to a file that is damaged."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from localmatte_bridge import BridgeError
from localmatte_bridge.edge_controls import CONTROLS
from localmatte_bridge.presets import Presets

DEFAULTS = {control.name: control.default for control in CONTROLS}
HAIR = {**DEFAULTS, "feather": 1.5, "shift": -2.0}


def test_a_preset_is_found_again_by_another_window(tmp_path: Path) -> None:
    path = str(tmp_path / "new folder" / "presets.json")
    assert Presets(path).names() == []
    Presets(path).save("hair", HAIR)
    Presets(path).save("Glas & Öl “x”", DEFAULTS)
    assert Presets(path).names() == ["Glas & Öl “x”", "hair"]
    assert Presets(path).values("hair") == HAIR
    Presets(path).save("hair", DEFAULTS)
    assert Presets(path).values("hair") == DEFAULTS
    Presets(path).remove("hair")
    assert Presets(path).names() == ["Glas & Öl “x”"]
    assert [file.name for file in (tmp_path / "new folder").iterdir()] == ["presets.json"]


def test_presets_that_lay_elsewhere_are_added_and_none_is_lost(tmp_path: Path) -> None:
    presets = Presets(str(tmp_path / "presets.json"))
    presets.save("hair", HAIR)
    presets.save("glass", DEFAULTS)
    elsewhere = {"hair": {"shift": 1.0}, "glass": {}, "fur": {"feather": 2.0, "unknown": 1}}
    presets.take_over(elsewhere)
    presets.take_over(elsewhere)  # as after a crash between the two files
    everything = {
        "fur": {**DEFAULTS, "feather": 2.0},
        "glass": DEFAULTS,
        "hair": HAIR,
        "hair 2": {**DEFAULTS, "shift": 1.0},
    }
    assert presets.all() == everything
    presets.take_over({"hair": {"shift": 3.0}})
    assert presets.values("hair 3")["shift"] == 3.0
    assert list(presets.all()) == [*everything, "hair 3"]


def test_an_older_file_is_moved_and_kept_where_that_fails(tmp_path: Path) -> None:
    older, newer = tmp_path / "older.json", tmp_path / "newer.json"
    presets = Presets(str(newer))
    presets.take_over_file(str(older))
    assert not newer.exists()
    Presets(str(older)).save("hair", HAIR)
    newer.write_text("damaged")
    with pytest.raises(BridgeError, match=r"newer\.json"):
        presets.take_over_file(str(older))
    assert Presets(str(older)).values("hair") == HAIR
    newer.unlink()
    presets.take_over_file(str(older))
    assert (presets.values("hair"), older.exists()) == (HAIR, False)
    older.write_text("damaged")
    with pytest.raises(BridgeError, match=r"older\.json"):
        presets.take_over_file(str(older))
    assert (older.read_text(), presets.names()) == ("damaged", ["hair"])


def test_a_preset_that_another_window_deleted_is_told(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="“hair” was deleted"):
        Presets(str(tmp_path / "presets.json")).values("hair")


def test_a_pipe_in_the_place_of_the_file_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "presets.json")
    with pytest.raises(BridgeError, match="Cannot read the presets"):
        Presets(str(tmp_path / "presets.json")).names()


@pytest.mark.parametrize(
    "wrong", [{"feather": 1e9}, {"feather": "soft"}, {"feather": True}, {"feather": None}, {"x": 1}]
)
def test_a_value_that_makes_no_sense_is_the_default(tmp_path: Path, wrong: dict[str, Any]) -> None:
    path = tmp_path / "presets.json"
    path.write_text(json.dumps({"presets": {"mine": {"shift": 3, **wrong}}}))
    assert Presets(str(path)).values("mine") == {**DEFAULTS, "shift": 3.0}


@pytest.mark.parametrize("content", ["", "[]", '{"presets": [1]}', '{"presets": {"a": 1}}', "\0"])
def test_a_damaged_file_is_told_and_stays_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "presets.json"
    path.write_text(content)
    presets = Presets(str(path))
    for action in (presets.names, lambda: presets.save("a", HAIR), lambda: presets.remove("a")):
        with pytest.raises(BridgeError, match="Cannot read the presets"):
            action()
    assert path.read_text() == content


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(BridgeError, match=r"Cannot (write to|read)"):
        Presets(str(blocked / "presets.json")).save("hair", HAIR)
