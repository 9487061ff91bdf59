"""Runs localmatte's command line as a person does: as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def localmatte(
    *arguments: str | Path, stdin: bytes = b"", prefix: tuple[str, ...] = (), **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command and return what came of it; `variables` are added to the environment."""
    return subprocess.run(
        [*prefix, sys.executable, "-m", "localmatte", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env={**os.environ, **variables},
        timeout=300,
    )


def sentence(done: subprocess.CompletedProcess[bytes]) -> str:
    """The one line that a failed command printed, without a traceback."""
    text = done.stderr.decode()
    assert text.count("\n") == 1, text
    assert text.startswith("localmatte: "), text
    return text.removeprefix("localmatte: ").strip()
