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


def on_a_terminal(*arguments: str | Path, **variables: str) -> tuple[str, str]:
    """Run a command whose stderr is a terminal; returns what it wrote to stdout, and there."""
    # Windows has no such module.
    import pty

    master, slave = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "localmatte", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=slave,
        timeout=120,
        env={**os.environ, **variables},
    )
    os.close(slave)
    shown = b""
    # On Linux a pseudo-terminal whose other side is closed ends with an error.
    try:
        while block := os.read(master, 1 << 16):
            shown += block
    except OSError:
        pass
    os.close(master)
    assert done.returncode == 0, shown
    return done.stdout.decode(), shown.decode()


def sentence(done: subprocess.CompletedProcess[bytes]) -> str:
    """The one line that a failed command printed, without a traceback."""
    text = done.stderr.decode()
    assert text.count("\n") == 1, text
    assert text.startswith("localmatte: "), text
    return text.removeprefix("localmatte: ").strip()
