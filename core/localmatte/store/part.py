"""A model file while it is written: kept between tries, verified piece by piece."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from localmatte.errors import ModelError, StorageError
from localmatte.models.spec import ModelFile
from localmatte.progress import CancelToken
from localmatte.store import cache
from localmatte.store.meter import Meter
from localmatte.system import paths
from localmatte_bridge import plain_file
from localmatte_bridge.words import N_, Sentence

SPARE_BYTES = 16 << 20
"""Room on the disk that a download leaves to others."""


class DamagedError(ModelError):
    """The bytes that came are not the published ones."""


class PartFile:
    """`<sha256>.part`: the verified start of a file, which grows until it is whole.

    What an earlier try left is read back and kept as far as its hashes agree. The file gets
    its last name only in `publish`, after the hash of all bytes was found right.

    Attributes:
        offset: How many bytes of the file are there, counted from its start.
    """

    def __init__(self, file: ModelFile, cancel: CancelToken) -> None:
        self.file = file
        self.path = paths.models() / f"{file.sha256}.part"
        self.offset = 0
        self._index = 0
        self._in_piece = 0
        self._digest = hashlib.sha256()
        try:
            plain_file.make_way(self.path)
            # Unbuffered, so that a full disk shows at the write that meets it.
            self._stream = self.path.open("r+b" if self.path.exists() else "w+b", buffering=0)
        except OSError as error:
            raise self._explained(error) from error
        try:
            self._read_back(cancel)
        except OSError as error:
            raise self._explained(error) from error
        except BaseException:
            self._stream.close()
            raise

    def __enter__(self) -> PartFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()
        if not self.offset:
            # Whatever ended the block is what has to be said.
            with suppress(OSError):
                self.path.unlink(missing_ok=True)

    @property
    def missing(self) -> int:
        """How many bytes are still to come."""
        return self.file.bytes - self.offset

    def check_room(self, extra: int = 0) -> None:
        """Refuse to start what the disk cannot hold.

        Args:
            extra: Bytes needed for a while beside the file itself.

        Raises:
            StorageError: There is too little room.
        """
        needed = self.missing + extra + SPARE_BYTES
        free = shutil.disk_usage(self.path.parent).free
        if free < needed:
            raise StorageError(
                Sentence(
                    "The model needs {needed} MB in {folder}, but only {free} MB are free.",
                    needed=f"{needed / 1e6:.0f}",
                    folder=str(self.path.parent),
                    free=f"{free / 1e6:.0f}",
                ),
                N_("Free some space, or set LOCALMATTE_HOME to a folder on another disk."),
            )

    def write(self, data: bytes) -> None:
        """Append the next bytes of the file.

        Args:
            data: Any number of bytes.

        Raises:
            DamagedError: A piece ended and its hash is wrong; its bytes are gone again.
            StorageError: The disk is full or refuses; a full disk is given its room back.
        """
        if len(data) > self.missing:
            raise DamagedError("more bytes arrived than the file has")
        view = memoryview(data)
        while view:
            try:
                written = self._stream.write(view[: self._missing_in_piece])
            except OSError as error:
                raise self._explained(error) from error
            self._count(view[:written])
            view = view[written:]

    def append(self, path: Path, start: int, meter: Meter, cancel: CancelToken) -> None:
        """Append what is still missing of a run of the file that lies in `path`.

        Args:
            path: The file with the run's bytes, all of them.
            start: Where the run starts in the model file.
            meter: Told how much of the model file is there.
            cancel: Checked at each block.
        """
        with path.open("rb") as stream:
            stream.seek(max(0, self.offset - start))
            while block := stream.read(cache.BLOCK):
                cancel.check()
                self.write(block)
                meter.at(self.offset)

    def publish(self) -> Path:
        """Make the whole file last, give it its name, and return that path.

        Raises:
            DamagedError: The whole file's hash is wrong, although every part's was right.
            StorageError: The disk refuses.
        """
        try:
            os.fsync(self._stream.fileno())
            if self.file.parts and cache.hash_of(self.path) != self.file.sha256:
                self._truncate(0)
                raise DamagedError("the parts do not add up to the published file")
            # Windows renames no open file.
            self._stream.close()
            return cache.publish(self.path, self.file)
        except OSError as error:
            raise self._explained(error) from error

    @property
    def _missing_in_piece(self) -> int:
        return self.file.pieces[self._index].bytes - self._in_piece

    def _read_back(self, cancel: CancelToken) -> None:
        """Count what is there already, up to the first piece that is damaged."""
        while self.missing:
            cancel.check()
            block = self._stream.read(min(cache.BLOCK, self._missing_in_piece))
            if not block:
                return
            try:
                self._count(memoryview(block))
            except DamagedError:
                return
        self._stream.truncate(self.file.bytes)

    def _count(self, view: memoryview) -> None:
        """Take bytes of one piece, which lie in the file, into the hash; verify at its end."""
        self._digest.update(view)
        self._in_piece += len(view)
        self.offset += len(view)
        piece = self.file.pieces[self._index]
        if self._in_piece < piece.bytes:
            return
        if self._digest.hexdigest() != piece.sha256:
            self._truncate(self.offset - piece.bytes)
            raise DamagedError(f"{piece.name} differs from the published file")
        self._digest = hashlib.sha256()
        self._in_piece = 0
        self._index += 1

    def _truncate(self, offset: int) -> None:
        """Forget all from `offset`, which is the start of the current piece or of the file."""
        self._stream.seek(offset)
        self._stream.truncate()
        self._digest = hashlib.sha256()
        self._in_piece = 0
        self._index = self._index if offset else 0
        self.offset = offset

    def _give_room_back(self) -> None:
        """Let the unfinished file go, however far it came."""
        self.offset = 0
        with suppress(AttributeError, OSError):
            # What was never opened has nothing to close.
            self._stream.close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _explained(self, error: OSError) -> StorageError:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            self._give_room_back()
            return StorageError(
                Sentence(
                    "The disk with {folder} is full. The partial download was deleted.",
                    folder=str(self.path.parent),
                ),
                N_("Free some space, or set LOCALMATTE_HOME to a folder on another disk."),
            )
        return StorageError(
            Sentence(
                "Cannot write the model to {folder}: {reason}.",
                folder=str(self.path.parent),
                reason=str(error.strerror),
            ),
            N_("Fix the folder's permissions, or set LOCALMATTE_HOME to another folder."),
        )
