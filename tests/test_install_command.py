"""`localmatte install` and `localmatte uninstall`: the engine is the Python that runs them."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from install import editors, source, zips
from install.editors.base import Machine
from tests import weights
from tests.installer import Account, with_editors


@pytest.fixture
def account(tmp_path: Path) -> Account:
    account = with_editors(Account(tmp_path))
    weights.place("u2netp", account.data)
    return account


def localmatte(account: Account, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "localmatte", *arguments]
    return subprocess.run(command, env=account.environment, capture_output=True, text=True)


def test_it_places_the_plugins_for_this_python(account: Account) -> None:
    done = localmatte(account, "install")
    assert done.returncode == 0, done.stderr
    plugin = account.home / ".config/GIMP/3.0/plug-ins/localmatte"
    assert json.loads((plugin / "installation.json").read_text())["python"] == sys.executable
    assert not (account.data / "environment").exists()


def test_it_serves_only_the_editors_named(account: Account) -> None:
    assert localmatte(account, "install", "--editor", "krita").returncode == 0
    assert (account.home / ".local/share/krita/pykrita/localmatte").is_dir()
    assert not (account.home / ".config/GIMP/3.0/plug-ins/localmatte").exists()


def test_one_editors_plugin_can_be_taken_away_alone(account: Account) -> None:
    assert localmatte(account, "install").returncode == 0
    done = localmatte(account, "uninstall", "--editor", "gimp")
    assert done.returncode == 0, done.stderr
    assert not (account.home / ".config/GIMP/3.0/plug-ins/localmatte").exists()
    assert (account.home / ".config/GIMP/3.0/plug-ins/other/other.py").is_file()
    assert (account.home / ".local/share/krita/pykrita/localmatte/installation.json").is_file()
    assert list((account.data / "models").glob("*.onnx"))


def test_uninstall_takes_the_models_too(account: Account, tmp_path: Path) -> None:
    assert localmatte(account, "install").returncode == 0
    done = localmatte(account, "uninstall")
    assert done.returncode == 0, done.stderr
    assert not account.data.exists()
    assert b"localmatte" not in (tmp_path / ".config/kritarc").read_bytes()


def test_a_plugin_folder_that_is_a_link_is_not_written_through(
    account: Account, tmp_path: Path
) -> None:
    target = tmp_path / "developers-copy"
    target.mkdir()
    (account.home / ".config/GIMP/3.0/plug-ins/localmatte").symlink_to(target)
    done = localmatte(account, "install")
    assert done.returncode == 0, done.stderr
    assert list(target.iterdir()) == []
    assert "is a link" in done.stdout
    # The other editors have their plug-in all the same.
    assert (account.home / ".config/GIMP/3.2/plug-ins/localmatte/localmatte.py").is_file()


def test_doctor_sees_the_plugins(account: Account) -> None:
    assert localmatte(account, "install", "--editor", "gimp").returncode == 0
    report = json.loads(localmatte(account, "doctor", "--json").stdout)
    placed = {name: editor["placed"] for name, editor in report["editors"].items()}
    assert placed == {
        "GIMP 2.10 (AppImage or other)": True,
        "GIMP 3.0 (AppImage or other)": True,
        "GIMP 3.2 (AppImage or other)": True,
        "Krita (AppImage or other)": False,
    }


def test_a_plugin_that_came_as_a_zip_is_taken_over_and_taken_away(account: Account) -> None:
    folder = account.home / ".config/GIMP/3.0/plug-ins"
    [archive] = [p for p in zips.build(account.home / "zips", source.find()) if "gimp" in p.name]
    with zipfile.ZipFile(archive) as zipped:
        zipped.extractall(folder)
    [gimp] = [e for e in editors.find(Machine(home=account.home, variables={})) if e.placed]
    assert gimp.placed_version == "0.1.0"
    assert localmatte(account, "install", "--editor", "gimp").returncode == 0
    # A set-up that nobody needs any more is not offered.
    assert not (folder / "localmatte/engine.zip").exists()
    done = localmatte(account, "uninstall", "--editor", "gimp")
    assert done.returncode == 0, done.stderr
    assert not (folder / "localmatte").exists()
