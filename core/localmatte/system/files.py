"""Writes files whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def _usual_permissions() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


PERMISSIONS = _usual_permissions()
"""What any new file gets. Read once, while this is imported: the mask can only be asked for by
changing it, which threads must not do side by side."""


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes become the file at a path once the block has ended well.

    They are written beside their place, then renamed; after an error, what was there before is
    there still. A link stays one: the file that it points to is replaced. A file that is there
    keeps its permissions. What is no file (a pipe, a device) is written to as it is.

    Args:
        path: Where the file belongs; its folder must exist.

    Raises:
        OSError: The folder cannot be written, or the disk is full.
    """
    place = Path(os.path.realpath(path))
    if place.exists() and not place.is_file():
        with place.open("wb") as stream:
            yield stream
        return
    permissions = stat.S_IMODE(place.stat().st_mode) if place.exists() else PERMISSIONS
    descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=".localmatte-")
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
        beside.chmod(permissions)
        beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
