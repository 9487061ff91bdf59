"""Runs another program, reads what it says, and ends it on request."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from typing import Any, Callable, Dict, Mapping, Optional, Sequence

from ..errors import BridgeError
from ..words import _

TURN_SECONDS = 0.1
"""How often a cancel is looked for."""

GRACE_SECONDS = 10.0
"""How long a program may take to end itself once its input has ended."""


class CancelledError(BridgeError):
    """The user asked for an end."""

    def __init__(self) -> None:
        super().__init__("cancelled", _("Cancelled."))


def follow(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: str,
    on_line: Callable[[str], None],
    cancelled: threading.Event,
    grace: float = 0.0,
) -> int:
    """Run a program to its end.

    Args:
        command: The program and its arguments.
        environment: All its variables.
        folder: Where it runs.
        on_line: Called with each line that it writes to stdout or stderr.
        cancelled: Ends it.
        grace: Seconds that it may take after a cancel, of which the end of its input tells it.

    Returns:
        Its exit status.

    Raises:
        CancelledError: It was ended.
        OSError: It cannot be started.
    """
    process = subprocess.Popen(
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(environment),
        cwd=folder,
        **_apart(),
    )
    lines: "queue.Queue[Optional[bytes]]" = queue.Queue()

    def read() -> None:
        for line in process.stdout or ():
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    try:
        while True:
            if cancelled.is_set():
                raise CancelledError
            try:
                line = lines.get(timeout=TURN_SECONDS)
            except queue.Empty:
                continue
            if line is None:
                return process.wait()
            on_line(line.decode("utf-8", "replace").rstrip())
    finally:
        _end(process, grace)


def answer(command: Sequence[str], environment: Mapping[str, str], seconds: float = 20.0) -> str:
    """Ask a program something.

    Args:
        command: The program and its arguments.
        environment: All its variables.
        seconds: After which it is ended.

    Returns:
        What it printed; empty where it cannot be run, fails or takes too long.
    """
    try:
        done = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environment),
            timeout=seconds,
            **_apart(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def _end(process: "subprocess.Popen[bytes]", grace: float) -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _apart() -> Dict[str, Any]:
    """Without a console, which Windows would open, and with an umask of ours."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    # What a child installs is run later: nobody but the user may change it.
    return {"umask": 0o022} if sys.version_info >= (3, 9) else {}
