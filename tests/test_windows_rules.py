"""What Windows demands of names, paths, open files and consoles, held on any system."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest
from PIL import Image

from install import source, zips
from localmatte.cli import program
from localmatte.cli.outline import Command
from tests import weights
from tests.installer import Account, with_editors
from tests.servers import packages

RULES = Path(__file__).parent / "simulated" / "windows"
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f]|[. ]$')
LONGEST_PATH = 259
"""Characters, where long paths are not switched on."""

USER = r"C:\Users\TwentyCharactersName"
RESOURCES = {
    "gimp": rf"{USER}\AppData\Local\Packages\GIMP.GIMP_abcdefghijklm\LocalCache\Roaming\GIMP\3.0"
    r"\plug-ins",
    "krita": rf"{USER}\AppData\Local\Packages\49800Krita_abcdefghijklm\LocalCache\Roaming\krita"
    r"\pykrita",
}
DATA = rf"{USER}\AppData\Local\localmatte"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[PurePosixPath]]:
    """The names in each editor's zip, those in its engine.zip after them."""
    names = {}
    for path in zips.build(tmp_path_factory.mktemp("zips"), source.find()):
        with zipfile.ZipFile(path) as outer, outer.open("localmatte/engine.zip") as engine:
            inner = zipfile.ZipFile(engine).namelist()
            (editor,) = (editor for editor in RESOURCES if editor in path.stem.split("-"))
            names[editor] = [
                *map(PurePosixPath, outer.namelist()),
                *(PurePosixPath("setup/engine") / name for name in inner),
            ]
    assert set(names) == set(RESOURCES)
    return names


def test_windows_takes_every_name(released: dict[str, list[PurePosixPath]]) -> None:
    for paths in released.values():
        for part in {part for path in paths for part in path.parts}:
            assert not RESERVED.fullmatch(part), part
            assert not FORBIDDEN.search(part), part
        assert len({str(path).casefold() for path in paths}) == len(paths)


def test_every_path_is_short_enough(released: dict[str, list[PurePosixPath]]) -> None:
    for editor, paths in released.items():
        for path in paths:
            _check_length(DATA if path.parts[0] == "setup" else RESOURCES[editor], path)


def test_every_path_of_the_engines_environment_is_short_enough() -> None:
    for wheel in packages.wheels().glob("*.whl"):
        with zipfile.ZipFile(wheel) as zipped:
            for name in zipped.namelist():
                _check_length(rf"{DATA}\environment\Lib\site-packages", PurePosixPath(name))


def _check_length(folder: str, path: PurePosixPath) -> None:
    longest = path
    if path.suffix == ".py":
        longest = path.parent / "__pycache__" / f"{path.stem}.cpython-314.opt-1.pyc"
    assert len(rf"{folder}\{longest}") <= LONGEST_PATH, longest


@pytest.fixture
def account(tmp_path: Path) -> Account:
    """An account whose Pythons refuse what Windows refuses."""
    home = tmp_path / "Zoë 木村 🎨"
    home.mkdir()
    own = {"PYTHONPATH": str(RULES), "LOCALMATTE_REFUSED": str(tmp_path / "refused.txt")}
    account = with_editors(Account(home, variables=own))
    weights.place("u2netp", account.data)
    return account


def _environment(account: Account) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "LOCALMATTE_HOME"}
    return {**inherited, **account.environment}


def localmatte(account: Account, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "localmatte", *map(str, arguments)]
    environment = _environment(account)
    done = subprocess.run(
        command, env=environment, cwd=account.home, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    refused = Path(account.variables["LOCALMATTE_REFUSED"])
    assert not refused.exists(), refused.read_text()
    return done


def test_the_rules_hold_for_a_python(account: Account) -> None:
    code = "import os, pathlib; f = open('a', 'w'); pathlib.Path('b').touch(); os.replace('b', 'a')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=_environment(account),
        cwd=account.home,
        capture_output=True,
        text=True,
    )
    assert "PermissionError" in done.stderr
    assert "os.rename" in Path(account.variables["LOCALMATTE_REFUSED"]).read_text()


def test_no_file_is_replaced_or_deleted_while_it_is_open(
    account: Account, photos: dict[str, Path]
) -> None:
    folder = account.home / "写真"
    folder.mkdir()
    for name in ("chelsea", "coffee"):
        Image.open(photos[name]).resize((96, 64)).save(folder / f"{name} 🐈.png")
    for _ in range(2):
        localmatte(account, "cut", folder, "-o", account.home / "out", "--overwrite")
    assert len(list((account.home / "out").iterdir())) == 2
    mask = account.home / "mask.png"
    for _ in range(2):
        localmatte(account, "cut", folder / "coffee 🐈.png", "--mask", "-o", mask, "--overwrite")
    localmatte(account, "finish", folder / "coffee 🐈.png", mask, "-o", account.home / "new.png")
    localmatte(account, "doctor", "--report", account.home / "report.txt")


def test_no_model_is_replaced_or_deleted_while_it_is_open(account: Account) -> None:
    [model] = (account.data / "models").glob("*.onnx")
    own = shutil.copy(model, account.home / "own.onnx")
    localmatte(account, "models", "remove", "u2netp")
    localmatte(account, "models", "import", own)
    localmatte(account, "models", "verify")
    listed = json.loads(localmatte(account, "models", "--json").stdout)
    assert [row["id"] for row in listed if row["present"]] == ["u2netp"]
    localmatte(account, "models", "remove", "u2netp")


def test_no_plug_in_is_replaced_or_deleted_while_it_is_open(account: Account) -> None:
    localmatte(account, "install")
    for placed in account.home.rglob("plug-ins/localmatte/localmatte_gimp/words.py"):
        placed.write_text("an older version's")
    localmatte(account, "install")
    localmatte(account, "install", "--link")
    localmatte(account, "uninstall")
    assert not list(account.home.rglob("*localmatte*"))


ENCODINGS = ("cp932", "cp1252")


def _commands() -> Iterable[tuple[str, ...]]:
    return (command.path for command in Command((), program()).all())


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_console_of_few_characters_shows_every_command(encoding: str, account: Account) -> None:
    account.variables.update(PYTHONIOENCODING=f"{encoding}:strict", PYTHONUTF8="0")
    environment = _environment(account)
    missing = account.home / "犬 🐕 ß é.jpg"
    for arguments in [
        *([*path, "--help"] for path in _commands()),
        ["models"],
        ["doctor"],
        ["cut", str(missing), str(account.home / "Straße ☕.png")],
        ["cut", str(missing), "--json"],
        ["models", "import", str(missing)],
        ["completion", "zsh"],
    ]:
        done = subprocess.run(
            [sys.executable, "-m", "localmatte", *arguments], env=environment, capture_output=True
        )
        assert b"Traceback" not in done.stderr, arguments
        assert done.returncode in (0, 1, 2), (arguments, done.stderr)
        done.stdout.decode(encoding)
        done.stderr.decode(encoding)
