"""What uninstalling may remove: the names that the engine gives its files, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from install import cli, places
from install.uninstall import OWN_FILES
from localmatte.inference import trial
from localmatte.models import catalogue
from localmatte.store import cache, licences
from localmatte.system import pace, paths
from localmatte_bridge.installation import Installation
from localmatte_bridge.presets import Presets
from tests import weights


def ours(folder: str, name: str) -> bool:
    return re.fullmatch(OWN_FILES[folder], name) is not None


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCALMATTE_HOME", str(tmp_path))
    return tmp_path


def test_models_and_what_lies_beside_them_are_ours() -> None:
    for spec in catalogue.MODELS:
        path = cache.path_of(spec.file)
        assert path.parent == places.find().models
        for suffix in (".onnx", ".part", ".lock", ".toml"):
            assert ours("models", path.with_suffix(suffix).name)


def test_a_damaged_model_that_was_set_aside_is_ours() -> None:
    path = cache.path_of(catalogue.get("u2netp").file)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"damaged")
    aside = cache.set_aside(path)
    assert aside.parent == places.find().models / "damaged"
    assert ours("damaged", aside.name)


def test_accepted_licences_are_ours() -> None:
    assert ours("config", licences.FILE_NAME)


def test_remembered_providers_are_ours() -> None:
    remembered = trial._file()
    assert remembered.parent == places.find().cache
    assert ours("cache", remembered.name)


def test_what_is_remembered_of_a_models_pace_is_ours() -> None:
    pace.remember("0" * 64, "cpu", 1.0)
    [kept] = places.find().cache.iterdir()
    assert ours("cache", kept.name)


def test_what_a_worker_leaves_is_ours() -> None:
    engine = Installation("python", str(paths.run()))
    for path in (engine.address, engine.key_file, engine.log_file, "worker.lock"):
        assert ours("run", Path(path).name)


def test_the_presets_of_the_editors_are_ours(home: Path) -> None:
    engine = Installation("python", str(paths.run()))
    presets = Presets(engine.presets_file)
    presets.save("hair", {})
    assert Path(engine.presets_file).parent == places.find().data
    assert ours("data", Path(engine.presets_file).name)
    # What a killed editor leaves of it.
    assert ours("data", ".presets-x1y2")


def test_models_can_be_kept_and_all_else_goes(home: Path) -> None:
    here = places.find()
    model = weights.place("u2netp", here.data)
    Presets(str(here.data / "presets.json")).save("hair", {})
    (here.python / "cpython-3.13.1-linux-x86_64-gnu/bin").mkdir(parents=True)
    (here.setup / "source").mkdir(parents=True)
    assert cli.remove(keep_models=True) == 0
    assert [path for path in home.rglob("*") if path.is_file()] == [model]
    assert not here.python.exists()
    assert not here.setup.exists()
    assert cli.remove() == 0
    assert not home.exists()


def test_a_python_that_uv_did_not_bring_stays(home: Path) -> None:
    here = places.find()
    for name in ("cpython-3.13.1-linux-x86_64-gnu", "mine"):
        (here.python / name).mkdir(parents=True)
    assert cli.remove() == 0
    assert (here.python / "mine").is_dir()


@pytest.mark.parametrize("folder", OWN_FILES)
@pytest.mark.parametrize("name", ["photo.jpg", "mine.onnx", "notes.txt", "settings.ini", "u2net"])
def test_a_users_file_is_not(folder: str, name: str) -> None:
    assert not ours(folder, name)
