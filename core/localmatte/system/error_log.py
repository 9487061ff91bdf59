"""The log of unexpected errors: what failed, and where in the software.

It holds nothing of the user's: no picture, no path, no name of a file. So an error's own text,
which may have any of them in it, is left out, and places are named by modules.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import os
import platform
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

from localmatte.system import paths
from localmatte_bridge import plain_file

LARGEST_BYTES = 64 * 1024
"""A longer log becomes the older one of two."""

MOST_FRAMES = 40
MOST_CAUSES = 8

_writing = threading.Lock()


def path() -> Path:
    """The path of the log; e.g. `~/.local/state/localmatte/log/errors.log`."""
    return paths.logs() / "errors.log"


def record(error: BaseException) -> None:
    """Write an error down; where that is not possible, it is lost.

    Args:
        error: With its traceback and its causes.
    """
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    lines = [f"{now} Python {platform.python_version()} {platform.system()}", *_described(error)]
    with contextlib.suppress(OSError), _writing:
        _append("\n".join(lines) + "\n\n")


def text() -> str:
    """What is in the log, the oldest first; empty where nothing is."""
    found = ""
    for file in (_older(), path()):
        with contextlib.suppress(OSError):
            found += plain_file.read(file).decode("utf-8", "replace")
    return found


def _described(error: BaseException) -> Iterator[str]:
    current: BaseException | None = error
    for _number in range(MOST_CAUSES):
        if current is None:
            return
        kind = f"{type(current).__module__}.{type(current).__qualname__}"
        number = current.errno if isinstance(current, OSError) else None
        yield f"{kind} {errno.errorcode.get(number, '') if number else ''}".rstrip()
        frames = list(traceback.walk_tb(current.__traceback__))[-MOST_FRAMES:]
        for frame, line in frames:
            module = frame.f_globals.get("__name__", "?")
            yield f"  {module}:{line} {frame.f_code.co_qualname}"
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )


def _older() -> Path:
    return path().with_suffix(".log.1")


def _append(entry: str) -> None:
    log = path()
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LARGEST_BYTES:
        log.replace(_older())
    descriptor = plain_file.own(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab") as stream:
        stream.write(entry.encode())
