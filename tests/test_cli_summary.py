"""The last lines of a batch, and how long it takes still."""

from __future__ import annotations

import io
import os
import pty
import re
import sys
import time
from pathlib import Path

import pytest

from localmatte.cli.batch import Pace
from localmatte.cli.jobs import Job, Plan
from localmatte.cli.summary import Summary, duration
from localmatte.cli.terminal import say
from tests.test_pictures import PICTURE


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (59.6, "1 min"), (200, "3 min 20 s"), (3600, "1 h"), (90061, "1 d 1 h")],
)
def test_durations_have_at_most_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_an_image_counts_once_by_what_came_of_it_last() -> None:
    summary = Summary()
    jobs = [Job(Path(name), None) for name in "abcde"]
    summary.expect(Plan(True, jobs, [(Path("f"), "a folder"), (Path("g"), "a folder")], []))
    summary.add({"input": "a", "error": "It is damaged.", "hint": "Copy it again."})
    summary.add({"input": "b", "error": "Unreadable.", "hint": ""})
    summary.add({"input": "c", "skipped": True})
    summary.expect(Plan(True, jobs[:1], [], []))
    summary.add({"input": "a", "left_out": []})
    assert summary.failed == {"b": "Unreadable."}
    failure, counts = summary.lines()
    assert failure == "failed: b: Unreadable."
    assert counts == (
        "1 image cut out, 1 already had a result, 1 failed, 2 not done, 2 skipped; 0 s."
    )


def test_images_that_had_a_result_tell_nothing_of_the_time_left() -> None:
    pace = Pace(10, time.monotonic() - 30)
    for _ in range(4):
        pace.count({"skipped": True})
    assert pace.left() == ""
    pace.count({})
    pace.count({})
    assert pace.left() == "1 min"


class Terminal(io.StringIO):
    """Keeps what it gets, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.pieces.append(text)
        return len(text)


def test_no_other_thread_can_write_into_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    say("It is damaged.")
    assert terminal.pieces == ["\r\x1b[KIt is damaged.\n"]


@pytest.mark.usefixtures("home")
def test_a_terminal_shows_the_time_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    count = (os.cpu_count() or 1) + 2
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(1, count + 1):
        PICTURE.save(folder / f"{number}.png")
    (folder / "0.png").write_text("no picture")
    command = [sys.executable, "-m", "localmatte", "cut", str(folder), "-o", str(tmp_path / "out")]
    shown = bytearray()

    def read(descriptor: int) -> bytes:
        data = os.read(descriptor, 4096)
        shown.extend(data)
        return data

    assert pty.spawn([*command, "--provider", "cpu", "--no-refine"], read) == 1 << 8
    assert re.search(rb"%d/%d \(\d+ s left\) \S+\.png" % (count + 1, count + 1), shown), shown
    # A sentence stands in a line of its own, whatever the progress line showed.
    assert len(re.findall(rb"\r\x1b\[Klocalmatte: [^\r\n]*0\.png[^\r\n]*\r\n", shown)) == 2
    assert b"localmatte: %d images cut out, 1 failed; " % count in shown
