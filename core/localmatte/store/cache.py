"""The folder of model files: each lies there under its verified SHA-256, or not at all."""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from localmatte.errors import ModelError, ModelMissingError, StorageError
from localmatte.models.spec import ModelFile, ModelSpec
from localmatte.progress import CancelToken
from localmatte.system import paths
from localmatte_bridge.words import N_, Sentence

BLOCK = 1 << 20


MAPPED = 32 << 20
"""Files of at least so many bytes are mapped: a network's weights need not be copied."""

Contents = bytes | mmap.mmap
"""A file's bytes: read, or mapped."""


def path_of(file: ModelFile) -> Path:
    """Where the whole file lies; e.g. `~/.local/share/localmatte/models/<sha256>.onnx`.

    Args:
        file: A row of the catalogue, or of an import.
    """
    return file.local or paths.models() / f"{file.sha256}.onnx"


def present(spec: ModelSpec) -> bool:
    """Whether its files are there with the right sizes; a cheap look that reads nothing.

    Args:
        spec: The model.
    """
    return all(_seems_whole(file) for file in spec.files)


def _seems_whole(file: ModelFile) -> bool:
    path = path_of(file)
    try:
        return path.is_file() and path.stat().st_size == file.bytes
    except OSError:
        # A folder that cannot be read, or a file that goes between two looks.
        return False


def require(spec: ModelSpec) -> None:
    """Refuse a model that is not on this computer; a cheap look that reads nothing.

    Args:
        spec: The model.

    Raises:
        ModelMissingError: One of its files is not there.
        StorageError: Its folder cannot be read.
    """
    for row in spec.by_file:
        _existing(row)


def verified(spec: ModelSpec, cancel: CancelToken | None = None) -> Path:
    """Find the model's files, and hash them.

    Args:
        spec: The model.
        cancel: Ends the hashing.

    Returns:
        The first file's path; size and SHA-256 of each are the row's.

    Raises:
        ModelMissingError: It is not on this computer.
        ModelError: It was damaged; it is set aside.
        StorageError: Its folder cannot be read.
        CancelledError: `cancel` was called.
    """
    paths = [_verified(row, cancel) for row in spec.by_file]
    return paths[0]


def _verified(row: ModelSpec, cancel: CancelToken | None) -> Path:
    path = _existing(row)
    with explained(path.parent):
        if path.stat().st_size == row.file.bytes and hash_of(path, cancel) == row.file.sha256:
            return path
    raise _damaged(row, path)


def contents(spec: ModelSpec, cancel: CancelToken | None = None) -> Contents:
    """Read or map the model's file, once, and hash what was read.

    Args:
        spec: The model; of several files the first is meant, see ModelSpec.by_file.
        cancel: Ends the hashing.

    Returns:
        The file's bytes, whose SHA-256 is the row's; mapped from MAPPED bytes on.

    Raises:
        ModelMissingError: It is not on this computer.
        ModelError: It was damaged; it is set aside.
        StorageError: Its folder cannot be read.
        CancelledError: `cancel` was called.
    """
    path = _existing(spec)
    with explained(path.parent):
        content = _bytes_of(path) if path.stat().st_size == spec.file.bytes else b""
    if _hash(_blocks(content), cancel) == spec.file.sha256:
        return content
    raise _damaged(spec, path)


def _bytes_of(path: Path) -> Contents:
    if path.stat().st_size < MAPPED:
        return path.read_bytes()
    with path.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def _existing(spec: ModelSpec) -> Path:
    path = path_of(spec.file)
    with explained(path.parent):
        if path.is_file():
            return path
    raise ModelMissingError(
        Sentence("The model {model} is not downloaded.", model=spec.id), _way_back(spec)
    )


def _damaged(spec: ModelSpec, path: Path) -> ModelError:
    """The error that tells of a damaged file, which is set aside unless it is the user's own."""
    if spec.file.local:
        return ModelError(
            Sentence("The file {file} changed while it was in use.", file=str(path)),
            N_("Try again."),
        )
    aside = set_aside(path)
    return ModelError(
        Sentence(
            "The file of the model {model} was damaged and was moved to {place}.",
            model=spec.id,
            place=str(aside),
        ),
        _way_back(spec),
    )


def _way_back(spec: ModelSpec) -> str:
    if spec.file.fetchable:
        return Sentence("Download it with 'localmatte models pull {model}'.", model=spec.id)
    return N_("Import it again with 'localmatte models import FILE'.")


def hash_of(path: Path, cancel: CancelToken | None = None) -> str:
    """Compute the SHA-256 of a file, of which no more than BLOCK bytes are in memory at once.

    Args:
        path: The file.
        cancel: Checked at each block.

    Returns:
        64 hexadecimal digits, lower case.

    Raises:
        OSError: The file cannot be read.
        CancelledError: `cancel` was called.
    """
    with path.open("rb") as stream:
        return _hash(iter(lambda: stream.read(BLOCK), b""), cancel)


def _blocks(content: Contents) -> Iterator[memoryview]:
    view = memoryview(content)
    return (view[start : start + BLOCK] for start in range(0, len(view), BLOCK))


def _hash(blocks: Iterable[bytes | memoryview], cancel: CancelToken | None) -> str:
    digest = hashlib.sha256()
    for block in blocks:
        if cancel:
            cancel.check()
        digest.update(block)
    return digest.hexdigest()


def set_aside(path: Path) -> Path:
    """Move a damaged file to where nothing will open it, and return that place.

    Args:
        path: The file.
    """
    aside = path.parent / "damaged" / f"{time.strftime('%Y%m%d-%H%M%S')}-{path.name}"
    with explained(path.parent):
        aside.parent.mkdir(exist_ok=True)
        path.replace(aside)
    return aside


def publish(part: Path, file: ModelFile) -> Path:
    """Give a file whose bytes are all written and verified its name, durably.

    Args:
        part: The file under its unfinished name, on the cache's disk.
        file: What it is.

    Returns:
        The path that it has now.

    Raises:
        OSError: The folder cannot be written.
    """
    target = path_of(file)
    part.replace(target)
    sync_folder(target.parent)
    return target


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder last through a power cut, where the system can.

    Args:
        folder: Where the file was renamed.
    """
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn the system's refusals into a sentence about the folder.

    Args:
        folder: What the block works in.

    Raises:
        MemoryError: There was too little to map a file.
        StorageError: The block raised another OSError.
    """
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOMEM:
            raise MemoryError from error
        raise StorageError(
            Sentence(
                "Cannot use the folder {folder}: {reason}.",
                folder=str(folder),
                reason=str(error.strerror),
            ),
            N_("Fix its permissions, or set LOCALMATTE_HOME to another folder."),
        ) from error
