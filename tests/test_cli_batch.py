"""A batch goes on, whatever one of its pictures ends with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localmatte.cli.batch import reports
from localmatte.cli.jobs import Job
from localmatte.models import catalogue
from localmatte.progress import CancelToken
from localmatte.system import error_log

SPEC = catalogue.get("u2netp")
JOBS = [Job(Path(f"{number}.png"), None) for number in range(5)]


@pytest.mark.parametrize("error", [ValueError("odd"), OSError(5, "I/O error"), MemoryError()])
@pytest.mark.parametrize("at_once", [1, 2])
def test_an_error_that_nobody_expected_ends_one_picture_alone(
    error: Exception, at_once: int, empty_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut(job: Job, label: str, cancel: CancelToken) -> dict[str, Any]:
        if job is JOBS[1]:
            raise error
        return {"input": str(job.source)}

    found = list(reports(JOBS, cut, at_once, SPEC, go_on=True))
    assert [report["input"] for report in found] == [str(job.source) for job in JOBS]
    assert [number for number, report in enumerate(found) if "error" in report] == [1]
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("localmatte: 1.png: ")
    expected = not isinstance(error, MemoryError)
    assert (type(error).__name__ in error_log.text()) == expected


def test_the_only_picture_says_itself_what_it_failed_with(empty_home: Path) -> None:
    def cut(job: Job, label: str, cancel: CancelToken) -> dict[str, Any]:
        raise ValueError("odd")

    with pytest.raises(ValueError, match="odd"):
        list(reports(JOBS[:1], cut, 1, SPEC, go_on=False))
