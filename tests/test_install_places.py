"""The installer's folders are the engine's folders, on every operating system."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs.macos
import platformdirs.unix
import platformdirs.windows
import pytest

from install import places
from localmatte.system import paths
from localmatte_bridge import installation
from localmatte_bridge.installation import Installation

CHOICES: list[dict[str, str]] = [
    {},
    {"LOCALMATTE_HOME": "/somewhere/else"},
    {"LOCALMATTE_HOME": "~/localmatte"},
    {
        "XDG_DATA_HOME": "/data",
        "XDG_CONFIG_HOME": "/config",
        "XDG_CACHE_HOME": "/cache",
        "XDG_STATE_HOME": "/state",
    },
    {"XDG_DATA_HOME": "relative", "XDG_CONFIG_HOME": "", "XDG_CACHE_HOME": "also/relative"},
]


@pytest.fixture(params=CHOICES, ids=str)
def chosen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name in {name for choice in CHOICES for name in choice}:
        monkeypatch.delenv(name, raising=False)
    for name, value in request.param.items():
        monkeypatch.setenv(name, value)
    return dict(request.param)


def test_they_agree_with_the_engine_here(chosen: dict[str, str]) -> None:
    found = places.find()
    assert found.home == paths.home()
    assert found.data == paths.data()
    assert found.config == paths.config()
    assert found.cache == paths.cache()
    assert found.logs == paths.logs()
    assert found.models == paths.models()
    assert found.environment == paths.environment()
    assert found.run == paths.run()
    assert installation.own(os.environ).run == str(paths.run())


@pytest.mark.parametrize(
    ("platform", "answers"),
    [("linux", platformdirs.unix.Unix), ("darwin", platformdirs.macos.MacOS)],
)
def test_they_agree_with_platformdirs(
    platform: str, answers: type[platformdirs.PlatformDirs], chosen: dict[str, str]
) -> None:
    if "LOCALMATTE_HOME" in chosen:
        return
    expected = answers(places.NAME, appauthor=False)
    found = places.find(platform)
    assert str(found.data) == expected.user_data_dir
    assert str(found.config) == expected.user_config_dir
    assert str(found.cache) == expected.user_cache_dir
    assert str(found.logs) == expected.user_log_dir


def test_they_agree_with_platformdirs_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCALMATTE_HOME", raising=False)
    monkeypatch.setenv("LOCALAPPDATA", "C:/Users/u/AppData/Local")
    monkeypatch.setenv("WIN_PD_OVERRIDE_LOCAL_APPDATA", "C:/Users/u/AppData/Local")
    expected = platformdirs.windows.Windows(places.NAME, appauthor=False)
    found = places.find("win32")
    assert found.data == Path(expected.user_data_dir)
    assert found.config == Path(expected.user_config_dir)
    assert found.cache == Path(expected.user_cache_dir)
    assert found.logs == Path(expected.user_log_dir)


def test_windows_without_its_variable_has_its_usual_folder() -> None:
    assert places.find("win32", {}).data == Path("~/AppData/Local/localmatte").expanduser()


@pytest.mark.parametrize("length", [10, 200])
def test_the_sockets_folder_is_the_bridges(tmp_path: Path, length: int) -> None:
    home = tmp_path / ("x" * length)
    found = places.find("linux", {"LOCALMATTE_HOME": str(home)})
    socket = Path(Installation("", str(found.run)).address)
    long = len(os.fsencode(found.run)) > 80
    assert socket.parent == (found.sockets if long else found.run)
