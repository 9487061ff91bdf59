"""Writes files whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PREFIX = ".localmatte-"

OPEN_FILES = Path("/proc/self/fd")
"""Through which Linux names a file that has no name."""


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

    They are written beside their place, without a name where the system can do that, and then
    renamed; after an error, what was there before is
    there still. A link stays one: the file that it points to is replaced. A file that is there
    keeps its permissions. What is no file (a pipe, a device) is written to as it is.

    Args:
        path: Where the file belongs; its folder must exist.

    Raises:
        OSError: The folder cannot be written, or the disk is full.
    """
    place = Path(os.path.realpath(path))
    if place.exists() and not place.is_file():
        with place.open("wb") as device:
            yield device
        return
    permissions = stat.S_IMODE(place.stat().st_mode) if place.exists() else PERMISSIONS
    stream, beside = _begun(place.parent)
    try:
        with stream:
            yield stream
            stream.flush()
            beside = beside or _named(stream.fileno(), place.parent)
        beside.chmod(permissions)
        beside.replace(place)
    except BaseException:
        if beside:
            beside.unlink(missing_ok=True)
        raise


def _begun(folder: Path) -> tuple[BinaryIO, Path | None]:
    """A new file, and its path; None where it has no name yet, and goes with a killed process."""
    if OPEN_FILES.is_dir():
        with contextlib.suppress(OSError):  # not every file system has files without a name
            return os.fdopen(os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600), "wb"), None
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=PREFIX)
    return os.fdopen(descriptor, "wb"), Path(name)


def _named(descriptor: int, folder: Path) -> Path:
    """Give a file without a name one in a folder, or copy it where that is forbidden."""
    beside = folder / f"{PREFIX}{secrets.token_hex(8)}"
    try:
        with _descriptor_of(OPEN_FILES) as open_files:
            # Only with a folder's descriptor does Python ask for the link's target.
            os.link(str(descriptor), beside, src_dir_fd=open_files)
    except OSError:
        try:
            shutil.copyfile(OPEN_FILES / str(descriptor), beside)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
    return beside


@contextmanager
def _descriptor_of(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
