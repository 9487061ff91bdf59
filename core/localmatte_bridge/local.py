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


def is_own(connection: Connection) -> bool:
    """Whether the other end is a process of this user; Linux tells, others are believed."""
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
    """
    if sys.platform == "win32":
        return True
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLOUT)
    return bool(watch.poll(seconds * 1000))
