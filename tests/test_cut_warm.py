"""`localmatte cut` leaves the work to a worker that runs and is warm, and only then."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from localmatte_bridge import Client, Installation
from tests.commands import localmatte
from tests.workers import cpu_seconds, matte, pid_of, until

pytestmark = pytest.mark.usefixtures("home")

OPTIONS: tuple[tuple[str, ...], ...] = (
    (),
    ("--no-refine", "--mask", "--depth", "16"),
    ("--selection", "60,40,300,350", "--feather", "3", "--shift", "-2.5"),
    ("--keep", "250,150", "--remove", "500,20", "--no-zoom"),
    ("--box", "20,30,400,440"),
)


@pytest.fixture
def client(place: Installation, photos: dict[str, Path]) -> Any:
    """One of a worker with the default model in memory."""
    with Client.connect(place) as client:
        matte(client, photos["chelsea"])
        yield client


def _cut(source: Path, out: Path, *options: str) -> tuple[Any, bytes]:
    done = localmatte("cut", source, "-o", out, "--overwrite", "--json", *options)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    # What is said, too, but for what depends on how long it took.
    return {**report, "seconds": 0, "suggestion": None, "stderr": done.stderr}, out.read_bytes()


@pytest.mark.parametrize("options", OPTIONS)
def test_the_workers_result_is_the_same_bit_by_bit(
    client: Client, photos: dict[str, Path], tmp_path: Path, options: tuple[str, ...]
) -> None:
    pid, photo, out = pid_of(client), photos["astronaut"], tmp_path / "out.png"
    before = cpu_seconds(pid)
    here = _cut(photo, out, "--no-worker", *options)
    between = cpu_seconds(pid)
    assert _cut(photo, out, *options) == here
    assert between - before < 0.05 < cpu_seconds(pid) - between


@pytest.mark.parametrize("kind", ["L", "LA", "RGBA", "I;16"])
def test_images_of_all_kinds_are_cut_the_same(
    client: Client, photos: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    photo, out = tmp_path / "photo.png", tmp_path / "out.png"
    image: Image.Image = Image.open(photos["chelsea"])
    if kind == "I;16":
        Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257).save(photo)
    else:
        image = image.convert(kind)
        if "A" in kind:
            image.putalpha(Image.linear_gradient("L").resize(image.size))
        image.save(photo)
    assert _cut(photo, out) == _cut(photo, out, "--no-worker")


def test_a_model_that_the_worker_has_not_loaded_is_not_loaded_there(
    client: Client, photos: dict[str, Path], tmp_path: Path, home: Path
) -> None:
    from tests import graphs

    own = graphs.mean_of_channels(home / "own.onnx", 64)
    report, _ = _cut(photos["chelsea"], tmp_path / "out.png", "--model", str(own))
    assert report["model"] == "own"
    assert client.ask("status").header["loaded"] == ["u2netp"]


def test_no_worker_is_started(home: Path, photos: dict[str, Path], tmp_path: Path) -> None:
    _cut(photos["chelsea"], tmp_path / "out.png")
    assert not (home / "run").exists()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_that_is_dead_or_hangs_is_done_without(
    client: Client,
    place: Installation,
    photos: dict[str, Path],
    tmp_path: Path,
    end: signal.Signals,
) -> None:
    pid, out = pid_of(client), tmp_path / "out.png"
    os.kill(pid, end)
    try:
        if end is signal.SIGKILL:
            until(lambda: Client.connect_running(place) is None)
        report, written = _cut(photos["chelsea"], out)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert report["stderr"] == b""
    assert _cut(photos["chelsea"], out, "--no-worker") == (report, written)


def test_what_the_worker_refuses_is_said_as_ever(client: Client, tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    Image.new("RGBA", (90, 90)).save(empty)
    done = localmatte("cut", empty, "-o", tmp_path / "out.png")
    assert done.returncode == 1
    assert b"All pixels are transparent" in done.stderr
