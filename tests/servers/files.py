"""An HTTP server of files that answers each request as the test says, well or badly."""

from __future__ import annotations

import gzip
import http.server
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Request:
    """What a client asked for: a path, and from which byte on."""

    path: str
    start: int


@dataclass
class Server:
    """A running server.

    Attributes:
        address: Its root, e.g. "http://127.0.0.1:40001".
        files: What lies at which path.
        behaviour: How it answers.
        requests: What was asked, in order.
        sent: How many bytes of file content left it in all.
    """

    address: str
    files: dict[str, bytes]
    behaviour: Behaviour
    requests: list[Request] = field(default_factory=list)
    sent: int = 0

    def count(self, number: int) -> None:
        """Add bytes to those sent."""
        with self._lock:
            self.sent += number

    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


class Handler(http.server.BaseHTTPRequestHandler):
    """Looks the file up and leaves the answer to the server's behaviour."""

    protocol_version = "HTTP/1.1"
    state: Server

    def do_GET(self) -> None:
        """Answer one request."""
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        request = Request(self.path, int(found[1]) if found else 0)
        self.state.requests.append(request)
        self.close_connection = True
        content = self.state.files.get(self.path)
        # A client that was killed leaves its connection behind.
        with suppress(ConnectionError, ssl.SSLError):
            if content is None:
                self.send_error(404)
            else:
                self.state.behaviour(self, content, request.start)

    def head(self, status: int, **headers: str | int) -> None:
        """Send a status line and headers; `Content_Length` stands for Content-Length."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def ranged_head(self, content: bytes, start: int) -> None:
        """Send the headers of an honest answer from `start` on."""
        length = len(content) - start
        if not start:
            return self.head(200, Content_Length=length, Accept_Ranges="bytes")
        span = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return self.head(206, Content_Length=length, Content_Range=span)

    def body(self, data: bytes) -> None:
        """Send a piece of content and count it."""
        self.wfile.write(data)
        self.state.count(len(data))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""


Behaviour = Callable[[Handler, bytes, int], None]


def honest(handler: Handler, content: bytes, start: int) -> None:
    """Send what was asked for."""
    handler.ranged_head(content, start)
    handler.body(content[start:])


def drops_each_mebibyte(handler: Handler, content: bytes, start: int) -> None:
    """Close the connection after 1 MiB, whatever was announced."""
    handler.ranged_head(content, start)
    handler.body(content[start : start + MEBIBYTE])


def ignores_range(handler: Handler, content: bytes, start: int) -> None:
    """Send the whole file each time."""
    handler.ranged_head(content, 0)
    handler.body(content)


def ignores_range_and_drops(handler: Handler, content: bytes, start: int) -> None:
    """Start over each time and never get beyond 1 MiB."""
    handler.ranged_head(content, 0)
    handler.body(content[:MEBIBYTE])


def announces_too_much(handler: Handler, content: bytes, start: int) -> None:
    """Announce a longer file than there is."""
    handler.head(200, Content_Length=len(content) + 1000)
    handler.body(content)


def announces_nothing_and_ends_early(handler: Handler, content: bytes, start: int) -> None:
    """Send no length and half of the file."""
    handler.head(200)
    handler.body(content[: len(content) // 2])


def another_file(handler: Handler, content: bytes, start: int) -> None:
    """Send a page instead, as a captive portal does."""
    handler.head(200, Content_Length=20, Content_Type="text/html")
    handler.body(b"<html>Log in!</html>")


def wrong_bytes(handler: Handler, content: bytes, start: int) -> None:
    """Send a file of the right length with one bit turned."""
    damaged = bytearray(content)
    damaged[len(damaged) // 2] ^= 1
    honest(handler, bytes(damaged), start)


def wrong_range(handler: Handler, content: bytes, start: int) -> None:
    """Answer a range request from another byte than was asked for."""
    if not start:
        return drops_each_mebibyte(handler, content, start)
    return honest(handler, content, start + 1)


def fails(handler: Handler, content: bytes, start: int) -> None:
    """Answer 500."""
    handler.send_error(500)


def forbids(handler: Handler, content: bytes, start: int) -> None:
    """Answer 403."""
    handler.send_error(403)


def asks_for_patience(handler: Handler, content: bytes, start: int) -> None:
    """Answer 503 with Retry-After."""
    handler.head(503, Retry_After=1, Content_Length=0)


def truncated_gzip(handler: Handler, content: bytes, start: int) -> None:
    """Send half of the compressed file, although nobody asked for compression."""
    packed = gzip.compress(content, 1)
    handler.head(200, Content_Encoding="gzip", Content_Length=len(packed))
    handler.body(packed[: len(packed) // 2])


def slow_loris(handler: Handler, content: bytes, start: int) -> None:
    """Send a byte now and then, so that no silence is ever long."""
    handler.ranged_head(content, start)
    for position in range(start, len(content)):
        handler.body(content[position : position + 1])
        time.sleep(0.1)


def silent(handler: Handler, content: bytes, start: int) -> None:
    """Take the request and say nothing."""
    time.sleep(5)


def redirects_to(address: str) -> Behaviour:
    """Send the client elsewhere, to the same path below `address`."""

    def behave(handler: Handler, content: bytes, start: int) -> None:
        handler.head(302, Location=address + handler.path, Content_Length=0)

    return behave


def paced(bytes_a_second: float) -> Behaviour:
    """Send what was asked for, but no faster."""

    def behave(handler: Handler, content: bytes, start: int) -> None:
        handler.ranged_head(content, start)
        for position in range(start, len(content), 1 << 16):
            block = content[position : position + (1 << 16)]
            handler.body(block)
            time.sleep(len(block) / bytes_a_second)

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Behave once in each way, and from then on in the last."""
    left = list(behaviours)

    def behave(handler: Handler, content: bytes, start: int) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler, content, start)

    return behave


@contextmanager
def serving(
    files: Mapping[str, bytes],
    behaviour: Behaviour = honest,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Server]:
    """Serve the files on a free port of 127.0.0.1 while the block runs."""

    class BoundHandler(Handler):
        """A handler class of this server's own, since the listener makes the instances."""

    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), BoundHandler)
    listener.daemon_threads = True
    if tls:
        listener.socket = tls.wrap_socket(listener.socket, server_side=True)
    scheme = "https" if tls else "http"
    server = Server(f"{scheme}://127.0.0.1:{listener.server_port}", dict(files), behaviour)
    BoundHandler.state = server
    thread = threading.Thread(target=listener.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        thread.join()
        listener.socket.close()
