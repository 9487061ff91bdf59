"""The parts of the set-up: which Python and which uv it takes, and how it downloads."""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from install.packages import LOCKS
from install.pip import SENTENCES
from localmatte_bridge import BridgeError
from localmatte_bridge.setup import download, index, pythons, task, uv
from tests.servers import files

CONTENT = os.urandom(3 * files.MEBIBYTE + 17)
HASH = frozenset({hashlib.sha256(CONTENT).hexdigest()})
NEVER = threading.Event()

ENDINGS = (
    "linux_armv6l",
    "macosx_10_12_x86_64",
    "macosx_11_0_arm64",
    "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
    "manylinux_2_17_i686.manylinux2014_i686",
    "manylinux_2_17_x86_64.manylinux2014_x86_64",
    "musllinux_1_1_i686",
    "musllinux_1_1_x86_64",
    "win32",
    "win_amd64",
    "win_arm64",
)
"""Of the wheels' names, as the index has them."""

COMPUTERS = {
    ("linux", "x86_64", "glibc"): ENDINGS[5],
    ("linux", "x86_64", ""): ENDINGS[7],
    ("linux", "aarch64", "glibc"): ENDINGS[3],
    ("linux", "aarch64", ""): ENDINGS[3],
    ("darwin", "x86_64", ""): ENDINGS[1],
    ("darwin", "arm64", ""): ENDINGS[2],
    ("win32", "AMD64", ""): ENDINGS[9],
    ("win32", "ARM64", ""): ENDINGS[10],
}


@pytest.mark.parametrize("computer", COMPUTERS)
def test_every_computer_has_its_uv(
    computer: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    system, machine, libc = computer
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "libc_ver", lambda: (libc, "2"))
    pin = uv.Pin("1.2.3", frozenset())
    names = [f"uv-{version}-py3-none-{e}.whl" for version in ("1.2.30", "1.2.3") for e in ENDINGS]
    assert uv.wheel(names, pin) == f"uv-1.2.3-py3-none-{COMPUTERS[computer]}.whl"


def test_a_computer_without_a_uv_gets_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "s390x")
    with pytest.raises(BridgeError, match=r"no uv 1\.2\.3 for this computer"):
        uv.wheel([], uv.Pin("1.2.3", frozenset()))


def test_the_lock_names_one_uv_with_a_hash_for_each_wheel() -> None:
    pin = uv.pinned((LOCKS / "uv.txt").read_text())
    assert pin.version.count(".") == 2
    assert len(pin.hashes) >= len(ENDINGS)


def test_what_uv_is_told_comes_from_localmatte_and_from_the_users_network() -> None:
    user = {
        "HOME": "/h",
        "HTTPS_PROXY": "http://proxy",
        "PYTHONPATH": "/mine",
        "UV_CACHE_DIR": "/mine",
        "UV_OFFLINE": "1",
        "UV_PYTHON": "3.9",
        "UV_PYTHON_INSTALL_MIRROR": "https://mirror",
    }
    told = uv._variables(user, "/own/python", "/own/cache")
    assert told["UV_PYTHON_INSTALL_MIRROR"] == "https://mirror"
    assert told["HTTPS_PROXY"] == "http://proxy"
    assert (told["UV_CACHE_DIR"], told["UV_PYTHON_INSTALL_DIR"]) == ("/own/cache", "/own/python")
    assert (told["UV_NO_CONFIG"], told["UV_LINK_MODE"]) == ("1", "copy")
    assert {"UV_OFFLINE", "UV_PYTHON", "PYTHONPATH"}.isdisjoint(told)


SHARED, OLD, OWN = "shared/pip/pip.conf", "home/.pip/pip.conf", "home/.config/pip/pip.conf"
FIRST, SECOND = (
    f"[global]\nindex-url = https://{name}.example/simple/\n" for name in ("first", "second")
)
DAMAGED = "=[["

INDEXES = {
    "nothing": {},
    "the computer's": {SHARED: FIRST},
    "the user's, the old one": {SHARED: FIRST, OLD: SECOND},
    "the user's": {OLD: FIRST, OWN: SECOND},
    "that of installing": {SHARED: FIRST.replace("global", "install"), OWN: SECOND},
    "a chosen file's": {OWN: FIRST, "chosen.conf": SECOND},
    "a damaged file's": {SHARED: FIRST, OLD: DAMAGED},
}
"""What pip's files say, by whose index counts."""


@pytest.mark.parametrize("case", INDEXES)
def test_the_index_is_that_of_pips_settings(case: str, tmp_path: Path) -> None:
    environment = {
        "HOME": str(tmp_path / "home"),
        "XDG_CONFIG_DIRS": str(tmp_path / "shared"),
        "PIP_CONFIG_FILE": str(tmp_path / "chosen.conf"),
    }
    for name, text in INDEXES[case].items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = index.address(environment)

    # Pip itself ends where a file is damaged.
    for name, text in INDEXES[case].items():
        if text == DAMAGED:
            (tmp_path / name).unlink()
    command = [sys.executable, "-I", "-m", "pip", "config", "list"]
    listed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    lines = dict(line.split("=", 1) for line in listed.stdout.splitlines())
    by_pip = lines.get("install.index-url") or lines.get("global.index-url")
    assert by_pip or not INDEXES[case], listed
    assert found == (by_pip.strip("'").rstrip("/") if by_pip else index.ADDRESS)
    asked = {**environment, "PIP_INDEX_URL": "https://variable.example/simple"}
    assert index.address(asked) == "https://variable.example/simple"
    assert index.address({**environment, "PIP_CONFIG_FILE": os.devnull}) == index.ADDRESS


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_a_python_is_taken_only_if_it_can_make_an_environment(tmp_path: Path) -> None:
    real = Path(sys._base_executable).resolve()  # type: ignore[attr-defined]
    program(tmp_path / "a", "python3.14", "exit 127")
    program(tmp_path / "a", "python3.13", "echo Python was not found; exit 9")
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
    program(tmp_path / "a", "python3.12", f'PYTHONPATH="{hidden}" exec "{real}" -c "$3"')
    path = {"PATH": str(tmp_path / "a")}
    assert pythons.find(path) is None
    program(tmp_path / "b", "python3", f'exec "{real}" "$@"')
    path["PATH"] += os.pathsep + str(tmp_path / "b")
    assert pythons.find(path) == str(real)


def test_the_editors_own_python_is_not_taken(tmp_path: Path) -> None:
    real = Path(sys._base_executable).resolve()  # type: ignore[attr-defined]
    program(tmp_path / "bin", "python3", f'exec "{real}" "$@"')
    path = {"PATH": str(tmp_path / "bin")}
    assert pythons.find(path)
    assert pythons.find({**path, "APPDIR": str(tmp_path)}) is None
    assert pythons.find({**path, "SNAP": str(tmp_path)}) is None


def fetched(server: files.Server, folder: Path, cancelled: threading.Event = NEVER) -> Path:
    path = folder / "file"
    address = server.address + "/file"
    download.fetch(address, str(path), HASH, {}, lambda _here, _total: None, cancelled)
    assert path.read_bytes() == CONTENT
    assert list(folder.iterdir()) == [path]
    return path


WELL_ENOUGH = (
    files.honest,
    files.drops_each_mebibyte,
    files.ignores_range,
    files.in_turn(files.fails, files.honest),
    files.in_turn(files.drops_each_mebibyte, files.wrong_range, files.honest),
    files.in_turn(files.drops_each_mebibyte, files.another_file, files.honest),
    files.in_turn(files.announces_nothing_and_ends_early, files.honest),
)


@pytest.mark.parametrize("behaviour", WELL_ENOUGH)
def test_a_server_that_answers_well_in_the_end_is_enough(
    tmp_path: Path, behaviour: files.Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "BACK_OFF_SECONDS", 0.01)
    with files.serving({"/file": CONTENT}, behaviour) as server:
        fetched(server, tmp_path)


BADLY: dict[files.Behaviour, str] = {
    files.forbids: "Cannot download from 127.0.0.1.",
    files.fails: "Cannot download from 127.0.0.1.",
    files.wrong_bytes: "A downloaded package is not the one that localmatte expects",
    files.another_file: "A downloaded package is not the one that localmatte expects",
}


@pytest.mark.parametrize("behaviour", BADLY)
def test_a_server_that_never_does_ends_in_a_sentence(
    tmp_path: Path, behaviour: files.Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "BACK_OFF_SECONDS", 0.01)
    with (
        files.serving({"/file": CONTENT}, behaviour) as server,
        pytest.raises(BridgeError, match=BADLY[behaviour]),
    ):
        fetched(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_company_account_is_sent_to_its_own_server_alone(tmp_path: Path) -> None:
    heard: dict[str, str | None] = {}

    def listen(handler: files.Handler, content: bytes, start: int) -> None:
        heard[handler.path] = handler.headers.get("Authorization")
        files.honest(handler, content, start)

    account = "Basic " + base64.b64encode(b"me:p@ss").decode()
    with files.serving({"/uv.whl": CONTENT}, listen) as elsewhere:
        page = (
            f'<a href="../../a/uv-1.whl#sha256=0">1</a><a href="{elsewhere.address}/uv.whl">2</a>'
        )
        with files.serving({"/simple/uv/": page.encode(), "/a/uv-1.whl": CONTENT}, listen) as own:
            index = own.address.replace("://", "://me:p%40ss@") + "/simple/"
            found = download.files("uv", {"PIP_INDEX_URL": index})
            assert list(found) == ["uv-1.whl", "uv.whl"]
            for name, address in found.items():
                path = str(tmp_path / name)
                download.fetch(address, path, HASH, {}, lambda _here, _total: None, NEVER)
    assert heard == {"/simple/uv/": account, "/a/uv-1.whl": account, "/uv.whl": None}


def test_a_proxy_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = "http://index.invalid/simple/uv/"
    with files.serving({page: b'<a href="uv-1.whl">uv</a>'}) as proxy:
        monkeypatch.setenv("http_proxy", proxy.address)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        found = download.files("uv", {"PIP_INDEX_URL": "http://index.invalid/simple"})
    assert found == {"uv-1.whl": page + "uv-1.whl"}


def test_an_address_that_is_none_of_the_webs_is_refused() -> None:
    with pytest.raises(BridgeError, match="Cannot download"):
        download.files("uv", {"PIP_INDEX_URL": "file:///etc"})


@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk needs root rights")
def test_a_disk_that_is_full_ends_in_a_sentence(tmp_path: Path) -> None:
    code = """
import sys, threading
from localmatte_bridge import BridgeError
from localmatte_bridge.setup import download, storage
for work in (
    lambda: download.fetch(sys.argv[1], sys.argv[2] + "/file", frozenset({"0"}), {},
                           lambda here, total: None, threading.Event()),
    lambda: storage.check_room(sys.argv[2], 700000000),
):
    try:
        work()
    except BridgeError as error:
        print(error)
"""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = 'mount -t tmpfs -o size=1m tmpfs "$1" && shift && exec "$@"'
    with files.serving({"/file": CONTENT}) as server:
        inner = [sys.executable, "-c", code, server.address + "/file", str(disk)]
        command = ["unshare", "--mount", "sh", "-c", script, "sh", str(disk), *inner]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert first.startswith(f"Cannot write to the folder {disk}: No space left on device. Free")
    assert second.startswith(f"The disk with {disk} has 0 MB free, but 700 MB are needed. Free")


def test_what_pip_says_in_the_installer_can_be_translated() -> None:
    marked = set(task.INSTALLERS_SENTENCES)
    here = Path(download.__file__).read_text(encoding="utf-8")
    for _pattern, message, hint in SENTENCES:
        for sentence in (message, hint):
            assert sentence in marked or sentence[:40] in here, sentence
