"""The parts of the tests, each of which runs in a pytest of its own, side by side."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree import ElementTree

CHECKOUT = Path(__file__).resolve().parents[1]
FAILURES, NOTHING_RAN = 1, 5
"""pytest's exit status where tests failed, and where none matches."""

FEW = 5
"""Failures in a part of which it is worth knowing whether they come again."""

LAST_FAILED = ("--last-failed", "--last-failed-no-failures=none")

SHARE = "LOCALMATTE_TEST_SHARE"
"""The variable that says which share of the files is run, and of how many: "0 2"."""

AT_ONCE = os.cpu_count() or 1
"""Parts under way: one for each core. With one more, editors whose windows the tests wait for are
starved now and then, unless it is a patient one."""

PATIENT = ("nice", "-n", "10")
"""How a patient part is started: it takes what others leave of the cores, a fifth with two editors
on two of them."""


@dataclass(frozen=True)
class Part:
    """Some of the tests.

    Attributes:
        name: In words.
        markers: Which tests, as pytest's -m takes it.
        variables: Set for its pytest.
        patient: Whether its tests wait for no window, so that it may run beside the others.
    """

    name: str
    markers: str
    variables: dict[str, str] = field(default_factory=dict)
    patient: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of a part.

    Attributes:
        part: The part's name.
        status: pytest's exit status.
        seconds: How long it took.
        passed: How many tests did.
        failed: How many did not, or could not be run.
        skipped: How many were not run.
        complaints: pytest's lines about tests that failed.
        unsteady: Its lines about tests that failed beside the others and passed alone.
    """

    part: str
    status: int
    seconds: float
    passed: int
    failed: int
    skipped: int
    complaints: tuple[str, ...] = ()
    unsteady: tuple[str, ...] = ()


def parts_of(
    editors: Iterable[tuple[str, str]],
    engine: bool,
    only: str = "",
    shares: Mapping[str, int] | None = None,
) -> list[Part]:
    """The parts that hold each test once.

    Args:
        editors: Each editor and a suite that has it, for example ("gimp", "trixie").
        engine: Whether the tests without an editor are wanted.
        only: Which of the tests, as pytest's -m takes it; empty for all.
        shares: How many parts an editor's tests, or those without one ("engine"), make in a suite.
    """
    wanted = list(editors)
    parts = [
        Part(f"{editor} {suite}", _markers(editor, wanted), {"LOCALMATTE_TEST_EDITORS": suite})
        for editor, suite in wanted
    ]
    without_editor = "not gimp and not krita and not gimp2 and not cluster"
    parts += [Part("engine", without_editor, patient=True)] * engine
    if only:
        parts = [replace(part, markers=f"{part.markers} and ({only})") for part in parts]
    count = shares or {}
    return [share for part in parts for share in _shares(part, count.get(part.name.split()[0], 1))]


def _shares(part: Part, count: int) -> list[Part]:
    """A part's tests in so many parts."""
    return [
        replace(
            part,
            name=f"{part.name} {share + 1} of {count}" if count > 1 else part.name,
            variables={**part.variables, SHARE: f"{share} {count}"},
        )
        for share in range(count)
    ]


def share_of(files: Iterable[Path]) -> set[Path]:
    """Those of some test files that the share of this process holds."""
    share, shares = map(int, os.environ.get(SHARE, "0 1").split())
    return set(sorted(files)[share::shares])


def _markers(editor: str, wanted: Sequence[tuple[str, str]]) -> str:
    """A test that drives several editors belongs to the part of the first one."""
    names = list(dict.fromkeys(name for name, _ in wanted))
    earlier = names[: names.index(editor)]
    return " and ".join([editor, *(f"not {name}" for name in earlier)])


def run(parts: Sequence[Part], python: Path, arguments: Sequence[str]) -> list[Outcome]:
    """Run parts side by side, and what they print with their names before it.

    What failed in a few tests is run once more when all else has ended: windows come late on a
    busy machine. A part alone has the terminal for itself, and one attempt.

    Args:
        parts: What to run, in this order.
        python: The Python of the tests' environment.
        arguments: pytest's own.

    Returns:
        What came of each, in that order.
    """
    urgent = deque(part for part in parts if not part.patient)
    patient = deque(part for part in parts if part.patient)
    lanes = [(urgent, patient)] * AT_ONCE + [(patient,)] * bool(urgent)
    outcomes: dict[str, Outcome] = {}

    def follow(lane: Sequence[deque[Part]]) -> None:
        while part := _next(lane):
            outcomes[part.name] = _run(part, python, arguments, Path(reports), len(parts) == 1)

    with tempfile.TemporaryDirectory() as reports, ThreadPoolExecutor(len(lanes)) as pool:
        try:
            for done in [pool.submit(follow, lane) for lane in lanes]:
                done.result()
        except KeyboardInterrupt:
            urgent.clear()
            patient.clear()
            raise
        for part in parts:
            first = outcomes[part.name]
            if len(parts) > 1 and first.status == FAILURES and first.failed <= FEW:
                # Of the few files that pytest reads then, none is another share's.
                whole = replace(part, variables={**part.variables, SHARE: "0 1"})
                again = _run(whole, python, [*arguments, *LAST_FAILED], Path(reports), False)
                outcomes[part.name] = _both(first, again)
    return [outcomes[part.name] for part in parts]


def _both(first: Outcome, again: Outcome) -> Outcome:
    """What came of a part's two attempts, the second one of the tests that had failed."""
    if again.status or again.passed < first.failed:
        return replace(first, seconds=first.seconds + again.seconds)
    return replace(
        again,
        seconds=first.seconds + again.seconds,
        passed=first.passed + again.passed,
        skipped=first.skipped,
        unsteady=first.complaints,
    )


def _next(lane: Iterable[deque[Part]]) -> Part | None:
    """The next part of a lane; None where all have begun."""
    for waiting in lane:
        with suppress(IndexError):
            return waiting.popleft()
    return None


def _run(part: Part, python: Path, arguments: Sequence[str], reports: Path, alone: bool) -> Outcome:
    file_name = part.name.replace(" ", "-")
    report = reports / f"{file_name}.xml"
    command = [*(PATIENT if part.patient and not alone else ())]
    command += [str(python), "-m", "pytest", "-m", part.markers, f"--junitxml={report}"]
    # What failed last is remembered for each part: they would overwrite each other's.
    command += ["-o", f"cache_dir=.pytest_cache/{file_name}"]
    look = [] if alone else ["--no-header", f"--color={'yes' if sys.stdout.isatty() else 'no'}"]
    start = time.monotonic()
    process = subprocess.Popen(
        [*command, *look, *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **part.variables},
        stdout=None if alone else subprocess.PIPE,
        stderr=None if alone else subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    complaints = tuple(_echoed(part.name, process))
    status = process.wait()
    passed, failed, skipped = _counts(report)
    if status not in (0, NOTHING_RAN) or not report.is_file():
        failed = max(failed, 1)
    seconds = time.monotonic() - start
    return Outcome(part.name, status, seconds, passed, failed, skipped, complaints)


def _echoed(name: str, process: subprocess.Popen[str]) -> Iterator[str]:
    """Print what a process does; yields the lines about failures."""
    for line in process.stdout or ():
        sys.stdout.write(f"{name} | {line}")
        sys.stdout.flush()
        if line.lstrip("\x1b[0123456789;m").startswith(("FAILED ", "ERROR ")):
            yield line.rstrip()


def _counts(report: Path) -> tuple[int, int, int]:
    """How many tests passed, failed and were skipped, by pytest's own report."""
    if not report.is_file():
        return 0, 0, 0
    tests, failures, errors, skipped = (
        sum(int(suite.get(name, 0)) for suite in ElementTree.parse(report).iter("testsuite"))
        for name in ("tests", "failures", "errors", "skipped")
    )
    return tests - failures - errors - skipped, failures + errors, skipped
