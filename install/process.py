"""Runs other programs and shows what they are at."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .console import Console

Command = Sequence[str | Path]
"""A program and its arguments."""


# What leads a Python to the modules of another one; pip starts Pythons of its own.
ANOTHER_PYTHONS = {"PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__"}


@dataclass(frozen=True)
class Finished:
    """A program that has ended.

    Attributes:
        status: Its exit status.
        output: What it wrote to stdout and stderr, in the order it came.
    """

    status: int
    output: str

    @property
    def last_line(self) -> str:
        """The last line that is not empty."""
        return next((line for line in reversed(self.output.splitlines()) if line.strip()), "")


def follow(
    command: Command, console: Console, variables: Mapping[str, str] | None = None
) -> Finished:
    """Run a program to its end; its latest line is the console's moving line.

    Args:
        command: The program and its arguments.
        console: Shows the moving line.
        variables: Set on top of this process's environment, less what belongs to its Python.

    Returns:
        Its exit status and its output, whether it succeeded or not.

    Raises:
        OSError: The program cannot be started.
    """
    inherited = {k: v for k, v in os.environ.items() if k not in ANOTHER_PYTHONS}
    process = subprocess.Popen(
        [os.fspath(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**inherited, **(variables or {})},
        # The lock's file goes along: see lock.py.
        close_fds=False,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    lines: list[str] = []

    def read() -> None:
        for line in process.stdout or ():
            lines.append(line)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    shown = 0
    try:
        while reader.is_alive():
            shown = _show(lines, shown, console)
            reader.join(0.2)
        _show(lines, shown, console)
        return Finished(process.wait(), "".join(lines))
    except BaseException:
        process.terminate()
        process.wait()
        raise


def _show(lines: list[str], shown: int, console: Console) -> int:
    """Show the lines that came since; returns how many are shown by now."""
    came = lines[shown:]
    for line in came or lines[-1:] or [""]:
        console.moving(line.strip())
    return shown + len(came)


def answer(command: Command, seconds: float = 20.0) -> str:
    """Ask a program something, and drop what it writes to stderr.

    Args:
        command: The program and its arguments.
        seconds: After which it is ended.

    Returns:
        What it printed; "" where it cannot be run, fails, or takes too long.
    """
    try:
        done = subprocess.run(
            [os.fspath(word) for word in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
