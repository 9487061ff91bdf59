"""Files that are replaced whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from localmatte.system.files import replacing


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
