"""What the operating system says about a folder, as a sentence."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from typing import Iterator

from ..errors import BridgeError
from ..words import N_, _

ANOTHER_DISK = N_("Free some space, or set LOCALMATTE_HOME to a folder on another disk.")
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


@contextlib.contextmanager
def writing(folder: str) -> Iterator[None]:
    """Turn what goes wrong with a folder's files into a sentence.

    Args:
        folder: Where the block writes.

    Raises:
        BridgeError: The block raised an OSError ("storage").
    """
    try:
        yield
    except OSError as error:
        hint = _("Make it writable, or set LOCALMATTE_HOME to another folder.")
        if error.errno in FULL:
            hint = _(ANOTHER_DISK)
        raise BridgeError(
            "storage",
            _("Cannot write to the folder {folder}: {reason}.").format(
                folder=folder, reason=error.strerror or error
            ),
            hint,
        ) from None


def check_room(folder: str, needed: int) -> None:
    """Refuse to begin what the disk cannot hold.

    Args:
        folder: Where it goes; it exists.
        needed: In bytes.

    Raises:
        BridgeError: There is too little room ("storage").
    """
    with writing(folder):
        free = shutil.disk_usage(folder).free
    if free < needed:
        raise BridgeError(
            "storage",
            _("The disk with {folder} has {free} MB free, but {needed} MB are needed.").format(
                folder=folder, free=free // 1000000, needed=needed // 1000000
            ),
            _(ANOTHER_DISK),
        )


def remove(path: str) -> None:
    """Remove a folder with all that is in it, or a file, if it is there.

    Args:
        path: What is removed.

    Raises:
        OSError: It cannot be removed.
    """
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
