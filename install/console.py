"""What the installer says while it works, and what it says at the end."""

from __future__ import annotations

import io
import shutil
import sys
import time
from typing import TextIO


class Console:
    """Stages and notes go to stderr, the summary to stdout.

    On a terminal, a line below the last stage moves while something lasts.

    Attributes:
        counts_bytes: Whether it wants to be told of every block that pip downloads.
    """

    counts_bytes = False

    def __init__(self, err: TextIO | None = None, out: TextIO | None = None) -> None:
        self._err = tolerant(err or sys.stderr)
        self._out = tolerant(out or sys.stdout)
        self._terminal = self._err.isatty()
        self._started = time.monotonic()

    def stage(self, text: str, step: str = "") -> None:
        """Say what begins now.

        Args:
            text: For people.
            step: For programs, as `report` names it.
        """
        self._clear()
        self._started = time.monotonic()
        print(f"• {text}", file=self._err, flush=True)

    def note(self, text: str) -> None:
        """Say something that the user should know about the stage."""
        self._clear()
        print(f"  {text}", file=self._err, flush=True)

    def moving(self, text: str) -> None:
        """Replace the moving line, with the stage's seconds before it."""
        if self._terminal:
            seconds = time.monotonic() - self._started
            line = f"  {seconds:3.0f} s  {text}"
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\x1b[K{line[:width]}", end="", file=self._err, flush=True)

    def error(self, text: str, hint: str = "") -> None:
        """Say why it ends here, and what to do.

        Args:
            text: What is wrong.
            hint: What to do; empty where `text` says it.
        """
        self._clear()
        print(f"{text} {hint}".rstrip(), file=self._err, flush=True)

    def result(self, text: str = "") -> None:
        """Say a line of the summary."""
        self._clear()
        print(text, file=self._out, flush=True)

    def _clear(self) -> None:
        if self._terminal:
            print("\r\x1b[K", end="", file=self._err, flush=True)


def tolerant(stream: TextIO) -> TextIO:
    """The stream, which from now on writes a "?" for what its encoding lacks."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return stream
