"""A batch on a Ray cluster, from and to object storage, with an actor that is killed.

`python3 tests --only cluster` runs it, in an environment of its own: Ray and what tests it take
about 760 MB, and a thousand pictures some minutes, so that it is no part of the other tests.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests import weights
from tests.workers import until

pytestmark = pytest.mark.cluster

COUNT = int(os.environ.get("LOCALMATTE_TEST_PICTURES", "1000"))
SIZE = 96, 64
ACTOR = b"ray::MapWorker(MapBatches(Actor))"
SECONDS = 1800


@dataclass
class Storage:
    """Object storage on this computer.

    Attributes:
        files: Its pyarrow.fs.FileSystem.
        query: What an address ends with, so that it leads here.
        variables: What programs need for access.
    """

    files: Any
    query: str
    variables: dict[str, str]

    def address(self, path: str) -> str:
        return f"s3://{path}?{self.query}"

    def names(self, path: str) -> set[str]:
        from pyarrow import fs

        found = self.files.get_file_info(
            fs.FileSelector(path, allow_not_found=True, recursive=True)
        )
        return {info.path[len(path) + 1 :] for info in found if info.is_file}

    def read(self, path: str) -> bytes:
        with self.files.open_input_stream(path) as stream:
            return bytes(stream.read())

    def write(self, path: str, content: bytes) -> None:
        with self.files.open_output_stream(path) as stream:
            stream.write(content)


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    from pyarrow import fs

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (tmp_path_factory.mktemp("storage") / "log.txt").open("wb")
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=log, stderr=log)
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    query = f"scheme=http&endpoint_override=127.0.0.1:{port}&region=us-east-1"
    query += "&allow_bucket_creation=true"
    try:
        until(lambda: not _refused(port))
        with pytest.MonkeyPatch.context() as patch:
            for name, value in keys.items():
                patch.setenv(name, value)
            files, _ = fs.FileSystem.from_uri(f"s3://photos?{query}")
            for bucket in ("photos", "results"):
                files.create_dir(bucket)
            yield Storage(files, query, keys)
    finally:
        server.kill()
        server.wait()
        log.close()


def _refused(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture
def variables(home: Path, storage: Storage) -> Iterator[dict[str, str]]:
    """What a cluster of this test's own is started with."""
    # A socket's path must be short.
    folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp")
    yield {**os.environ, **storage.variables, "RAY_TMPDIR": folder}
    shutil.rmtree(folder, ignore_errors=True)


def picture(number: int) -> bytes:
    image = Image.new("RGB", SIZE, "white")
    left = 10 + number % 30
    ImageDraw.Draw(image).ellipse((left, 8, left + 40, 56), fill=(120, number % 256, 40))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def command(storage: Storage, folder: str, *more: str) -> list[str]:
    places = [storage.address(f"photos/{folder}"), storage.address(f"results/{folder}")]
    report = ["--report", storage.address(f"results/{folder}-report")]
    return [sys.executable, "-m", "localmatte", "cluster", *places, *report, *more]


def run(
    words: list[str], variables: dict[str, str], status: int = 0
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(words, env=variables, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == status, done.stderr
    return done


def rows(storage: Storage, folder: str) -> list[list[dict[str, Any]]]:
    """The reports of a folder's runs, the earliest first."""
    import pyarrow.dataset

    report = f"results/{folder}-report"
    runs = sorted({name.partition("/")[0] for name in storage.names(report)})
    return [
        pyarrow.dataset.dataset(f"{report}/{run}", filesystem=storage.files).to_table().to_pylist()
        for run in runs
    ]


def actors(home: str) -> list[int]:
    """The ids of the actors of this test's cluster."""
    mark, found = f"LOCALMATTE_HOME={home}".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            title = (process / "cmdline").read_bytes()
            if title.startswith(ACTOR) and mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:  # it ended meanwhile
            continue
    return found


def test_all_pictures_are_cut_though_an_actor_is_killed_and_a_second_run_resumes(
    storage: Storage, variables: dict[str, str], tmp_path: Path
) -> None:
    names = {f"{number % 10}/{number:04}" for number in range(COUNT)}
    for name in names:
        storage.write(f"photos/many/{name}.png", picture(int(name[2:])))
    words = command(storage, "many", "--no-refine", "--actors", "2")
    with (tmp_path / "log.txt").open("wb") as log:
        batch = subprocess.Popen(words, env=variables, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + SECONDS
            while len(storage.names("results/many")) < COUNT // 10:
                assert batch.poll() is None, (tmp_path / "log.txt").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.5)
            os.kill(actors(variables["LOCALMATTE_HOME"])[0], signal.SIGKILL)
            assert batch.wait(SECONDS) == 0, (tmp_path / "log.txt").read_text()
        finally:
            batch.kill()
    results = storage.names("results/many")
    assert {name for name in results if ".localmatte-" not in name} == {f"{n}.png" for n in names}
    [report] = rows(storage, "many")
    assert {row["path"] for row in report} == {f"{name}.png" for name in names}
    assert {(row["status"], row["error"]) for row in report} == {("done", "")}
    assert all(row["seconds"] > 0 for row in report)

    # The same as on one computer, alone.
    photo, result = tmp_path / "photo.png", tmp_path / "result.png"
    photo.write_bytes(storage.read("photos/many/7/0017.png"))
    alone = ["cut", str(photo), "-o", str(result), "--no-refine", "--provider", "cpu"]
    run([sys.executable, "-m", "localmatte", *alone], variables)
    with Image.open(result) as here:
        there = Image.open(io.BytesIO(storage.read("results/many/7/0017.png")))
        np.testing.assert_array_equal(np.asarray(here), np.asarray(there))

    lost = sorted(names)[:3]
    for name in lost:
        storage.files.delete_file(f"results/many/{name}.png")
    run(words, variables)
    assert {row["path"] for row in rows(storage, "many")[1]} == {f"{name}.png" for name in lost}
    assert "0 images to cut out" in run(words, variables).stderr


def test_a_picture_that_fails_is_a_row_and_the_exit_status(
    storage: Storage, variables: dict[str, str]
) -> None:
    storage.write("photos/few/good.png", picture(1))
    storage.write("photos/few/bad.jpg", b"no picture")
    storage.write("photos/few/notes.txt", b"not one either")
    done = run(command(storage, "few", "--mask"), variables, status=1)
    assert "1 image cut out, 1 failed" in done.stderr
    assert storage.names("results/few") == {"good.png"}
    assert Image.open(io.BytesIO(storage.read("results/few/good.png"))).mode == "L"
    [report] = rows(storage, "few")
    told = {row["path"]: (row["status"], row["error"]) for row in report}
    assert told["good.png"] == ("done", "")
    assert told["bad.jpg"][0] == "failed"
    assert "not a readable image" in told["bad.jpg"][1]


def test_wrong_use_is_a_sentence(storage: Storage, variables: dict[str, str]) -> None:
    for name in ("one.png", "one.jpg"):
        storage.write(f"photos/same/{name}", picture(1))
    for words, said in (
        (command(storage, "same"), "would have the same result"),
        (command(storage, "empty"), "There are no images in photos/empty."),
        (command(storage, "same", "--model", "nonsense"), "nonsense"),
        (command(storage, "same", "--actors", "0"), "not a whole number above 0"),
    ):
        done = run(words, variables, status=2)
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_offline_it_connects_to_nobody(storage: Storage, variables: dict[str, str]) -> None:
    variables["LOCALMATTE_OFFLINE"] = "1"
    done = run(command(storage, "many"), variables, status=1)
    assert "LOCALMATTE_OFFLINE forbids connecting to s3://photos/many" in done.stderr


def test_folders_of_this_computer_will_do(
    home: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    weights.place("u2netp", home)
    (tmp_path / "in/größer 猫").mkdir(parents=True)
    (tmp_path / "in/größer 猫/1.png").write_bytes(picture(1))
    words = [sys.executable, "-m", "localmatte", "cluster", "in", "in/out", "--report", "report"]
    for expected in ("1 image cut out, 0 failed", "0 images to cut out"):
        done = subprocess.run(
            words, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=SECONDS
        )
        assert done.returncode == 0, done.stderr
        assert expected in done.stderr
    assert [path.name for path in (tmp_path / "in/out").rglob("*.png")] == ["1.png"]
