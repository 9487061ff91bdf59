"""What a container or a batch system leaves of the computer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from localmatte.cli.batch import side_by_side
from localmatte.system import share
from localmatte.system.memory import installed


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Control groups as Slurm nests them; the process is in the innermost."""
    inner = tmp_path / "groups/slurm/job_7/step_0"
    inner.mkdir(parents=True)
    own = tmp_path / "own"
    own.write_text("12:cpu:/elsewhere\n0::/slurm/job_7/step_0\n")
    monkeypatch.setattr(share, "OWN_GROUP", own)
    monkeypatch.setattr(share, "GROUPS", tmp_path / "groups")
    return tmp_path / "groups"


def test_the_smallest_limit_of_all_groups_counts(
    groups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    assert (share.cores(), share.memory()) == (64, installed())
    (groups / "slurm/cpu.max").write_text("1600000 100000\n")
    (groups / "slurm/job_7/cpu.max").write_text("350000 100000\n")
    (groups / "slurm/job_7/step_0/cpu.max").write_text("max 100000\n")
    (groups / "slurm/job_7/memory.max").write_text("200000000\n")
    (groups / "slurm/job_7/step_0/memory.max").write_text("max\n")
    assert (share.cores(), share.memory()) == (4, 200_000_000)
    (groups / "slurm/cpu.max").write_text("10000 100000\n")
    assert share.cores() == 1


def test_a_group_elsewhere_or_none_limits_nothing(groups: Path) -> None:
    for text in ("1:name=systemd:/\n", "", "0::/../../etc\n"):
        share.OWN_GROUP.write_text(text)
        assert share.memory() == installed()


def test_a_batch_keeps_to_the_cores_that_it_was_given() -> None:
    given = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(given)})
    try:
        assert (share.cores(), side_by_side(100)) == (1, 1)
    finally:
        os.sched_setaffinity(0, given)
