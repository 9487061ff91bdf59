"""Presets of the edge controls: kept by name, and never lost to a file that is damaged."""

from __future__ import annotations

import json
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
