"""Calls the engine's command line."""

from __future__ import annotations

from pathlib import Path

from .console import Console
from .errors import InstallError
from .process import Finished, follow


def call(python: Path, console: Console, *arguments: str | Path) -> Finished:
    """Run `localmatte` on the engine's Python.

    Args:
        python: The engine's Python.
        console: Shows the engine's latest line.
        arguments: The command line after `localmatte`.

    Returns:
        How it ended; a failure is in its status.

    Raises:
        OSError: The Python cannot be started.
    """
    return follow([python, "-I", "-X", "utf8", "-m", "localmatte", *arguments], console)


def failure(done: Finished, hint: str) -> InstallError:
    """Make an error of what the engine said last.

    Args:
        done: A call that failed.
        hint: What the user can do, in one sentence; empty where the engine says it itself.

    Returns:
        The error, to be raised.
    """
    said = done.last_line.removeprefix("localmatte: ").removeprefix("error: ").strip()
    return InstallError(said or "The engine stopped without an error message.", hint)
