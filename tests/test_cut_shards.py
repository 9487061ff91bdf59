"""Shares of a batch: every image in exactly one, the same one on every computer."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest

from localmatte.cli.shard import Shard
from tests.test_cut_folders import files, put
from tests.test_pictures import cut

__all__ = ["cut"]

PLACES = [PurePosixPath(f"{at % 13}/DSC_{at:05}.jpg") for at in range(3000)]


@pytest.mark.parametrize("count", [1, 2, 7, 64])
def test_every_image_is_in_exactly_one_shard_and_they_are_about_as_large(count: int) -> None:
    shards = [
        {place for place in PLACES if Shard(number, count).holds(place)}
        for number in range(1, count + 1)
    ]
    assert set().union(*shards) == set(PLACES)
    assert sum(map(len, shards)) == len(PLACES)
    mean = len(PLACES) / count
    assert all(abs(len(shard) - mean) <= 4 * mean**0.5 for shard in shards)


def test_the_shard_depends_on_nothing_but_the_path() -> None:
    """The numbers are what `sha256sum` gives: its first 16 digits, modulo 8, plus 1."""
    shards = {"a/b.jpg": 1, "ü/é.png": 8, "1.png": 3}
    for name, number in shards.items():
        assert [at for at in range(1, 9) if Shard(at, 8).holds(PurePosixPath(name))] == [number]
        windows = PureWindowsPath(name.replace("/", "\\"))
        assert Shard(number, 8).holds(windows)
    assert Shard(8, 8).holds(PurePosixPath("u\u0308/e\u0301.png"))
    assert any(Shard(at, 2).holds(PurePosixPath("\udcff.jpg")) for at in (1, 2))


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "a/b", "-1/4", "1/0", "1/4/2", " 1/4", ""])
def test_a_shard_that_does_not_exist_is_one_sentence(cut: Any, text: str) -> None:
    put("in/a.png")
    done = cut("in", "-o", "out", f"--shard={text}")
    assert (done.status, done.said.count("\n")) == (2, 1)
    assert f'There is no shard "{text}". Use I/N' in done.said
    assert not Path("out").exists()


@pytest.mark.usefixtures("home")
def test_shards_share_a_folder_and_one_may_be_empty(cut: Any) -> None:
    put("in/a.png", "in/s/b.png", "in/s/c.png")
    Path("in/note.txt").write_text("no picture")
    made, told = [], 0
    for number in range(1, 9):
        done = cut("in", "-r", "-o", "out", "--no-refine", "--json", f"--shard={number}/8")
        assert done.status == 0, done.said
        made += [line["output"] for line in done.lines if "output" in line]
        told += "note.txt" in done.said
    assert sorted(made) == ["out/a.png", "out/s/b.png", "out/s/c.png"]
    assert files("out") == ["a.png", "s/b.png", "s/c.png"]
    assert told == 1


def test_all_shards_refuse_names_that_collide(cut: Any) -> None:
    put("in/a.jpg", "in/a.png")
    assert {cut("in", "-o", "out", f"--shard={at}/3").status for at in (1, 2, 3)} == {2}
