"""Krita's settings: one line more, and everything else byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from install import kritarc
from install.running import krita_with

FILES = {
    "none": None,
    "empty": b"",
    "no group": b"[General]\nx=1\n",
    "no group, no last line end": b"[General]\nx=1",
    "group with others": b"[a]\nx=1\n\n[python]\nenable_b=true\nenable_c=false\n\n[z]\ny=2\n",
    "group at the end": b"[a]\nx=1\n\n[python]\nenable_b=true\n",
    "empty group": b"[python]\n\n[z]\ny=2\n",
    "switched off": b"[python]\nenable_a=true\nenable_localmatte=false\nenable_z=true\n",
    "Windows line ends": b"[a]\r\nx=1\r\n\r\n[python]\r\nenable_b=true\r\n\r\n[z]\r\ny=2\r\n",
    "Windows line ends, no group": b"[a]\r\nx=1\r\n",
    "same key in other groups": b"[a]\nenable_localmatte=false\n[python]\nx=1\n[z]\n"
    b"enable_localmatte=false\n",
    "group in the name of another": b"[python][sub]\nx=1\n\n[not python]\ny=2\n",
    "not UTF-8": b"[General]\nname=\xff\xfe\x00\n",
}


@pytest.mark.parametrize("name", FILES)
def test_switching_on_adds_one_line_and_perhaps_its_group(name: str) -> None:
    before = FILES[name]
    after, _ = kritarc.enable(before)
    assert kritarc.enabled(after)
    changed = {b"enable_localmatte=true", b"enable_localmatte=false", b"[python]", b""}
    kept = [line for line in (before or b"").splitlines() if line not in changed]
    assert [line for line in after.splitlines() if line not in changed] == kept


@pytest.mark.parametrize("name", FILES)
def test_taking_it_back_gives_the_same_bytes(name: str) -> None:
    after, undo = kritarc.enable(FILES[name])
    assert kritarc.disable(after, undo) == FILES[name]


@pytest.mark.parametrize("name", FILES)
def test_only_a_true_under_its_own_group_counts(name: str) -> None:
    assert not kritarc.enabled(FILES[name])


def test_what_krita_wrote_meanwhile_stays() -> None:
    after, undo = kritarc.enable(None)
    krita_wrote = b"[General]\nx=1\n\n" + after.replace(b"[python]\n", b"[python]\nenable_a=true\n")
    assert kritarc.disable(krita_wrote, undo) == b"[General]\nx=1\n\n[python]\nenable_a=true\n"


def test_a_line_that_the_user_removed_is_not_missed() -> None:
    _, undo = kritarc.enable(b"[python]\n")
    assert kritarc.disable(b"[python]\n", undo) == b"[python]\n"


def test_no_krita_uses_settings_that_are_nobodys(tmp_path: Path) -> None:
    assert not krita_with(tmp_path / "kritarc")


@pytest.mark.parametrize("after", [b"", b"\n[z]\ny=2\n"])
@pytest.mark.parametrize("before", [b"", b"[a]\nx=1\n\n"])
def test_the_choices_made_in_the_plugin_go_with_it(before: bytes, after: bytes) -> None:
    switched_on, undo = kritarc.enable(b"[python]\nenable_b=true\n")
    choices = b"[localmatte]\nmodel=isnet-fp16\nrefine=true\n"
    written = before + choices + b"\n" + switched_on + after
    assert kritarc.disable(written, undo) == before + b"[python]\nenable_b=true\n" + after


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_choices_at_the_end_leave_no_blank_line(end: str) -> None:
    before = end.join(["[python]", "enable_b=true", ""]).encode()
    switched_on, undo = kritarc.enable(before)
    choices = end.join(["", "[localmatte]", "model=isnet-fp16", ""]).encode()
    assert kritarc.disable(switched_on + choices, undo) == before
