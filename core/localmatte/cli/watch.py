"""Folders that are watched: what is new in them, or has changed, once it is written to the end."""

from __future__ import annotations

import argparse
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from localmatte.cli import jobs
from localmatte.cli.jobs import Job, Originals, Plan
from localmatte.errors import LocalmatteError, PictureError

POLL_SECONDS = 1.0
"""Between two looks, and more where a look takes long."""

LOOKING = 10
"""A look takes at most this part of the time: large trees are looked at less often."""

SETTLED_SECONDS = 2.0
"""For so long, a file that is written to the end has stood still."""

Mark = tuple[int, int]
"""A file's size in bytes, and when it was last written, in nanoseconds."""

Said = TypeVar("Said")


@dataclass
class Watch:
    """What was seen in the folders, and what was done with it.

    Attributes:
        arguments: The command line's own.
    """

    arguments: argparse.Namespace
    _seen: dict[Path, tuple[Mark, float]] = field(default_factory=dict)
    """The files as they were when they last changed, and when that was seen."""
    _begun: dict[Path, Mark] = field(default_factory=dict)
    """The pictures as they were when they were last dealt with."""
    _results: dict[Path, Path] = field(default_factory=dict)
    """The results' paths, and whose they are."""
    _made: dict[Path, Mark] = field(default_factory=dict)
    """The results that this command has made, as they were then."""
    _told: set[Path] = field(default_factory=set)

    def plans(self, first: Plan) -> Iterator[Plan]:
        """What is to be done, without end.

        Args:
            first: What there is at the start.

        Yields:
            What of `first` is no picture or cannot be read; then the pictures that are there, have
            come or have changed.
        """
        self._untold(first.passed_over)
        self._untold(first.failed)
        yield replace(first, jobs=[])
        interrupted = _interrupts()
        while True:
            if interrupted.is_set():
                raise KeyboardInterrupt
            started = time.monotonic()
            planned = self.look(started)
            looked = time.monotonic() - started
            if planned.jobs or planned.failed or planned.passed_over:
                yield planned
            time.sleep(max(POLL_SECONDS, (LOOKING - 1) * looked))

    def look(self, now: float) -> Plan:
        """Find what has come or changed, and has stood still since an earlier look.

        Args:
            now: In seconds of the monotonic clock.

        Returns:
            The pictures, what else is new, and what cannot be done.
        """
        found = jobs.wanted(self.arguments)
        plan = Plan(True, [], self._untold(found.passed_over), self._untold(found.failed))
        originals = Originals(source.path for source in found.sources)
        for source in found.sources:
            if not source.path or not self._is_ready(source.path, now):
                continue
            target = jobs.target_of(source, self.arguments)
            job = Job(source.path, target, ours=target in self._made)
            try:
                originals.keep(job)
                self._keep_others(source.path, target)
                plan.jobs.append(job)
            except LocalmatteError as error:
                plan.failed.append((source.path, error))
            self._begin(job)
        return plan

    def note(self, report: dict[str, Any]) -> None:
        """Note what a result is like that was made; batch.reports() tells of it."""
        target = Path(report.get("output", ""))
        mark = _mark(target)
        if mark and not ("error" in report or report.get("skipped")):
            self._made[target] = mark

    def _untold(self, told: list[tuple[Path, Said]]) -> list[tuple[Path, Said]]:
        new = [(path, why) for path, why in told if path not in self._told]
        self._told.update(path for path, _ in new)
        return new

    def _is_ready(self, path: Path, now: float) -> bool:
        mark = _mark(path)
        # A result is none of the pictures, also where its original has gone.
        if not mark or mark == self._begun.get(path) or path in self._results:
            return False
        seen, since = self._seen.get(path, (None, now))
        if seen != mark:
            self._seen[path] = mark, now
            return False
        return now - since >= SETTLED_SECONDS

    def _begin(self, job: Job) -> None:
        mark = _mark(job.source)
        if job.source and job.target and mark:
            self._begun[job.source] = mark
            self._results.setdefault(job.target, job.source)

    def _keep_others(self, path: Path, target: Path) -> None:
        """Refuse a result that would take the place of one that is another's, or a person's."""
        other = self._results.get(target, path)
        if other != path:
            raise PictureError(
                f"{target} is already the result of {other}.", f"Rename {path.name}."
            )
        changed = path in self._begun and not self.arguments.overwrite
        if changed and _mark(target) not in (None, self._made.get(target)):
            raise PictureError(
                f"{path} has changed, but {target} is kept: it was there before, or has been "
                "edited.",
                "To replace it, start again with --overwrite.",
            )


def _interrupts() -> threading.Event:
    """What is set by Ctrl+C, which Python passes over where it comes while objects are let go."""
    interrupted = threading.Event()

    def interrupt(number: int, frame: FrameType | None) -> None:
        interrupted.set()
        signal.default_int_handler(number, frame)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, interrupt)
    return interrupted


def _mark(path: Path | None) -> Mark | None:
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns) if found else None
