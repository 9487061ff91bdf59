"""The error that the installer raises on purpose."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InstallError(Exception):
    """Something that the user can mend.

    Args:
        message: One sentence that says what is wrong.
        hint: One sentence that says what to do.
        exit_status: 1 for a failure, 2 for wrong use.
    """

    def __init__(self, message: str, hint: str, exit_status: int = 1) -> None:
        super().__init__(f"{message} {hint}")
        self.message = message
        self.hint = hint
        self.exit_status = exit_status


ANOTHER_FOLDER = "Make it writable, or set LOCALMATTE_HOME to another folder."
HINTS = {
    errno.ENOSPC: "Free some space on that disk, then run this again.",
    errno.EDQUOT: "Free some of your disk quota, then run this again.",
}


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Turn what the operating system says about `place` into a sentence.

    Raises:
        InstallError: The block raised an OSError.
    """
    try:
        yield
    except OSError as error:
        hint = HINTS.get(error.errno or 0, ANOTHER_FOLDER)
        reason = error.strerror or type(error).__name__
        raise InstallError(f"Cannot write to {place}: {reason}.", hint) from error
