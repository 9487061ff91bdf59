"""The zips: for Krita's own importer, and those of a release."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from install import zips
from tests.installer import CHECKOUT, Account, copy_of_checkout

VERSION = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]
GIMP, KRITA = (
    f"localmatte-{VERSION}-{editors}.zip" for editors in ("gimp-3.0-to-3.2", "krita-5.2-to-6.0")
)

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


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A folder with the zips of a release."""
    (tmp_path / "home").mkdir(exist_ok=True)
    account = Account(tmp_path / "home")
    done = account.install("--build-zips", tmp_path / "release")
    assert done.returncode == 0, done.stderr
    assert account.tree() == {}
    names = sorted(path.name for path in (tmp_path / "release").iterdir())
    assert names == [GIMP, KRITA]
    # What is printed is what `sha256sum --check` takes.
    assert done.stdout.splitlines() == [
        f"{hashlib.sha256((tmp_path / 'release' / name).read_bytes()).hexdigest()}  {name}"
        for name in names
    ]
    return tmp_path / "release"


def test_a_release_has_the_same_bytes_elsewhere_later_and_with_other_permissions(
    release: Path, tmp_path: Path
) -> None:
    other = copy_of_checkout(tmp_path / "ein anderer Ort")
    for path in other.rglob("*"):
        path.chmod(0o700)
        os.utime(path, (1, 1))
    (other / "gimp_plugin/localmatte/.DS_Store").write_text("a Mac's")
    (other / "gimp_plugin/localmatte/__pycache__").mkdir(exist_ok=True)
    (other / "gimp_plugin/localmatte/__pycache__/localmatte.pyc").write_text("Python's")
    account = Account(tmp_path / "home", checkout=other, umask=0o077)
    assert account.install("--build-zips", tmp_path / "again").returncode == 0
    for name in (GIMP, KRITA):
        assert (tmp_path / "again" / name).read_bytes() == (release / name).read_bytes()


def test_a_release_knows_of_no_computer(release: Path) -> None:
    for name in (GIMP, KRITA):
        with zipfile.ZipFile(release / name) as archive:
            members = {member: archive.read(member) for member in archive.namelist()}
        assert members["localmatte/LICENSE"] == (CHECKOUT / "LICENSE").read_bytes()
        assert f"localmatte/localmatte_bridge/{GERMAN}" in members
        assert "localmatte/localmatte_bridge/client.py" in members
        assert not [member for member in members if member.endswith(("installation.json", ".po"))]
        assert not [member for member, data in members.items() if bytes(CHECKOUT) in data]


def test_gimps_zip_is_one_folder_whose_program_can_be_run(release: Path, tmp_path: Path) -> None:
    place = tmp_path / "plug-ins"
    with zipfile.ZipFile(release / GIMP) as archive:
        for info in archive.infolist():
            # As unzip and the file managers do.
            Path(archive.extract(info, place)).chmod(stat.S_IMODE(info.external_attr >> 16))
    assert [path.name for path in place.iterdir()] == ["localmatte"]
    main = place / "localmatte/localmatte.py"
    assert main.stat().st_mode & 0o777 == 0o755
    assert {
        path.name
        for path in place.rglob("*")
        if path.is_file() and path.stat().st_mode & stat.S_IXUSR
    } == {"localmatte.py"}
    # What GIMP's Python imports by itself is complete.
    code = "import localmatte_bridge.client, localmatte_bridge.words"
    subprocess.run([sys.executable, "-c", code], cwd=place / "localmatte", check=True)


def test_a_program_that_has_changed_has_another_date_and_nothing_else_has(tmp_path: Path) -> None:
    """GIMP goes by the date of a plug-in that it knows, and would not see the new procedures."""
    dates = []
    for program in (b"#!/usr/bin/env python3\n1\n", b"#!/usr/bin/env python3\n2\n"):
        path = tmp_path / "plug-in.zip"
        path.write_bytes(zips.archive({"localmatte.py": program, "words.py": program[2:]}))
        with zipfile.ZipFile(path) as archive:
            dates.append([info.date_time for info in archive.infolist()])
    (first, words), (second, other_words) = dates
    assert first != second
    assert words == other_words


def test_kritas_zip_is_what_its_importer_takes(release: Path) -> None:
    names = zipfile.ZipFile(release / KRITA).namelist()
    assert names[0] == "localmatte/"
    assert {"localmatte.desktop", "localmatte.action", "localmatte/__init__.py"} < set(names)
    assert {name.split("/")[0] for name in names} == {
        "localmatte",
        "localmatte.action",
        "localmatte.desktop",
    }


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "file").write_text("in the way")
    done = Account(tmp_path / "home").install("--build-zips", tmp_path / "file" / "zips")
    assert done.returncode == 1
    assert (done.stderr.count("\n"), "Traceback" in done.stderr) == (1, False)
