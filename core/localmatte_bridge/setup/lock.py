"""One set-up at a time, whichever editors the user starts it in."""

from __future__ import annotations

import contextlib
import sys
from typing import IO, Iterator

from ..errors import BridgeError
from ..words import _
from .storage import writing


@contextlib.contextmanager
def held(folder: str) -> Iterator[None]:
    """Hold the lock inside the block; it ends with the process that holds it.

    Args:
        folder: Where its file lies.

    Raises:
        BridgeError: Another set-up holds it ("busy"), or it cannot be written ("storage").
    """
    with writing(folder):
        file = open(folder + ".lock", "a+b")
    with file:
        if not _taken(file):
            raise BridgeError(
                "busy",
                _("localmatte is already being set up in another window."),
                _("Wait until it has finished."),
            )
        yield


if sys.platform == "win32":
    import msvcrt

    def _taken(file: IO[bytes]) -> bool:
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _taken(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
