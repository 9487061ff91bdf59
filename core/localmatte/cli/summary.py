"""What came of a batch, in a few lines."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from localmatte.cli.jobs import Plan
from localmatte.cli.sources import STREAM

UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@dataclass
class Summary:
    """Counts what comes of each image; where one is cut again, the last time counts.

    Attributes:
        waiting: The images of which nothing has come yet.
        passed_over: How many files and folders lay among them.
        started: When the batch began, in seconds of the monotonic clock.
        made: The images that were cut out, and whether something was left out of the result.
        standing: The images whose results were there already.
        failed: The images that failed, and the sentences why.
    """

    waiting: set[str] = field(default_factory=set)
    passed_over: int = 0
    started: float = field(default_factory=time.monotonic)
    made: dict[str, bool] = field(default_factory=dict)
    standing: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)

    def expect(self, plan: Plan) -> None:
        """Count what is about to be done."""
        self.passed_over += len(plan.passed_over)
        for job in plan.jobs:
            name = str(job.source or STREAM)
            self._forget(name)
            self.waiting.add(name)

    def add(self, report: dict[str, Any]) -> None:
        """Count an image's report, as batch.reports() yields it."""
        name = report["input"]
        self._forget(name)
        if "error" in report:
            self.failed[name] = f"{report['error']} {report['hint']}".rstrip()
        elif report.get("skipped"):
            self.standing.add(name)
        else:
            self.made[name] = bool(report["left_out"])

    def lines(self) -> Iterator[str]:
        """Each failure, and what there was of everything."""
        for name, sentence in self.failed.items():
            yield f"failed: {name}: {sentence}"
        lossy = sum(self.made.values())
        made = counted(len(self.made), "image") + " cut out"
        parts = [f"{made} (something was left out of {lossy})" if lossy else made]
        words = {
            "already had a result": len(self.standing),
            "failed": len(self.failed),
            "not done": len(self.waiting),
            "skipped": self.passed_over,
        }
        parts += [f"{count} {what}" for what, count in words.items() if count]
        yield f"{', '.join(parts)}; {duration(time.monotonic() - self.started)}."

    def _forget(self, name: str) -> None:
        self.waiting.discard(name)
        self.made.pop(name, None)
        self.standing.discard(name)
        self.failed.pop(name, None)


def duration(seconds: float) -> str:
    """A time in its two largest units that are not 0, such as "3 min 20 s"."""
    left, parts = round(seconds), list[str]()
    for size, unit in UNITS:
        whole, left = divmod(left, size)
        if whole:
            parts.append(f"{whole} {unit}")
    return " ".join(parts[:2]) or "0 s"


def counted(count: int, noun: str) -> str:
    """A number of things, such as "1 image" or "2 images".

    Args:
        count: How many.
        noun: What one of them is called.

    Returns:
        Both, in the plural unless it is one.
    """
    return f"{count} {noun}{'s' * (count != 1)}"
