"""One installer at a time.

The lock belongs to an open file, which pip inherits: after an installer was killed, the next
one waits until the pip that it left behind has ended as well.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from .console import Console
from .errors import InstallError, writing

PATIENCE_SECONDS = 120.0


@contextmanager
def held(path: Path, console: Console) -> Iterator[None]:
    """Hold the lock inside the block.

    Args:
        path: The lock's file; it and its folder are made where they do not exist.
        console: Says that another installer is waited for.

    Raises:
        InstallError: Another installer has held it for two minutes, or it cannot be written.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    with file:
        _inheritable(file)
        end = time.monotonic() + PATIENCE_SECONDS
        while not _try(file):
            if time.monotonic() > end:
                raise InstallError(
                    "Another localmatte installer is still running.",
                    "Wait until it has finished, then run this again.",
                )
            console.moving("waiting for another installer to finish")
            time.sleep(0.2)
        yield


def taken(path: Path) -> bool:
    """Whether somebody holds a lock.

    Args:
        path: The lock's file; nobody holds one that does not exist.
    """
    try:
        file = path.open("r+b")
    except OSError:
        return False
    with file:
        return not _try(file)


if sys.platform == "win32":
    import msvcrt

    def _inheritable(file: IO[bytes]) -> None:
        """Windows ends a lock with the process that took it."""

    def _try(file: IO[bytes]) -> bool:
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl
    import os

    def _inheritable(file: IO[bytes]) -> None:
        os.set_inheritable(file.fileno(), True)

    def _try(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
