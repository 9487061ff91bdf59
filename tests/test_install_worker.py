"""An upgrade waits for the worker's work, and keeps what the user chose."""

from __future__ import annotations

import fcntl
import sys
import threading
from pathlib import Path

import pytest

from install import places, worker
from install.console import Console
from install.errors import InstallError
from localmatte_bridge import Client, Installation, Result
from tests.workers import rgba

TIMES = 12
"""How many times as high as the photo is what keeps the worker busy for some seconds."""


def test_a_worker_finishes_its_work_before_its_environment_is_changed(
    place: Installation, photos: dict[str, Path]
) -> None:
    pixels, width, height = rgba(photos["astronaut"])
    busy, results = threading.Event(), list[object]()

    def work() -> None:
        with Client.connect(place) as client:
            for event in client.matte([pixels] * TIMES, width, height * TIMES, "rgba8"):
                busy.set()
                results.append(event)

    asking = threading.Thread(target=work)
    asking.start()
    assert busy.wait(60)
    worker.finish(Path(sys.executable), places.find(), Console())
    assert Client.connect_running(place) is None
    asking.join(10)
    assert isinstance(results[-1], Result)
    assert len(results[-1].payload) == width * height * TIMES


def test_without_a_worker_nothing_is_waited_for(home: Path) -> None:
    worker.finish(Path(sys.executable), places.find(), Console())


def test_a_worker_that_never_ends_is_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = places.find()
    here.run.mkdir(mode=0o700)
    monkeypatch.setattr(worker, "PATIENCE_SECONDS", 0.3)
    with (here.run / worker.LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(InstallError, match="still working"):
            worker.finish(Path(sys.executable), here, Console())
