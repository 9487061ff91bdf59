"""Where an error of any kind ends as one that a person can read."""

from __future__ import annotations

import errno

from localmatte.errors import (
    LocalmatteError,
    MemoryShortError,
    StorageError,
    UnexpectedError,
)
from localmatte.system import error_log
from localmatte_bridge.words import N_, Sentence


def explained(error: Exception) -> LocalmatteError:
    """What an error means to the user; one that nobody expected is also written down.

    Args:
        error: Whatever ended a request, a picture or a command.

    Returns:
        The error itself where it is meant for people.
    """
    if isinstance(error, LocalmatteError):
        return error
    if isinstance(error, MemoryError):
        return MemoryShortError(
            N_("There is not enough memory for this image."),
            N_("Close other programs, or scale the image down."),
        )
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return StorageError(
            N_("Too many files are open."), N_("Close other programs, then try again.")
        )
    error_log.record(error)
    return UnexpectedError(
        Sentence(
            "An unexpected error occurred ({kind}: {error}).",
            kind=type(error).__name__,
            error=" ".join(str(error).split()).rstrip("."),
        ),
        N_("Please report this with the file that 'localmatte doctor --report' writes."),
    )
