"""Runs cases inside Krita as a chain of timers, so that its main loop turns between any two steps.

A case is a generator function named `case_…`. It yields a condition (a callable that is
true when the case may go on) or None (go on at the next turn of the main loop). It fails by
an exception. What it puts into `facts` travels to the test outside.
"""

from __future__ import annotations

import faulthandler
import json
import os
import time
import traceback
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

from krita import Krita

from tests.editors.inside.krita_qt import QtCore

_running: list[Chain] = []

Condition = Callable[[], Any]
Steps = Generator[Condition | None, None, None]
Case = Callable[[dict[str, Any]], Steps]

TURN_MS = 5
REST_MS = 300
"""Krita crashes (in KisNodeModel::processUpdateQueue) when a document is closed while its
list of layers waits to be drawn anew."""
PATIENCE_SECONDS = 90.0
SIGN_SECONDS = 5.0
"""How often the report's time tells whoever waits for it that Krita's main loop turns."""
HANG_SECONDS = 60.0
"""When Krita's main loop has stood still for so long, Krita ends and says where it stood."""


class Chain:
    """Runs the cases one after another, writes what came of them, and quits Krita."""

    def __init__(self, cases: dict[str, Case], report: Path) -> None:
        self._waiting = list(cases.items())
        self._report = report
        self._outcomes: dict[str, dict[str, Any]] = {}
        self._signed = time.monotonic()
        self._timer = QtCore.QTimer()
        self._timer.setInterval(TURN_MS)
        self._timer.timeout.connect(self._turn)
        self._next()

    def _next(self) -> None:
        if not self._waiting:
            self._finish()
            return
        name, case = self._waiting.pop(0)
        self._outcome: dict[str, Any] = {"error": "did not end", "facts": {}}
        self._outcomes[name] = self._outcome
        self._steps = case(self._outcome["facts"])
        self._condition: Condition | None = None
        self._since = time.monotonic()
        self._write()
        self._timer.start()

    def _turn(self) -> None:
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        if time.monotonic() - self._signed > SIGN_SECONDS:
            self._report.touch()
            self._signed = time.monotonic()
        try:
            if not self._may_go_on():
                return
            self._condition = next(self._steps)
            self._since = time.monotonic()
        except StopIteration:
            self._end(None)
        except BaseException as error:
            self._end("".join(traceback.format_exception(error)))

    def _may_go_on(self) -> bool:
        """Whether the condition holds; what is wrong with it is raised where the case waits."""
        try:
            if not self._condition or self._condition():
                return True
            if time.monotonic() - self._since > PATIENCE_SECONDS:
                raise TimeoutError("waited in vain")
        except Exception as error:
            self._condition = self._steps.throw(error)
            self._since = time.monotonic()
        return False

    def _end(self, error: str | None) -> None:
        self._timer.stop()
        self._outcome["error"] = error
        finish_drawing()
        QtCore.QTimer.singleShot(REST_MS, self._clear)

    def _clear(self) -> None:
        close_documents()
        QtCore.QTimer.singleShot(TURN_MS, self._next)

    def _write(self) -> None:
        unfinished = self._report.with_suffix(".part")
        unfinished.write_text(json.dumps(self._outcomes))
        unfinished.replace(self._report)

    def _finish(self) -> None:
        self._write()
        quit_krita()


def each(table: Mapping[str, Any], check: Callable[[Any], Steps], facts: dict[str, Any]) -> Steps:
    """Check every row of a table, also after one that failed, each without the others' documents.

    Args:
        table: The rows by their names; those that were checked come into `facts["rows"]`.
        check: Makes the steps of one row.
        facts: The case's.
    """
    facts["rows"], failed = [], []
    for name, row in table.items():
        try:
            yield from check(row)
        except Exception as error:
            failed.append(f"{name}: {''.join(traceback.format_exception(error))}")
        facts["rows"].append(name)
        yield from rest()
        close_documents()
        yield None
    assert not failed, "\n".join(failed)


def turns(count: int) -> Steps:
    """Let Krita's main loop turn so often."""
    for _ in range(count):
        yield None


def rest() -> Steps:
    """Let Krita's main loop turn for REST_MS once all is drawn."""
    finish_drawing()
    until = time.monotonic() + REST_MS / 1000
    yield lambda: time.monotonic() > until


def finish_drawing() -> None:
    """Wait until nothing is left to be drawn: what is drawn late is told to the list late."""
    for document in Krita.instance().documents():
        document.waitForDone()


def close_documents() -> None:
    """Close all that is open, without a question."""
    for document in Krita.instance().documents():
        document.setModified(False)
        document.close()


def quit_krita() -> None:
    """Quit as the user would, without a question."""
    Krita.instance().setBatchmode(True)
    for document in Krita.instance().documents():
        document.setModified(False)
    QtCore.QTimer.singleShot(0, lambda: Krita.instance().action("file_quit").trigger())


def run(names: dict[str, Any]) -> None:
    """Run every `case_…` in a script's names; the report goes where LOCALMATTE_REPORT says."""
    run_cases({name: value for name, value in names.items() if name.startswith("case_")})


def run_cases(cases: dict[str, Case]) -> None:
    """Run cases by their names; the report goes where LOCALMATTE_REPORT says."""
    # Where Krita crashes, its log tells what the scripts were at.
    faulthandler.enable()
    # Qt holds only a weak reference to the chain, and the script's own names go when it ends.
    _running.append(Chain(cases, Path(os.environ["LOCALMATTE_REPORT"])))
