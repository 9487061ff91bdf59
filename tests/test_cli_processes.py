"""A large batch is cut out in processes: the same files, and one that dies fails one image."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from localmatte.cli.processes import MANY
from tests import weights
from tests.commands import localmatte
from tests.workers import until

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="finds processes in /proc, as Linux has it"
)
CORES = 2
COUNT = CORES * MANY + 2


@pytest.fixture
def images(photos: dict[str, Path], home: Path, tmp_path: Path) -> list[Path]:
    weights.place("u2netp", home)
    photo = Image.open(photos["chelsea"])
    made = [tmp_path / f"{number:02}.png" for number in range(COUNT)]
    for number, path in enumerate(made):
        photo.resize((200 + number, 150)).save(path)
    return made


LENDING = """
import sys
from localmatte.cli import main, processes
processes._provider = lambda cutter: "a card"
{more}
sys.exit(main())
"""
"""The command, whose own process runs the network for the others, as it does with a card."""

GONE = """
from localmatte.engine import Engine
from localmatte.errors import ProviderError
lent, answers = Engine.lend, iter(range(5))
def lend(*arguments):
    if next(answers, None) is None:
        raise ProviderError("The card has gone.", "Plug it in.")
    return lent(*arguments)
Engine.lend = lend
"""


@pytest.fixture(params=["each its own", "one lends"])
def way(request: pytest.FixtureRequest) -> list[str]:
    """How Python is started, so that each process has a network, or one lends it to the others."""
    return ["-m", "localmatte"] if request.param == "each its own" else _lending()


def _lending(more: str = "") -> list[str]:
    return ["-c", LENDING.format(more=more)]


def _cut(way: list[str], images: list[Path], out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, *way, "cut", *map(str, images), "-o", str(out)]
    cores = set(sorted(os.sched_getaffinity(0))[:CORES])
    return subprocess.Popen(
        [*command, "--provider", "cpu"],
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )


def _children(pid: int) -> list[int]:
    """A process's children that cut images out."""

    def found() -> Iterator[int]:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                cutting = b"spawn_main" in (folder / "cmdline").read_bytes()
            except (OSError, IndexError):
                continue
            if parent == pid and cutting:
                yield int(folder.name)

    return list(found())


def _running(pids: list[int]) -> bool:
    return any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_processes_write_the_same_files_as_one_command_for_each(
    way: list[str], images: list[Path], tmp_path: Path
) -> None:
    with _cut(way, images, tmp_path / "out") as process:
        until(lambda: len(_children(process.pid)) == CORES)
        children = _children(process.pid)
        _, told = process.communicate(timeout=120)
    assert (process.returncode, told.count(b"\n")) == (0, 1), told
    assert not _running(children)
    for image in (images[0], images[-1]):
        alone = tmp_path / "alone.png"
        done = localmatte("cut", image, "-o", alone, "--provider", "cpu", "--overwrite")
        assert done.returncode == 0, done.stderr
        (together,) = (tmp_path / "out").glob(f"{image.stem}*")
        assert together.read_bytes() == alone.read_bytes()


def test_a_process_that_is_killed_fails_one_image(
    way: list[str], images: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with _cut(way, images, out) as process:
        until(lambda: out.is_dir() and any(out.glob("*.png")))
        os.kill(_children(process.pid)[0], signal.SIGKILL)
        _, told = process.communicate(timeout=120)
    assert process.returncode == 1
    failed = {image.name for image in images if f"{image}: The process that" in told.decode()}
    assert len(failed) == 1, told
    assert b"(signal 9)" in told
    assert len(list(out.glob("*.png"))) == COUNT - 1
    assert f"{COUNT - 1} images cut out" in told.decode()


def test_images_fail_whose_network_cannot_be_run(images: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    with _cut(_lending(GONE), images, out) as process:
        _, told = process.communicate(timeout=120)
    assert process.returncode == 1
    said = [f"{image}: The card has gone. Plug it in.\n" in told.decode() for image in images]
    assert said.count(True) == COUNT - 5, told
    assert len(list(out.glob("*.png"))) == 5


def test_processes_end_with_the_command_that_is_killed(
    way: list[str], images: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with _cut(way, images, out) as process:
        until(lambda: out.is_dir() and any(out.glob("*.png")))
        children = _children(process.pid)
        process.kill()
        until(lambda: not _running(children))
    assert children
    for result in out.iterdir():
        Image.open(result).load()
