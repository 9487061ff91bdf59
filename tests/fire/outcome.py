"""What came of one barrage."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

MOST_FAULTS = 10
"""After so many a barrage stops: they are the same fault again."""


@dataclass
class Outcome:
    """What came of one barrage.

    Attributes:
        name: What was done.
        cases: How many times.
        answers: How often each kind of end came about.
        faults: What must not happen, and did; one line each.
        figures: What was measured, in words.
        seconds: How long it took.
        totals: What is summed over all barrages: requests, kills, fuzz cases, leaks, lost pixels.
    """

    name: str
    cases: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    totals: dict[str, int] = field(default_factory=dict)

    def count(self, answer: str) -> None:
        """Note how one case ended."""
        self.cases += 1
        self.answers[answer] = self.answers.get(answer, 0) + 1

    def add(self, other: Outcome) -> None:
        """Take in what came of a part of it."""
        self.cases += other.cases
        self.faults += other.faults
        for answer, number in other.answers.items():
            self.answers[answer] = self.answers.get(answer, 0) + number

    def line(self) -> str:
        """All of it for a person."""
        answers = ", ".join(f"{number} {answer}" for answer, number in self.answers.items())
        parts = [f"{self.cases} cases in {self.seconds:.0f} s", answers, *self.figures]
        return f"{self.name}: " + "; ".join(part for part in parts if part)


@dataclass(frozen=True)
class Range:
    """Where a barrage takes place.

    Attributes:
        home: A LOCALMATTE_HOME of its own, with the default model.
        random: Gives the same cases for the same seed.
        seconds: How long to go on.
        most: How many cases are enough.
    """

    home: Path
    random: Random
    seconds: float
    most: int

    def rounds(self, outcome: Outcome) -> Iterator[int]:
        """Numbers until the time is up, there are enough cases, or too much went wrong."""
        start = time.monotonic()
        number = 0
        while (
            time.monotonic() - start < self.seconds
            and outcome.cases < self.most
            and len(outcome.faults) < MOST_FAULTS
        ):
            yield number
            number += 1
        outcome.seconds = time.monotonic() - start


def mutated(random: Random, content: bytes) -> bytes:
    """Bytes that were cut short, overwritten, doubled, or put together from two places."""
    data = bytearray(content)
    for _change in range(random.choice((1, 1, 1, 2, 4, 16))):
        at = random.randrange(len(data) + 1)
        kind = random.randrange(6)
        if kind == 0:
            del data[at:]
        elif kind == 1 and data:
            data[at % len(data)] = random.randrange(256)
        elif kind == 2:
            data[at : at + random.choice((1, 2, 4, 8))] = random.randbytes(random.choice((1, 4, 9)))
        elif kind == 3:
            data[at:at] = data[at : at + random.randrange(64)]
        elif kind == 4:
            del data[at : at + random.randrange(64)]
        else:
            # Sizes and counts are where parsers take memory.
            data[at : at + 4] = random.choice((b"\xff" * 4, b"\x7f\xff\xff\xff", bytes(4)))
        if not data:
            return b""
    return bytes(data)


def processes_of(home: Path) -> list[int]:
    """The processes that work for a LOCALMATTE_HOME."""
    wanted = b"LOCALMATTE_HOME=" + os.fsencode(home)
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                if wanted in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
            except OSError:
                continue
    return found
