"""One set-up at a time, whichever editors the user starts it in."""

from __future__ import annotations

import contextlib
from typing import IO, Iterator

from ..errors import BridgeError
from ..file_lock import try_lock
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


def _taken(file: IO[bytes]) -> bool:
    # Where a file system has no locks, nobody can tell that no other set-up is under way.
    try:
        return try_lock(file.fileno())
    except OSError:
        return False
