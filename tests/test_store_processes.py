"""Processes that pull at once, and processes that are killed while they pull."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from localmatte import store
from tests.servers import files, puller, specs

DATA = specs.content(12 << 20, seed=1)
KILLS = 50


@pytest.fixture
def data_file(tmp_path: Path) -> Path:
    """DATA as a file, for the processes to know what they pull."""
    path = tmp_path / "data"
    path.write_bytes(DATA)
    return path


def test_eight_processes_that_pull_at_once_make_one_download(
    data_file: Path, empty_home: Path
) -> None:
    with files.serving({"/sample.onnx": DATA}, files.paced(12e6)) as server:
        address = f"{server.address}/sample.onnx"
        pullers = [puller.start(address, data_file, empty_home) for _ in range(8)]
        answers = [process.communicate(timeout=120) for process in pullers]
    assert [process.returncode for process in pullers] == [0] * 8, answers
    assert len(server.requests) == 1
    assert server.sent == len(DATA)
    assert {Path(out.strip()).read_bytes() == DATA for out, _ in answers} == {True}


def test_a_puller_killed_at_any_moment_leaves_no_bad_file_and_is_resumed(
    data_file: Path, empty_home: Path
) -> None:
    spec = specs.spec(DATA)
    whole = store.path_of(spec)
    moments = random.Random(2)
    killed = resumed = 0
    with files.serving({"/sample.onnx": DATA}, files.paced(60e6)) as server:
        while killed < KILLS:
            asked, sent = len(server.requests), server.sent
            process = puller.start(f"{server.address}/sample.onnx", data_file, empty_home)
            # Up to the whole file and beyond: while it starts, reads back, downloads, hashes,
            # syncs, renames.
            enough = sent + moments.randrange(len(DATA) // 2)
            while server.sent < enough and process.poll() is None:
                time.sleep(0.001)
            time.sleep(moments.random() * 0.1)
            if process.poll() is None:
                process.kill()
                killed += 1
            process.communicate()
            if whole.exists():
                assert whole.read_bytes() == DATA
                whole.unlink()
            resumed += any(request.start for request in server.requests[asked:])
        process = puller.start(f"{server.address}/sample.onnx", data_file, empty_home)
        out, error = process.communicate(timeout=60)
    assert process.returncode == 0, error
    assert Path(out.strip()).read_bytes() == DATA
    assert resumed > KILLS / 4
    left = sorted(path.name for path in whole.parent.iterdir())
    assert left == [f"{spec.file.sha256}.lock", whole.name]
