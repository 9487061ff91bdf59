"""Messages: a JSON header, then a payload in chunks; nothing is ever unpickled.

A header is one `send_bytes` of UTF-8 JSON with at least `kind`; its `bytes` says how long
the payload is that follows, in as many further `send_bytes` as the sender likes. An empty one
says that the rest will not come.
"""

from __future__ import annotations

import json
import math
from multiprocessing.connection import Connection
from typing import Any, Callable, Dict, Iterable, Iterator, Union

from .errors import BridgeError
from .words import _

VERSION = 1
"""Both ends must speak the same; changes only when an older end would misunderstand."""

HEADER_LIMIT = 64 * 1024
"""The longest header of a request, in bytes."""

ANSWER_LIMIT = 16 * 1024 * 1024
"""The longest header of an answer, in bytes. A list of models takes half a kilobyte for each."""

LONGEST_INTEGER = 18
"""In digits; no size or count has more."""

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


class GivenUpError(BridgeError):
    """The peer said that the rest of its payload will not come."""


Header = Dict[str, Any]
Payload = Union[bytes, bytearray, memoryview]


def chunks(payload: Payload) -> Iterator[memoryview]:
    """Cut a payload into pieces of at most CHUNK bytes, without copying.

    Args:
        payload: Any number of bytes.
    """
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


def receive_header(connection: Connection, limit: int = HEADER_LIMIT) -> Header:
    """Wait for the next header.

    Args:
        connection: The open connection.
        limit: The longest header to take, in bytes.

    Returns:
        Its fields; `kind` is a text.

    Raises:
        BridgeError: What came is no header of this version ("protocol" or "version").
        EOFError: The peer closed the connection.
        OSError: The connection broke, or the peer sent too much.
    """
    try:
        header = _parsed(connection.recv_bytes(limit).decode("utf-8"))
    except (ValueError, RecursionError):
        raise BridgeError("protocol", _("The peer sent an invalid message.")) from None
    if not isinstance(header, dict) or not isinstance(header.get("kind"), str):
        raise BridgeError("protocol", _("The peer sent a message without a type."))
    if header.get("v") != VERSION:
        raise BridgeError(
            "version",
            _("The plug-in and the engine have different versions."),
            _(
                "Run localmatte's installer ('python3 install' in its folder), then restart the "
                "editor."
            ),
        )
    return header


def _parsed(text: str) -> Any:
    """JSON's value, without numbers that are none or that no field of ours could hold."""
    return json.loads(text, parse_int=_integer, parse_float=_finite, parse_constant=_finite)


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_INTEGER:
        raise ValueError("number too long")
    return int(digits)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def receive_payload(
    connection: Connection, size: int, wait: Callable[[], None] = lambda: None
) -> bytearray:
    """Receive the `size` bytes that follow a header.

    Args:
        connection: The open connection.
        size: In bytes.
        wait: Called before each piece; returns when it has come.

    Returns:
        The payload, of exactly that size.

    Raises:
        GivenUpError: The peer gave up in the middle.
        EOFError: The peer closed the connection.
        OSError: The connection broke, or the peer sent more than it announced.
    """
    payload = bytearray(size)
    receive_into(connection, payload, wait)
    return payload


def receive_into(
    connection: Connection,
    payload: Union[bytearray, memoryview],
    wait: Callable[[], None] = lambda: None,
) -> None:
    """Fill `payload` with the bytes that follow a header; as receive_payload() otherwise.

    Args:
        connection: The open connection.
        payload: As long as what was announced.
        wait: Called before each piece; returns when it has come.
    """
    received = 0
    for piece in _pieces(connection, len(payload), wait):
        payload[received : received + len(piece)] = piece
        received += len(piece)


def pass_over(connection: Connection, size: int) -> None:
    """Read the `size` bytes that follow a header without keeping them.

    Args:
        connection: The open connection.
        size: In bytes.

    Raises:
        GivenUpError: The peer gave up in the middle.
        EOFError: The peer closed the connection.
        OSError: The connection broke, or the peer sent more than it announced.
    """
    for _piece in _pieces(connection, size, lambda: None):
        pass


def _pieces(connection: Connection, size: int, wait: Callable[[], None]) -> Iterator[bytes]:
    received = 0
    while received < size:
        wait()
        piece = connection.recv_bytes(size - received)
        if not piece:
            raise GivenUpError("cancelled", _("Cancelled."))
        received += len(piece)
        yield piece


def payload_size(header: Header, limit: int) -> int:
    """The length of the payload that a header announces, in bytes.

    Args:
        header: What came.
        limit: The longest payload to take, in bytes.

    Returns:
        In bytes; 0 where no payload follows.

    Raises:
        BridgeError: It is no whole number from 0 to `limit` ("protocol").
    """
    size = header.get("bytes", 0)
    if type(size) is not int or not 0 <= size <= limit:
        raise BridgeError("protocol", _("The peer announced a payload of invalid size."))
    return size
