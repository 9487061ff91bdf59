"""What the operating system says about a folder, as a sentence."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import time
from typing import Iterator

from ..errors import BridgeError
from ..words import N_, _

ANOTHER_DISK = N_("Free some space, or set LOCALMATTE_HOME to a folder on another disk.")
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))

SCANNERS_SECONDS = (0.1, 0.5, 2.0)
"""How long Windows' virus scanners hold a file that was just written, at most."""


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


def replace(source: str, target: str) -> None:
    """Give a file or a folder its last name.

    Args:
        source: What it is called meanwhile.
        target: Its name from now on.

    Raises:
        OSError: It cannot be renamed.
    """
    for seconds in SCANNERS_SECONDS if sys.platform == "win32" else ():
        try:
            os.replace(source, target)
        except PermissionError:
            time.sleep(seconds)
        else:
            return
    os.replace(source, target)


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
