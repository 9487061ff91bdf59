"""The bridge alone: what it needs, where it looks, what it passes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import pytest

from localmatte_bridge import BridgeError, installation, wire
from localmatte_bridge.errors import summary
from localmatte_bridge.launch import clean_environment, own_packages

BRIDGE = Path(installation.__file__).parent


def _record(folder: Path, python: str) -> None:
    record = {"format": 1, "python": python, "run": "/run/x", "home": None, "version": "1.2"}
    (folder / "installation.json").write_text(json.dumps(record))


def test_the_engine_is_the_one_that_the_installer_wrote_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOCALMATTE_HOME", raising=False)
    _record(tmp_path, sys.executable)
    assert installation.beside(str(tmp_path)) == (sys.executable, "/run/x", None, "1.2")


def test_localmatte_home_wins_over_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _record(tmp_path, "/gone")
    python = tmp_path / "home" / "environment" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setenv("LOCALMATTE_HOME", str(tmp_path / "home"))
    found = installation.beside(str(tmp_path))
    assert (found.python, found.run) == (str(python), str(tmp_path / "home" / "run"))


def test_where_the_installer_was_the_engine_is_missing_and_not_yet_to_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALMATTE_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(BridgeError, match="is not installed"):
        installation.beside(str(tmp_path))
    _record(tmp_path, sys.executable)
    with pytest.raises(BridgeError, match="was moved or deleted"):
        installation.beside(str(tmp_path))


@pytest.mark.parametrize("record", [None, "not json", "{}", '{"python": "/gone", "run": "/x"}'])
def test_without_an_engine_there_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: str | None
) -> None:
    monkeypatch.delenv("LOCALMATTE_HOME", raising=False)
    if record is not None:
        (tmp_path / "installation.json").write_text(record)
    with pytest.raises(BridgeError) as caught:
        installation.beside(str(tmp_path))
    assert caught.value.code == "engine-missing"
    assert "python3 install" in caught.value.hint


def test_a_long_path_still_gives_an_address_that_a_socket_can_have(tmp_path: Path) -> None:
    deep = str(tmp_path / ("deep" * 50))
    address = installation.Installation("python", deep).address
    assert len(os.fsencode(address)) <= installation.SOCKET_PATH_LIMIT
    assert installation.Installation("python", deep).address == address
    assert installation.Installation("python", deep + "er").address != address


def test_what_an_editor_sets_for_itself_is_not_passed_on() -> None:
    host = {
        "PYTHONPATH": "/gimp",
        "LD_LIBRARY_PATH": "/app/usr/lib:/app/lib",
        "GI_TYPELIB_PATH": "/gi",
        "QT_PLUGIN_PATH": "/qt",
        "APPDIR": "/app",
        "SSL_CERT_FILE": "/app/etc/cert.pem",
        "DYLD_LIBRARY_PATH": "/app",
        "XDG_DATA_DIRS": "/app/share",
    }
    user = {"HOME": "/h", "PATH": "/bin", "LOCALMATTE_OFFLINE": "1", "HTTPS_PROXY": "x", "E": ""}
    assert clean_environment({**host, **user}) == user


def test_what_a_user_sets_for_all_programs_reaches_the_engine() -> None:
    user = {
        "LD_LIBRARY_PATH": "/usr/local/cuda/lib64:/apparatus/lib",
        "SSL_CERT_FILE": "/etc/ssl/company.pem",
        "SSL_CERT_DIR": "/etc/ssl/certs",
    }
    host = {"APPDIR": "/app", "LD_LIBRARY_PATH": "/app/lib:" + user["LD_LIBRARY_PATH"] + ":"}
    assert clean_environment(user, packages=[]) == user
    assert clean_environment({**user, **host}) == user


def test_the_folders_of_the_system_are_no_package_of_an_editor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "prefix", "/usr")
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3")
    assert own_packages({}) == []
    assert own_packages({"SNAP": "/snap/krita/1", "FLATPAK_ID": "x"}) == ["/snap/krita/1", "/app"]
    monkeypatch.setattr(sys, "executable", "/Applications/GIMP.app/Contents/MacOS/python3")
    assert own_packages({}) == ["/Applications/GIMP.app"]


def test_a_payload_arrives_whole_in_pieces() -> None:
    here, there = Pipe()
    payload = bytes(range(256)) * 100
    wire.send(here, {"kind": "x", "bytes": len(payload)}, [payload[:1000], payload[1000:]])
    header = wire.receive_header(there)
    assert wire.receive_payload(there, wire.payload_size(header, len(payload))) == payload


def test_chunks_cover_a_payload_without_copying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "CHUNK", 1000)
    pieces = list(wire.chunks(bytes(2500)))
    assert [len(piece) for piece in pieces] == [1000, 1000, 500]
    assert list(wire.chunks(b"")) == []


@pytest.mark.parametrize("size", [-1, 101, 1.5, "9", None, True, 1 << 70])
def test_an_impossible_payload_size_is_refused(size: Any) -> None:
    with pytest.raises(BridgeError):
        wire.payload_size({"bytes": size}, 100)


def test_more_than_was_announced_is_refused() -> None:
    here, there = Pipe()
    here.send_bytes(bytes(20))
    with pytest.raises((BridgeError, OSError)):
        wire.receive_payload(there, 10)


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000, "-" + "9" * 30]
)
def test_a_number_that_no_field_could_hold_is_no_message(number: str) -> None:
    here, there = Pipe()
    here.send_bytes(f'{{"v": 1, "kind": "x", "n": {number}}}'.encode())
    with pytest.raises(BridgeError, match="invalid message"):
        wire.receive_header(there)


def test_a_sender_can_give_up_in_the_middle() -> None:
    here, there = Pipe()
    here.send_bytes(bytes(4))
    here.send_bytes(b"")
    with pytest.raises(wire.GivenUpError):
        wire.receive_payload(there, 10)


def test_it_imports_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import localmatte_bridge;"
        "print([m for m in sys.modules if m.split('.')[0] in"
        " ('numpy', 'PIL', 'onnxruntime', 'platformdirs', 'localmatte')])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(BRIDGE.parent)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_long_causes_are_left_out_of_a_summary_and_nothing_else_is() -> None:
    causes = "https://example.org/model.onnx: no answer; pip: " + "no such package; " * 5
    assert summary(f"Could not download the model u2netp ({causes}).") == (
        "Could not download the model u2netp."
    )
    for whole in ("The image has no pixels (0 × 3).", "Cannot write to x (y) z.", "Cancelled."):
        assert summary(whole) == whole
