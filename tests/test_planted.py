"""What lies in the place of a file of localmatte's harms nothing, and nobody waits for it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from localmatte import library
from localmatte.inference import trial
from localmatte.onnx import kept
from localmatte.progress import CancelToken, no_progress
from localmatte.store import licences
from localmatte.store.lock import locked
from localmatte.store.part import PartFile
from localmatte.system import error_log
from localmatte_bridge import BridgeError, Client, Installation
from tests.workers import pid_of

PRECIOUS = b"precious"


def _link(path: Path) -> None:
    mine = path.parent / "mine"
    mine.write_bytes(PRECIOUS)
    path.symlink_to(mine)


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _folder(path: Path) -> None:
    (path / "inside").mkdir(parents=True)


def _garbage(path: Path) -> None:
    path.write_bytes(b"\xff\x00" * 50)


def _nothing(path: Path) -> None:
    path.write_bytes(b"")


PLANTED: dict[str, Callable[[Path], None]] = {
    "a link": _link,
    "a loop of links": _loop,
    "a folder": _folder,
    "a pipe": os.mkfifo,
    "garbage": _garbage,
    "nothing": _nothing,
}


UNUSABLE = {("a folder", name) for name in ("key", "worker.lock", "worker.log", "elsewhere")}
"""It may hold what is the user's, so nobody deletes it."""


@pytest.mark.parametrize("kind", PLANTED)
@pytest.mark.parametrize("name", ["key", "worker.sock", "worker.lock", "worker.log", "elsewhere"])
def test_a_worker_comes_about_or_it_is_said_why_not(
    place: Installation, name: str, kind: str
) -> None:
    run = Path(place.run)
    run.mkdir(mode=0o700)
    PLANTED[kind](run / name)
    if (kind, name) in UNUSABLE:
        with pytest.raises(BridgeError) as caught:
            Client.connect(place)
        assert str(run) in str(caught.value)
        assert caught.value.hint
    else:
        with Client.connect(place) as asked:
            assert pid_of(asked)
    if kind == "a link":
        assert (run / "mine").read_bytes() == PRECIOUS


@pytest.mark.parametrize("kind", [kind for kind in PLANTED if kind != "a link"])
def test_a_record_in_which_nothing_can_be_read_counts_as_none(home: Path, kind: str) -> None:
    (home / "config").mkdir()
    (home / "cache").mkdir()
    (home / "logs").mkdir()
    sha256 = "0" * 64
    plant = PLANTED[kind]
    plant(licences._path())
    plant(trial._file())
    plant(error_log.path())
    plant(home / "models" / f"{sha256}.cpu-native-0.graph")
    plant(home / "models" / f"{sha256}.toml")
    assert licences._read() == {}
    assert trial._remembered() == {}
    assert kept.load(sha256, "cpu-native-0") is None
    error_log.record(ValueError("x"))
    assert isinstance(error_log.text(), str)
    assert [spec.id for spec in library.models()] != []
    assert json.dumps([library.describe(spec) for spec in library.models()])


@pytest.mark.parametrize("kind", ["a link", "a pipe", "a loop of links"])
def test_a_download_does_not_write_to_what_lies_in_its_files_place(home: Path, kind: str) -> None:
    spec = library.known("u2netp")
    PLANTED[kind](home / "models" / f"{spec.file.sha256}.part")
    PLANTED[kind](home / "models" / f"{spec.file.sha256}.lock")
    with PartFile(spec.file, CancelToken()) as part:
        assert part.offset == 0
    with locked(home / "models" / f"{spec.file.sha256}.lock", no_progress, CancelToken()):
        pass
    if kind == "a link":
        assert (home / "models" / "mine").read_bytes() == PRECIOUS


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
@pytest.mark.parametrize("mode", [0o700, 0o755, 0o777])
def test_a_folder_of_another_users_is_refused(place: Installation, mode: int) -> None:
    run = Path(place.run)
    run.mkdir()
    run.chmod(mode)
    os.chown(run, 65534, 65534)
    with pytest.raises(BridgeError, match="accessible to other users") as caught:
        Client.connect(place)
    assert str(run) in str(caught.value)
    os.chown(run, 0, 0)
