"""The worker's socket on this computer: reached in time, and only if it is the user's own."""

from __future__ import annotations

import os
import select
import socket
import struct
import sys
import time
from multiprocessing import connection as sockets
from multiprocessing.connection import Connection

RETRY_SECONDS = 0.02


def connect(address: str, family: str, seconds: float) -> Connection:
    """Connect to whoever listens at an address, without waiting for ever.

    Args:
        address: The path of a Unix socket, or the name of a pipe of Windows.
        family: "AF_UNIX" or "AF_PIPE".
        seconds: How long one that listens may have no room for another client.

    Returns:
        The open connection.

    Raises:
        OSError: Nobody listens, or it may not be reached.
    """
    if sys.platform == "win32" or family != "AF_UNIX":
        return sockets.Client(address, family)
    deadline = time.monotonic() + seconds
    while True:
        with socket.socket(socket.AF_UNIX) as end:
            # A worker that is stopped accepts nobody, and a plain connect would wait for it.
            end.setblocking(False)
            try:
                end.connect(address)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError("its queue is full") from None
            else:
                end.setblocking(True)
                return Connection(end.detach())
        time.sleep(RETRY_SECONDS)


class Listening:
    """A Unix socket that clients can connect to.

    Args:
        address: Its path, where nothing lies yet.
        backlog: How many clients may wait to be accepted.

    Raises:
        OSError: The folder can have no socket.
    """

    def __init__(self, address: str, backlog: int) -> None:
        self._address = address
        self._end = socket.socket(socket.AF_UNIX)
        try:
            self._end.bind(address)
            self._end.listen(backlog)
        except BaseException:
            self._end.close()
            raise
        status = os.stat(address)
        self._identity = (status.st_dev, status.st_ino)

    def accept(self) -> Connection:
        """Wait for the next client.

        Raises:
            OSError: It vanished, or there is no handle for it.
        """
        end, _address = self._end.accept()
        end.setblocking(True)
        return Connection(end.detach())

    @property
    def in_place(self) -> bool:
        """Whether clients that look at its path still find it, and not another or none."""
        try:
            status = os.stat(self._address)
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == self._identity

    def close(self) -> None:
        """Take it away; what another worker has put in its place stays."""
        if self.in_place:
            os.unlink(self._address)
        self._end.close()


def is_own(connection: Connection) -> bool:
    """Whether the other end is a process of this user; Linux tells, others are believed.

    Args:
        connection: The open connection.
    """
    if sys.platform != "linux":
        return True
    with socket.socket(fileno=os.dup(connection.fileno())) as end:
        said = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, user, _group = struct.unpack("3i", said)
    return bool(user == os.geteuid())


def has_room(connection: Connection, seconds: float) -> bool:
    """Whether a chunk can be sent without waiting for the other end; waits a while for that.

    Args:
        connection: The open connection.
        seconds: How long to wait.

    Returns:
        True as soon as there is room; always True on Windows.
    """
    if sys.platform == "win32":
        return True
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLOUT)
    return bool(watch.poll(seconds * 1000))
