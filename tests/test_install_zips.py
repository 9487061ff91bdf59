"""The zip for Krita's own importer."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.installer import CHECKOUT, Account

GERMAN = "locale/de/LC_MESSAGES/localmatte.mo"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    account = Account(tmp_path / "home")
    done = account.install("--krita-zip", tmp_path / "localmatte.zip")
    assert done.returncode == 0, done.stderr
    assert account.tree() == {}
    return tmp_path / "localmatte.zip"


def test_it_names_its_folder_first(written: Path) -> None:
    assert zipfile.ZipFile(written).namelist()[0] == "localmatte/"


def test_it_holds_the_adapter_the_bridge_and_the_engine(written: Path, tmp_path: Path) -> None:
    archive = zipfile.ZipFile(written)
    for name, file in {
        "localmatte.desktop": "krita_plugin/localmatte.desktop",
        "localmatte.action": "krita_plugin/localmatte.action",
        "localmatte/__init__.py": "krita_plugin/localmatte/__init__.py",
        "localmatte/localmatte_bridge/client.py": "core/localmatte_bridge/client.py",
        f"localmatte/localmatte_bridge/{GERMAN}": f"core/localmatte_bridge/{GERMAN}",
    }.items():
        assert archive.read(name) == (CHECKOUT / file).read_bytes()
    engine = json.loads(archive.read("localmatte/installation.json"))
    assert Path(engine["python"]).is_relative_to(tmp_path / "home")


def test_the_same_sources_give_the_same_bytes(written: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.zip"
    assert Account(tmp_path / "home").install("--krita-zip", again).returncode == 0
    assert again.read_bytes() == written.read_bytes()
