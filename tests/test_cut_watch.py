"""Watched folders: what comes or changes is cut once it is written to the end."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from localmatte.cli import cut as command
from localmatte.cli.jobs import Plan, plan
from localmatte.cli.watch import SETTLED_SECONDS, Watch
from tests.test_cut_folders import here, put
from tests.test_pictures import cut

__all__ = ["cut", "here"]

pytestmark = pytest.mark.usefixtures("here")


def parsed(*more: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    return parser.parse_args(["cut", "in", "-o", "out", "--watch", *more])


def started_plans() -> Iterator[Plan]:
    arguments = parsed()
    return Watch(arguments).plans(plan(arguments))


def started(*more: str) -> Callable[[float], Plan]:
    """Watch the folder "in", deal with what is there, and return what looks at it at a time."""
    arguments = parsed(*more)
    watch = Watch(arguments)
    next(watch.plans(plan(arguments)))
    watch.look(-10)
    for job in watch.look(-10 + SETTLED_SECONDS).jobs:
        assert job.source
        assert job.target
        shutil.copy(job.source, job.target)
        watch.note({"output": str(job.target)})
    return watch.look


def names(found: Plan) -> list[str]:
    return [job.source.name for job in found.jobs if job.source]


def age(name: str, seconds: float) -> None:
    moment = time.time() - seconds
    os.utime(name, (moment, moment))


def test_a_file_that_still_grows_is_left_alone_until_it_stands_still() -> None:
    put("in/a.png")
    age("in/a.png", 60)
    look = started()
    whole = Path("in/a.png").read_bytes()
    for part in range(1, 5):
        Path("in/b.png").write_bytes(whole[: len(whole) * part // 4])
        assert names(look(10 + 3 * part)) == []
    assert names(look(22 + SETTLED_SECONDS - 0.1)) == []
    assert names(look(22 + SETTLED_SECONDS)) == ["b.png"]
    assert names(look(100)) == []


def test_what_is_there_at_the_start_is_taken_once_it_has_stood_still() -> None:
    put("in/a.png", "in/b.png")
    arguments = parsed()
    watch = Watch(arguments)
    assert names(next(watch.plans(plan(arguments)))) == []
    assert names(watch.look(1)) == []
    age("in/b.png", 60)
    assert names(watch.look(4)) == ["a.png"]
    assert names(watch.look(9)) == ["b.png"]


def test_a_folder_may_be_empty_and_new_folders_count_with_recursive() -> None:
    Path("in").mkdir()
    flat, deep = started(), started("--recursive")
    put("in/sub/a.png")
    Path("in/note.txt").write_text("no picture")
    assert {str(path) for path, _ in flat(1).passed_over} == {"in/note.txt", "in/sub"}
    assert (names(flat(9)), flat(9).passed_over) == ([], [])
    deep(1)
    assert names(deep(9)) == ["a.png"]


def test_of_what_comes_a_shard_takes_its_own() -> None:
    Path("in").mkdir()
    looks = [started("--shard", f"{number}/3") for number in (1, 2, 3)]
    put(*(f"in/{number}.png" for number in range(6)))
    for look in looks:
        look(1)
    taken = [name for look in looks for name in names(look(9))]
    assert sorted(taken) == [f"{number}.png" for number in range(6)]


def test_a_changed_image_replaces_its_own_result_and_no_edited_one() -> None:
    put("in/a.png", "in/b.png")
    for name in ("in/a.png", "in/b.png"):
        age(name, 60)
    look = started()
    Path("out/b.png").write_text("edited")
    age("in/a.png", 30)
    age("in/b.png", 30)
    look(1)
    found = look(9)
    assert [(job.source, job.ours) for job in found.jobs] == [(Path("in/a.png"), True)]
    ((path, error),) = found.failed
    assert path == Path("in/b.png")
    assert "in/b.png has changed, but out/b.png is kept" in str(error)
    assert (names(look(20)), look(20).failed) == ([], [])


def test_a_new_image_never_takes_the_place_of_anothers_result_or_of_an_image() -> None:
    put("in/a.png")
    age("in/a.png", 60)
    look = started("--overwrite")
    put("in/a.jpg")
    look(1)
    found = look(9)
    assert found.jobs == []
    assert "out/a.png is already the result of in/a.png." in str(found.failed[0][1])
    put("in/c.png", "in/d.png")
    Path("out/c.png").symlink_to("../in/d.png")
    look(20)
    found = look(29)
    assert names(found) == ["d.png"]
    assert "would overwrite the image in/d.png" in str(found.failed[0][1])


def test_results_are_not_watched_also_when_their_images_have_gone() -> None:
    put("in/a.png")
    age("in/a.png", 60)
    look = started("-o", "in")
    Path("in/a.png").unlink()
    look(1)
    assert names(look(9)) == []


def test_long_looks_are_rare_and_long_work_delays_none(monkeypatch: pytest.MonkeyPatch) -> None:
    put("in/a.png")
    now, slept = [100.0], list[float]()

    def look(watch: Watch, at: float, once: Callable[[Watch, float], Plan] = Watch.look) -> Plan:
        now[0] += 4
        return once(watch, at)

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(Watch, "look", look)
    plans = started_plans()
    assert names(next(plans)) == []
    assert names(next(plans)) == ["a.png"]
    now[0] += 1000  # it is cut
    put("in/c.png")
    assert names(next(plans)) == ["c.png"]
    assert slept == [36.0] * len(slept)


def test_a_folder_that_is_gone_for_a_while_ends_nothing() -> None:
    put("in/a.png")
    look = started()
    put("in/b.png")
    Path("in").rename("away")
    assert names(look(1)) == []
    Path("away").rename("in")
    look(2)
    assert names(look(9)) == ["b.png"]


def test_only_folders_can_be_watched(cut: Any) -> None:
    put("a.png")
    done = cut("a.png", "--watch")
    assert (done.status, done.said.count("\n")) == (2, 1)
    assert "Only folders can be watched." in done.said


@pytest.mark.usefixtures("home")
def test_a_watch_goes_on_until_ctrl_c_and_says_what_it_did() -> None:
    put("in/a.png")
    Path("in/broken.png").write_text("no picture")
    for name in ("in/a.png", "in/broken.png"):
        age(name, 60)
    arguments = ["cut", "in", "-o", "out", "--watch", "--provider", "cpu", "--no-refine", "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "localmatte", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        limit = threading.Timer(120, process.kill)
        limit.start()
        told = [json.loads(process.stdout.readline()) for _ in range(2)]
        put("in/a.png", "in/b.png")
        told += [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1].decode()
        limit.cancel()
    assert process.returncode == 130
    inputs = [line["input"] for line in told]
    assert (inputs[:2], sorted(inputs[2:])) == (
        ["in/a.png", "in/broken.png"],
        ["in/a.png", "in/b.png"],
    )
    *_, failure, counts, last = said.splitlines()
    assert failure.startswith("localmatte: failed: in/broken.png: ")
    assert counts.startswith("localmatte: 2 images cut out, 1 failed; ")
    assert last == "localmatte: interrupted."
    assert Image.open("out/b.png").mode == "RGBA"
