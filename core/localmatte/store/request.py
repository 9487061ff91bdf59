"""One HTTP request for a run of a file's bytes: where it may go, how long it may be silent."""

from __future__ import annotations

import functools
import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator
from contextlib import suppress
from typing import IO, Any

from localmatte.errors import ModelError
from localmatte.progress import CancelToken

SILENCE_SECONDS = 20.0
"""How long a server may say nothing at all."""

WINDOW_SECONDS = 30.0
WINDOW_BYTES = 30_000
"""A server that sends less than this in a window is given up; the next request resumes."""

BLOCK = 1 << 16

CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")

PASSING_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that may be another one soon."""

USER_AGENT = "localmatte"


class RefusedError(ModelError):
    """The server will not give the file; asking again is of no use."""


class InterruptedTransferError(ModelError):
    """The transfer broke off; asking again may help.

    Args:
        message: What happened.
        wait: Seconds that the server asked to be left alone.
    """

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class UnreachableError(InterruptedTransferError):
    """No server was reached at all."""


def is_loopback(host: str | None) -> bool:
    """Whether the host's name or address can only mean this computer."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def check_address(address: str) -> None:
    """Refuse an address that is neither https nor, on this computer itself, http.

    Args:
        address: What is asked for, or where an answer leads.

    Raises:
        RefusedError: It is neither.
    """
    parts = urllib.parse.urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname)):
        return
    raise RefusedError(f"{address} is not an https address")


def read(address: str, start: int, total: int, cancel: CancelToken) -> Generator[bytes]:
    """Request the rest of a file, in one answer.

    Args:
        address: Where the file lies.
        start: The first byte that is missing, counted from 0.
        total: The file's size in bytes.
        cancel: Breaks the connection off.

    Yields:
        The file's bytes from `start` to its end, in order, at most BLOCK at a time.

    Raises:
        RefusedError: The answer is final: not found, forbidden, another file, no trusted
            certificate.
        InterruptedTransferError: The transfer broke off.
        CancelledError: The caller cancelled.
    """
    check_address(address)
    host = urllib.parse.urlsplit(address).netloc
    watch = _Watch(cancel)
    try:
        with watch, _open(address, start, watch) as response:
            at = _first_byte(response, start, total)
            while at < total:
                block = response.read1(min(BLOCK, total - at))
                cancel.check()
                if not block:
                    what = watch.verdict or f"stopped after {at} of {total} bytes"
                    raise InterruptedTransferError(f"{host} {what}")
                watch.received += len(block)
                at += len(block)
                # A server that ignores Range starts over: what is here already is skipped.
                if at > start:
                    yield block[-(at - start) :]
    except (OSError, http.client.HTTPException) as error:
        cancel.check()
        raise _explained(error, host, watch) from error


def _open(address: str, start: int, watch: _Watch) -> http.client.HTTPResponse:
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(address, headers=headers)
    handlers: list[urllib.request.BaseHandler] = [_Handler(watch), _Redirects()]
    if is_loopback(urllib.parse.urlsplit(address).hostname):
        handlers.append(urllib.request.ProxyHandler({}))
    opener = urllib.request.build_opener(*handlers)
    response: http.client.HTTPResponse = opener.open(request, timeout=SILENCE_SECONDS)
    return response


def _first_byte(response: http.client.HTTPResponse, start: int, total: int) -> int:
    """Where in the file the answer's body starts, once its headers fit the file."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise RefusedError("the server sent the file compressed, although asked not to")
    length = response.headers.get("Content-Length")
    if response.status != 206:
        at, said = 0, length
    elif found := CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "")):
        at, said = int(found[1]), found[2]
    else:
        raise RefusedError("the server returned an unspecified range")
    if at not in (0, start):
        raise RefusedError(f"the server answered from byte {at} instead of {start}")
    if said not in (None, "*", str(total)):
        raise RefusedError(f"the server's file has {said} bytes instead of {total}")
    return at


def _explained(error: Exception, host: str, watch: _Watch) -> ModelError:
    """Say what happened, and whether asking again may help."""
    if watch.verdict:
        return InterruptedTransferError(f"{host} {watch.verdict}")
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        answer = f"{host} answered {error.code} {error.reason}"
        if error.code in PASSING_STATUS:
            return InterruptedTransferError(answer, _seconds(error.headers.get("Retry-After")))
        return RefusedError(answer)
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return RefusedError(
            f"the certificate of {host} is not trusted ({cause.verify_message})",
            "Check the computer's clock. If your network inspects encrypted traffic, set "
            "SSL_CERT_FILE to its root certificate.",
        )
    if isinstance(cause, socket.gaierror):
        return UnreachableError(f"the name {host} cannot be resolved")
    if isinstance(cause, ConnectionRefusedError):
        return UnreachableError(f"{host} refused the connection")
    if isinstance(cause, TimeoutError):
        return InterruptedTransferError(f"{host} did not respond for {SILENCE_SECONDS:.0f} s")
    return InterruptedTransferError(f"the connection to {host} failed: {cause}")


def _seconds(retry_after: str | None) -> float:
    """The header's seconds; a date, which it may also be, counts as none."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else 0.0


class _Watch:
    """Shuts the connection on cancel or when it brings too little, also amid a blocked read."""

    def __init__(self, cancel: CancelToken) -> None:
        self.received = 0
        self.verdict = ""
        self.socket: socket.socket | None = None
        self._cancel = cancel
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        since, before = time.monotonic(), 0
        while not self._done.wait(0.1):
            if time.monotonic() - since >= WINDOW_SECONDS:
                if self.received - before < WINDOW_BYTES:
                    self.verdict = f"sent almost no data for {WINDOW_SECONDS:.0f} s"
                since, before = time.monotonic(), self.received
            if self.socket and (self.verdict or self._cancel.cancelled):
                with suppress(OSError):
                    # The plain shutdown leaves the TLS state to the thread that reads.
                    socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


class _Connection(http.client.HTTPConnection):
    """Tells the watch its socket once it is connected."""

    def __init__(self, host: str, watch: _Watch, **options: Any) -> None:
        super().__init__(host, **options)
        self._watch = watch

    def connect(self) -> None:
        super().connect()
        self._watch.socket = self.sock


class _SecureConnection(_Connection, http.client.HTTPSConnection):
    """The same over TLS; the next class in line, HTTPSConnection, does the handshake."""


class _Handler(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    """Opens connections that the watch can shut."""

    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self._watch = watch

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(functools.partial(_Connection, watch=self._watch), req)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        connection = functools.partial(
            _SecureConnection, watch=self._watch, context=ssl.create_default_context()
        )
        return self.do_open(connection, req)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to https alone, and between http addresses of this computer."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        check_address(newurl)
        if req.type == "https" and urllib.parse.urlsplit(newurl).scheme != "https":
            raise RefusedError(f"{req.host} redirects to {newurl}, which is not an https address")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
