"""Runs the pictures of `localmatte cut` side by side."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from localmatte.cli.jobs import Job
from localmatte.cli.summary import duration
from localmatte.cli.terminal import say
from localmatte.models.spec import ModelSpec
from localmatte.progress import CancelToken
from localmatte.system import parallel, share
from localmatte.system.boundary import explained
from localmatte.system.memory import Room

Cut = Callable[[Job, str, CancelToken], dict[str, Any]]

FEW = 3
"""Pictures under way where all cores work on one: one is read, one looked at, one written."""

PROCESS_BYTES = 150_000_000
"""What Python and the libraries take in a process of its own."""

BYTES_PER_PIXEL = 20
"""What a picture takes from its file to the cut-out; of 48 megapixels, 17 were measured."""

MODEL_MB = 2000
"""What a network takes of which nothing is known."""


def side_by_side(pictures: int) -> int:
    """How many pictures are worked on at once, each by one core; 1 for all cores on each.

    A core that has a whole picture waits for no other: two such cores finished U²-Netp's
    forward passes 3 % sooner than both on each pass, and read and write meanwhile.
    """
    cores = share.cores()
    return cores if pictures >= cores else 1


@dataclass
class Pace:
    """How fast a batch goes.

    Attributes:
        total: How many pictures it has.
        started: When it began, in seconds of the monotonic clock.
    """

    total: int
    started: float = field(default_factory=time.monotonic)
    _done: int = 0
    _cut: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, report: dict[str, Any]) -> None:
        """Count a picture that is over; one that had a result already took no time."""
        with self._lock:
            self._done += 1
            self._cut += not report.get("skipped")

    def left(self) -> str:
        """About how long the rest takes; empty while nothing tells."""
        with self._lock:
            if not self._cut:
                return ""
            seconds = (time.monotonic() - self.started) / self._cut
            return duration(seconds * (self.total - self._done))


def reports(
    jobs: list[Job], cut: Cut, at_once: int, spec: ModelSpec, *, go_on: bool
) -> Iterator[dict[str, Any]]:
    """Cut pictures, several at a time.

    No more are under way than half of the memory holds that this process may have.

    Args:
        jobs: The pictures.
        cut: Does the work for one of them.
        at_once: As side_by_side() says.
        spec: The network.
        go_on: Whether one that fails does not stop the others.

    Yields:
        What `cut` returned for each picture, in the order of the jobs; for one that failed, its
        "input", the "error" and a "hint", which are also printed on stderr.

    Raises:
        Exception: Whatever a picture failed with, unless the others go on.
    """
    cancel = CancelToken()
    room = Room(share.memory() // 2)
    pace = Pace(len(jobs))
    network = (spec.memory.cpu or MODEL_MB) * 1_000_000 + PROCESS_BYTES

    def work(number: int) -> dict[str, Any]:
        job = jobs[number]
        label = f"{number + 1}/{len(jobs)} " if len(jobs) > 1 else ""
        left = pace.left()
        if left:
            label += f"({left} left) "
        report: dict[str, Any] = {}
        try:
            with room.taken(network + BYTES_PER_PIXEL * _pixels(job.source)):
                report = cut(job, label, cancel)
        finally:
            pace.count(report)
        return report

    alone = at_once > 1
    pool = ThreadPoolExecutor(
        at_once if alone else FEW,
        thread_name_prefix="localmatte-cut",
        initializer=parallel.keep_here if alone else None,
    )
    try:
        waiting = [pool.submit(work, number) for number in range(len(jobs))]
        for job, future in zip(jobs, waiting, strict=True):
            try:
                yield future.result()
            except Exception as error:
                if not go_on:
                    raise
                said = explained(error)
                say(f"localmatte: {job.source}: {said}")
                yield {"input": str(job.source), "error": said.message, "hint": said.hint}
    except BaseException:
        cancel.cancel()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _pixels(source: Path | None) -> int:
    """A picture's size as its file's first bytes tell it; 0 where only reading it tells."""
    if source is None or not source.is_file():
        # A pipe's bytes come once.
        return 0
    try:
        with Image.open(source) as image:
            return image.width * image.height
    except Exception:
        # Whatever is wrong with it is said where it is read.
        return 0
