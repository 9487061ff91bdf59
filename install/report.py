"""Says in lines of JSON what the installer is at, to the plug-in that started it."""

from __future__ import annotations

import _thread
import json
import os
import re
import sys
import threading
from typing import TextIO

from .console import Console

COLLECTED = re.compile(r"\s*(?:Downloading|Using cached|Processing) (?:\S*/)?(?P<name>\S+\.whl)")
SIZE = re.compile(r"\((?P<size>[\d.]+ [kMG]B)\)")
BYTES = re.compile(r"Progress (?P<here>\d+) of (?P<total>\d+)")

SHARES = {
    "wait": (0.0, 0.0),
    "environment": (0.0, 0.05),
    "packages": (0.05, 0.7),
    "files": (0.75, 0.1),
    "model": (0.85, 0.1),
    "test": (0.95, 0.05),
}
"""Where each step begins and its length, of 1."""

FINISHED = "Installing collected packages"


class Report(Console):
    """Each line has `stage`, one of SHARES, `fraction` and `detail`; or `error` and `hint`.

    Args:
        files: How many packages the locks name.
        out: Where the lines go; stdout where None.
    """

    counts_bytes = True

    def __init__(self, files: int, out: TextIO | None = None) -> None:
        super().__init__(out, out)
        self._lines = out or sys.stdout
        self._expected = files
        self._came: set[str] = set()
        self._step = "wait"
        self._detail = ""

    def stage(self, text: str, step: str = "") -> None:
        """Say what begins now.

        Args:
            text: For a terminal.
            step: A key of SHARES; empty for a part of the step before it.
        """
        if step:
            self._step, self._detail = step, ""
            self._say(0.0)

    def note(self, text: str) -> None:
        """Pass over what is for a terminal."""

    def moving(self, text: str) -> None:
        """Count what pip says that it has, and how far the file is that it downloads."""
        if self._step != "packages":
            return
        if collected := COLLECTED.match(text):
            self._came.add(collected["name"])
            project = collected["name"].split("-")[0].replace("_", "-")
            size = SIZE.search(text)
            self._detail = f"{project}, {size['size']}" if size else project
            self._say(self._share(0.0))
        elif amount := BYTES.search(text):
            self._say(self._share(int(amount["here"]) / max(1, int(amount["total"]))))
        elif text.startswith(FINISHED) and len(self._came) > self._expected / 2:
            # Until then it was the build backend that was installed.
            self.stage(text, "files")

    def error(self, text: str, hint: str = "") -> None:
        """Say why it ends here.

        Args:
            text: What is wrong.
            hint: What to do; empty where `text` says it.
        """
        self._write(error=text, hint=hint)

    def result(self, text: str = "") -> None:
        """Pass over what is for a terminal."""

    def _share(self, of_the_file: float) -> float:
        """How many of the files are there, the last one in part."""
        return min(1.0, max(0.0, len(self._came) - 1 + of_the_file) / self._expected)

    def _say(self, share: float) -> None:
        start, length = SHARES[self._step]
        fraction = round(start + length * share, 4)
        self._write(stage=self._step, fraction=fraction, detail=self._detail)

    def _write(self, **line: object) -> None:
        print(json.dumps(line), file=self._lines, flush=True)


def end_with_input() -> None:
    """Interrupt the installer once its input ends: the plug-in cancels it so, or is gone."""

    def watch() -> None:
        # Not sys.stdin, whose lock would be held for ever, also when Python ends.
        while os.read(0, 1):
            pass
        _thread.interrupt_main()

    threading.Thread(target=watch, daemon=True).start()
