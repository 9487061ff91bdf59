"""Files that are replaced whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from localmatte.system import files
from localmatte.system.files import replacing


@pytest.fixture(autouse=True, params=["without a name", "with a name", "copied"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to write beside a file's place: Linux's, and the others'."""
    if request.param == "with a name":
        monkeypatch.setattr(files, "OPEN_FILES", Path("/none"))
    if request.param == "copied":
        monkeypatch.setattr("os.link", _forbidden)


def _forbidden(*given: object, **named: object) -> None:
    raise PermissionError("no links here")


def test_a_file_is_replaced_when_the_block_ends_well(tmp_path: Path) -> None:
    target, usual = tmp_path / "file", tmp_path / "usual"
    target.write_text("before")
    usual.write_text("")
    with replacing(target) as stream:
        stream.write(b"after")
        assert target.read_text() == "before"
    assert target.read_text() == "after"
    assert target.stat().st_mode == usual.stat().st_mode
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "usual"]


def _interrupted(target: Path) -> None:
    with replacing(target) as stream:
        stream.write(b"half")
        raise KeyboardInterrupt


def test_what_was_there_stays_after_an_error(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("before")
    with pytest.raises(KeyboardInterrupt):
        _interrupted(target)
    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has files without a name")
def test_a_killed_process_leaves_no_half_written_file(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from localmatte.system.files import replacing\n"
        "with replacing(Path(sys.argv[1])) as stream:\n"
        "    stream.write(bytes(1 << 20)); stream.flush(); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "file")])
    assert done.returncode == -9
    assert list(tmp_path.iterdir()) == []
