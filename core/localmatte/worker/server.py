"""Listens on the user's socket, one conversation for each client, and ends when idle."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing import AuthenticationError
from multiprocessing.connection import (
    Connection,
    Listener,
    answer_challenge,
    deliver_challenge,
)
from pathlib import Path
from stat import S_ISDIR
from typing import cast

from localmatte.errors import StorageError
from localmatte.system.boundary import explained
from localmatte.system.files import replacing
from localmatte.system.privacy import no_core_dumps
from localmatte.worker.conversation import Conversation
from localmatte.worker.service import Service
from localmatte_bridge import local, plain_file
from localmatte_bridge.file_lock import try_lock
from localmatte_bridge.installation import Installation

IDLE_SECONDS = 600.0
"""How long the worker stays without work."""

STRANGER_SECONDS = 5.0
"""How long a peer may take to prove that it knows the key."""

PAUSE_SECONDS = 0.1
"""How long to wait where no client can be accepted."""

BACKLOG = 64
"""How many clients may wait to be accepted."""

WATCH_SECONDS = 1.0
ENDING_SECONDS = 0.05


class _Pipe(Listener):
    """A pipe of Windows; it has no place that could be taken from it."""

    in_place = True


Listening = local.Listening | _Pipe


class Server:
    """The worker's life from its lock to its end.

    Args:
        place: Where the socket, the key and the lock lie.
        idle_seconds: How long it stays without work.
    """

    def __init__(self, place: Installation, idle_seconds: float = IDLE_SECONDS) -> None:
        self._place = place
        self._idle_seconds = idle_seconds
        self._service = Service(self.stop)
        self._ending = threading.Event()
        self._listener: Listening

    def serve(self) -> bool:
        """Serve until idle or told to stop; False when another worker already runs.

        Raises:
            StorageError: The run folder cannot be used.
        """
        no_core_dumps()
        descriptor = self._take_lock()
        if descriptor is None:
            return False
        try:
            with self._explained():
                self._start_log_anew()
                key = self._make_key()
                self._listener = self._listen_where_possible()
            with contextlib.closing(self._listener):
                signal.signal(signal.SIGTERM, lambda *_: self.stop())
                threading.Thread(target=self._watch, daemon=True).start()
                self._service.warm_up()
                self._accept(self._listener, key)
        finally:
            os.close(descriptor)
        return True

    def stop(self) -> None:
        """End as soon as no request is under way."""
        self._ending.set()

    def _accept(self, listener: Listening, key: bytes) -> None:
        while True:
            try:
                connection = listener.accept()
            except OSError:
                # A peer that vanished while it connected; or there are no more handles, which
                # only time mends.
                self._ending.wait(PAUSE_SECONDS)
                continue
            if self._ending.is_set() and not self._service.busy:
                connection.close()
                return
            try:
                threading.Thread(target=self._talk, args=(connection, key), daemon=True).start()
            except RuntimeError:
                # There can be no more threads; the client is told by being hung up on.
                connection.close()

    def _talk(self, connection: Connection, key: bytes) -> None:
        with connection:
            try:
                if local.is_own(connection) and _knows(connection, key):
                    with self._service.client():
                        Conversation(connection, self._service).hold()
            except Exception as error:
                # It ends this conversation, and nothing else.
                explained(error)

    def _watch(self) -> None:
        """Wake the accepting thread when it is time to end."""
        while True:
            self._ending.wait(WATCH_SECONDS)
            self._service.forget()
            forgotten = not self._listener.in_place
            if forgotten or self._service.idle_seconds > self._idle_seconds:
                self._ending.set()
            if self._ending.is_set():
                if not self._service.busy:
                    if forgotten:
                        # Its folder was deleted: nobody can wake it, and nobody will come.
                        os._exit(0)
                    with contextlib.suppress(OSError):
                        local.connect(self._place.address, self._place.family, 0).close()
                time.sleep(ENDING_SECONDS)

    def _take_lock(self) -> int | None:
        run = Path(self._place.run)
        with self._explained():
            run.mkdir(mode=0o700, parents=True, exist_ok=True)
            run.chmod(0o700)
            self._check_owner(run)
            descriptor = plain_file.own(self._place.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        if try_lock(descriptor):
            # For whoever has to end a worker that does not answer.
            os.truncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
            return descriptor
        os.close(descriptor)
        return None

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(
                f"Cannot use the folder {self._place.run}: {error.strerror or error}.",
                "Make it writable, or set LOCALMATTE_HOME to another folder.",
            ) from error

    def _listen_where_possible(self) -> Listening:
        """Listen in the run folder, or beside it where that can have no socket."""
        with contextlib.suppress(FileNotFoundError):
            Path(self._place.elsewhere_file).unlink()
        try:
            return self._listen()
        except OSError:
            if sys.platform == "win32" or self._place.address == self._place.spare_address:
                raise
        # A file system without sockets, as some shares and memory cards are.
        with replacing(Path(self._place.elsewhere_file)) as stream:
            stream.write(os.fsencode(self._place.spare_address))
        return self._listen()

    def _listen(self) -> Listening:
        address = self._place.address
        if sys.platform == "win32":
            return _Pipe(address, "AF_PIPE")
        folder = Path(address).parent
        folder.mkdir(mode=0o700, exist_ok=True)
        self._check_owner(folder)
        # What a worker left that was killed. Nobody listens there: the lock is held.
        Path(address).unlink(missing_ok=True)
        return local.Listening(address, BACKLOG)

    @staticmethod
    def _check_owner(folder: Path) -> None:
        if sys.platform == "win32":
            return
        status = folder.lstat()
        if status.st_uid != os.getuid() or status.st_mode & 0o077 or not S_ISDIR(status.st_mode):
            raise StorageError(
                f"The folder {folder} is accessible to other users.",
                "Delete it; localmatte will create it again.",
            )

    def _start_log_anew(self) -> None:
        """Forget what earlier workers said; whoever started this one opened the log to append."""
        try:
            os.close(plain_file.own(self._place.log_file, os.O_WRONLY | os.O_TRUNC))
        except OSError:
            # No log, as when a person started the worker in a terminal.
            return

    def _make_key(self) -> bytes:
        key = secrets.token_bytes(32)
        path = Path(self._place.key_file)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
        return key


def _knows(connection: Connection, key: bytes) -> bool:
    """Whether the peer proves in time that it knows the key."""
    impatient = cast(Connection, _Impatient(connection))
    try:
        deliver_challenge(impatient, key)
        answer_challenge(impatient, key)
    except (AuthenticationError, AssertionError, EOFError, OSError, TypeError, ValueError):
        return False
    return True


class _Impatient:
    """A connection that does not wait for a stranger for ever."""

    def __init__(self, connection: Connection) -> None:
        self.send_bytes = connection.send_bytes
        self._connection = connection

    def recv_bytes(self, maxlength: int) -> bytes:
        if not self._connection.poll(STRANGER_SECONDS):
            raise EOFError
        return self._connection.recv_bytes(maxlength)
