"""Calls the engine's command line."""

from __future__ import annotations

from pathlib import Path

from .console import Console
from .errors import InstallError
from .process import Finished, follow


def call(python: Path, console: Console, *arguments: str | Path) -> Finished:
    """Run `localmatte` with these arguments on the engine's Python."""
    return follow([python, "-I", "-X", "utf8", "-m", "localmatte", *arguments], console)


def failure(done: Finished, hint: str) -> InstallError:
    """What the engine said, as an error to raise."""
    said = done.last_line.removeprefix("localmatte: ").removeprefix("error: ").strip()
    return InstallError(said or "The engine stopped without an error message.", hint)
