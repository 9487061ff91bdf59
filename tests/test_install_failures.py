"""What the installer says when it cannot do its work: a sentence, and nothing half-done."""

from __future__ import annotations

import ast
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from install import pip
from install.process import Finished
from tests.installer import CHECKOUT, Account, sentence, with_editors

UNREACHABLE = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_FIND_LINKS": "",
    "PIP_RETRIES": "1",
    "PIP_NO_CACHE_DIR": "1",
}


@pytest.fixture
def account(tmp_path: Path) -> Account:
    home = tmp_path / "home"
    home.mkdir()
    return Account(home)


def test_a_photo_that_is_not_there_is_wrong_use(account: Account) -> None:
    done = account.install("nothing.jpg")
    assert done.returncode == 2
    assert sentence(done) == "There is no file nothing.jpg. Specify a photo."
    assert account.tree() == {}


def test_an_unknown_option_is_wrong_use(account: Account) -> None:
    assert account.install("--nonsense").returncode == 2
    assert account.tree() == {}


def test_a_dry_run_says_where_everything_would_go_and_makes_nothing(account: Account) -> None:
    with_editors(account)
    before = account.tree()
    done = account.install("--dry-run", "--editor", "gimp")
    assert done.returncode == 0, done.stderr
    assert account.tree() == before
    plugin = account.home / ".config/GIMP/3.0/plug-ins/localmatte"
    assert "would be installed; nothing was changed." in done.stdout
    assert str(account.data / "environment") in done.stdout
    assert re.search(rf"^  GIMP 3\.0.*: {plugin}$", done.stdout, re.MULTILINE)
    assert "Krita" not in done.stdout


def test_a_home_that_cannot_be_made(account: Account, tmp_path: Path) -> None:
    blocking = tmp_path / "file"
    blocking.write_bytes(b"mine")
    account.variables["LOCALMATTE_HOME"] = str(blocking / "home")
    done = account.install()
    assert done.returncode == 1
    assert "Cannot write" in sentence(done)
    assert "LOCALMATTE_HOME" in sentence(done)
    assert blocking.read_bytes() == b"mine"


def test_a_folder_of_the_users_in_the_environments_place_stays(account: Account) -> None:
    mine = account.data / "environment" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    done = account.install()
    assert done.returncode == 1
    assert "was not created by localmatte" in sentence(done)
    assert mine.read_bytes() == b"mine"


def test_without_a_network_it_says_so_and_goes_on_later(account: Account) -> None:
    with_editors(account)
    account.variables.update(UNREACHABLE)
    done = account.install()
    assert done.returncode == 1
    assert sentence(done).startswith("Cannot reach the package index.")
    assert (account.data / "environment" / "localmatte.unfinished").exists()
    # No plug-in is placed for an engine that is not there.
    assert not list(account.home.rglob("installation.json"))
    done = account.install("--uninstall")
    assert done.returncode == 0, done.stderr
    assert not account.data.exists()


@pytest.mark.parametrize("encoding", ["ascii", "cp932"])
def test_consoles_of_few_characters_get_question_marks(account: Account, encoding: str) -> None:
    account.variables["PYTHONIOENCODING"] = encoding
    for arguments in (["--help"], ["日本💥.jpg"], ["--editor"]):
        done = account.install(*arguments)
        assert done.returncode in (0, 2)
        assert "Traceback" not in done.stderr


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a small disk needs root rights"
)
def test_a_disk_that_is_too_small_is_noticed_before_anything_is_made(
    account: Account, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f"""
    mount -t tmpfs -o size=30m tmpfs "{disk}"
    "{sys.executable}" "{CHECKOUT}/install" || echo "status $?"
    ls "{disk}"
    """
    variables = {**account.environment, "LOCALMATTE_HOME": str(disk)}
    command = ["unshare", "--mount", "sh", "-c", script]
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    assert "MB are needed" in done.stderr
    assert "status 1" in done.stdout
    assert "environment" not in done.stdout


def test_an_editor_that_is_not_here_is_named(account: Account) -> None:
    choosing = subprocess.run(
        [sys.executable, "-m", "localmatte", "install", "--editor", "krita"],
        env={**account.environment, "PATH": str(account.home)},
        capture_output=True,
        text=True,
    )
    assert choosing.returncode == 1
    assert sentence(choosing).startswith("There is no krita on this computer.")


# What pip 23 to 25 print, shortened to the lines that tell.
PIP_SAYS = {
    "WARNING: Retrying after connection broken by 'NewConnectionError('<pip._vendor.urllib3."
    "connection.HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno -3] "
    "Temporary failure in name resolution')': /simple/hatchling/\n"
    "ERROR: No matching distribution found for hatchling>=1.27": "Cannot reach",
    "WARNING: Retrying after connection broken by 'SSLError(SSLCertVerificationError(1, '[SSL: "
    "CERTIFICATE_VERIFY_FAILED] certificate verify failed'))'\n"
    "ERROR: No matching distribution found for numpy": "certificate",
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device": (
        "disk is full"
    ),
    "ERROR: Could not find a version that satisfies the requirement onnxruntime>=1.24.4\n"
    "ERROR: No matching distribution found for onnxruntime>=1.24.4": "has no onnxruntime for",
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated "
    "the package versions, please update the hashes.\n    numpy==2.4.6 from https://x/numpy.whl": (
        "is not the one that localmatte expects"
    ),
    'ERROR: Exception:\nTraceback (most recent call last):\n  File "x.py", line 1, in run\n'
    "IsADirectoryError: Is a directory: 'x'": "pip failed: IsADirectoryError: Is a directory: 'x'.",
    "ERROR: Something new.": "pip failed: Something new.",
}


@pytest.mark.parametrize("output", PIP_SAYS)
def test_pips_failures_become_sentences(output: str, tmp_path: Path) -> None:
    assert PIP_SAYS[output] in pip.failure(Finished(1, output), tmp_path / "log").message


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 8, 10), (3, 10, 0)])
def test_an_old_python_gets_a_sentence(
    version: tuple[int, int, int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    started = runpy.run_path(str(CHECKOUT / "install" / "__main__.py"))
    monkeypatch.setitem(
        started["main"].__globals__,
        "sys",
        SimpleNamespace(version_info=version, stderr=sys.stderr, argv=["install"], path=[]),
    )
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("LOCALMATTE_OFFLINE", "1")
    assert started["main"]() == 1
    told = capsys.readouterr().err.splitlines()
    assert told[-2] == (
        f"localmatte requires Python 3.11 or newer; this is Python {version[0]}.{version[1]}."
    )
    assert len(told) == 2 + (version >= (3, 8))


def test_an_old_python_hands_over_to_a_newer_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = tmp_path / "python3.12"
    newer.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    newer.chmod(0o755)
    started = runpy.run_path(str(CHECKOUT / "install" / "__main__.py"))
    monkeypatch.setitem(
        started["main"].__globals__,
        "sys",
        SimpleNamespace(version_info=(3, 8, 10), stderr=sys.stderr, argv=["install", "gone.jpg"]),
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    # 2: the newer Python ran the installer, which says that there is no such photo.
    assert started["main"]() == 2


def test_every_python_can_read_the_first_file() -> None:
    source = (CHECKOUT / "install" / "__main__.py").read_text(encoding="ascii")
    tree = ast.parse(source, feature_version=(3, 7))
    newer_than_python_2 = (ast.JoinedStr, ast.AnnAssign, ast.AsyncFunctionDef, ast.Nonlocal)
    assert not [node for node in ast.walk(tree) if isinstance(node, newer_than_python_2)]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert functions
    for function in functions:
        assert function.returns is None
        assert not [name for name in function.args.args if name.annotation]
