"""Opens files, and nothing that somebody put in the place of one.

A pipe would let its reader wait for ever, and what is written to a link lands in its target.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Union

Path = Union[str, "os.PathLike[str]"]

_WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def read(path: Path) -> bytes:
    """The bytes of a file; a link to one is followed.

    Args:
        path: Where it lies.

    Raises:
        OSError: There is none, it is no file, or it cannot be read.
    """
    with os.fdopen(_opened(path, os.O_RDONLY, 0), "rb") as file:
        return file.read()


def own(path: Path, flags: int, mode: int = 0o666) -> int:
    """Open a file of ours to write; a link, a pipe or a socket in its place is removed first.

    Args:
        path: Where it belongs.
        flags: As os.open() takes them.
        mode: The permissions of a new file, before the mask.

    Returns:
        A descriptor.

    Raises:
        OSError: A folder lies there, or it cannot be opened.
    """
    make_way(path)
    return _opened(path, flags | _NO_LINK, mode)


def make_way(path: Path) -> None:
    """Remove a link, a pipe or a socket that lies in the place of a file of ours.

    Args:
        path: Where the file belongs.

    Raises:
        OSError: It cannot be removed.
    """
    try:
        kind = os.lstat(path).st_mode
    except OSError:
        return
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        os.unlink(path)


def _opened(path: Path, flags: int, mode: int) -> int:
    descriptor = os.open(path, flags | _WITHOUT_WAITING, mode)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "Not a file")
    return descriptor
