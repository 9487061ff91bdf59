"""Messages: a JSON header, then a payload in chunks; nothing is ever unpickled.

A header is one `send_bytes` of UTF-8 JSON with at least `kind`; its `bytes` says how long
the payload is that follows, in as many further `send_bytes` as the sender likes.
"""

from __future__ import annotations

import json
from multiprocessing.connection import Connection
from typing import Any, Dict, Iterable, Iterator, Union

from .errors import BridgeError
from .words import _

VERSION = 1
"""Both ends must speak the same; changes only when an older end would misunderstand."""

HEADER_LIMIT = 64 * 1024
"""A longer header is no header of ours, in bytes."""

CHUNK = 64 * 1024
"""How much payload is sent at once, in bytes. `multiprocessing.connection` makes a new buffer
for each read: with 4 MiB, 36 MB took 56 ms on a Unix socket, with this 31 ms."""

BYTES_PER_PIXEL = {
    "y8": 1,
    "ya8": 2,
    "rgb8": 3,
    "rgba8": 4,
    "bgra8": 4,
    "y16": 2,
    "ya16": 4,
    "rgb16": 6,
    "rgba16": 8,
    "bgra16": 8,
    "yf": 4,
    "yaf": 8,
    "rgbf": 12,
    "rgbaf": 16,
}
"""The pixel layouts, in native byte order; 16 is uint16, f is float32 with 1.0 for white."""

Header = Dict[str, Any]
Payload = Union[bytes, bytearray, memoryview]


def chunks(payload: Payload) -> Iterator[memoryview]:
    """Cut a payload into pieces of at most CHUNK bytes, without copying."""
    view = memoryview(payload).cast("B")
    for start in range(0, len(view), CHUNK):
        yield view[start : start + CHUNK]


def send(connection: Connection, header: Header, payload: Iterable[Payload] = ()) -> None:
    """Send a header, then the pieces of its payload.

    Args:
        connection: The open connection.
        header: JSON values; `bytes` must be the payload's length where there is one.
        payload: The pieces, in order.
    """
    connection.send_bytes(json.dumps(dict(header, v=VERSION)).encode("utf-8"))
    for piece in payload:
        connection.send_bytes(piece)


def receive_header(connection: Connection) -> Header:
    """Wait for the next header.

    Raises:
        BridgeError: What came is no header of this version ("protocol" or "version").
        EOFError: The peer closed the connection.
        OSError: The connection broke, or the peer sent too much.
    """
    try:
        header = json.loads(connection.recv_bytes(HEADER_LIMIT).decode("utf-8"))
    except (ValueError, RecursionError):
        raise BridgeError("protocol", _("The peer sent something that is no message.")) from None
    if not isinstance(header, dict) or not isinstance(header.get("kind"), str):
        raise BridgeError("protocol", _("The peer sent a message without a kind."))
    if header.get("v") != VERSION:
        raise BridgeError(
            "version",
            _("The plug-in and the engine are of different versions."),
            _("Run `python3 install` in localmatte's folder, then restart the editor."),
        )
    return header


def receive_payload(connection: Connection, size: int) -> bytearray:
    """Receive the `size` bytes that follow a header.

    Raises:
        BridgeError: The peer sent more than it announced ("protocol").
        EOFError: The peer closed the connection.
    """
    payload = bytearray(size)
    received = 0
    while received < size:
        piece = connection.recv_bytes(size - received)
        if not piece:
            raise BridgeError("protocol", _("The peer sent an empty piece of pixels."))
        payload[received : received + len(piece)] = piece
        received += len(piece)
    return payload


def payload_size(header: Header, limit: int) -> int:
    """The length of the payload that a header announces, in bytes.

    Raises:
        BridgeError: It is no whole number from 0 to `limit` ("protocol").
    """
    size = header.get("bytes", 0)
    if type(size) is not int or not 0 <= size <= limit:
        raise BridgeError("protocol", _("The peer announced a payload of an impossible size."))
    return size
