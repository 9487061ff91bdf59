"""The adapter's end of the wire: finds or starts the worker, asks, and listens."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from multiprocessing import AuthenticationError
from multiprocessing import connection as sockets
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Union

from . import launch, wire
from .errors import BridgeError
from .places import Engine

START_SECONDS = 30.0
"""How long a new worker may take to make its socket."""

ANSWER_SECONDS = 10.0
"""How long a worker may take to say hello."""

CANCEL_SECONDS = 1.0
"""How long a worker may take to confirm a cancel before the connection is closed."""

POLL_SECONDS = 0.05
RETRY_SECONDS = 0.02

_NO_WORKER = (FileNotFoundError, ConnectionError)


class Progress(NamedTuple):
    """How far a request is."""

    fraction: float
    stage: str


class Result(NamedTuple):
    """The answer to a request; `payload` holds pixels where it has any."""

    header: Dict[str, Any]
    payload: bytearray


Event = Union[Progress, Result]


class Client:
    """One connection to the worker, for one request after another.

    All methods belong to one thread, except `cancel`.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cancelled = threading.Event()

    @classmethod
    def connect(cls, engine: Engine) -> Client:
        """Connect to the user's worker, starting it where none runs.

        A worker of another version than `engine` is asked to end when it is idle, and a
        new one is started in its place.

        Raises:
            BridgeError: No worker can be had ("engine-missing", "engine-silent", "version",
                "busy").
        """
        client = cls(_connect(engine) or _start_and_connect(engine))
        try:
            hello = client.ask("hello", timeout=ANSWER_SECONDS).header
            if not engine.version or hello.get("version") == engine.version:
                return client
            client.ask("stop", timeout=ANSWER_SECONDS)
            client._wait_for_its_end()
        except BaseException:
            client.close()
            raise
        client.close()
        return cls(_start_and_connect(engine))

    @classmethod
    def connect_running(cls, engine: Engine) -> Optional[Client]:
        """Connect to the user's worker if one runs; None when none does."""
        connection = _connect(engine)
        return cls(connection) if connection else None

    def close(self) -> None:
        """Close the connection; a request under way is cancelled by that."""
        self._connection.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def cancel(self) -> None:
        """Ask for the end of the request under way; may be called from any thread."""
        self._cancelled.set()

    def ask(self, kind: str, timeout: Optional[float] = None, **fields: Any) -> Result:
        """Send a request without payload and wait for its result, passing over progress.

        Raises:
            BridgeError: The worker answered with an error, or ended.
        """
        for event in self.request({"kind": kind, **fields}, timeout=timeout):
            if isinstance(event, Result):
                return event
        raise AssertionError("a request ends with a result or an error")

    def matte(
        self,
        pixels: Iterable[wire.Payload],
        width: int,
        height: int,
        layout: str,
        mask_layout: str = "y8",
        **options: Any,
    ) -> Iterator[Event]:
        """Ask for the matte of a layer.

        Args:
            pixels: The layer's pixels in pieces (strips), together width × height pixels.
            width: In pixels.
            height: In pixels.
            layout: The pixels' layout, a key of wire.BYTES_PER_PIXEL.
            mask_layout: The layout wanted for the matte: "y8", "y16" or "yf".
            options: model, provider, refine, selection.

        Yields:
            Progress, then one Result whose payload is the matte, width × height pixels.

        Raises:
            BridgeError: The worker answered with an error, or ended, or `cancel` was called.
        """
        header = {
            "kind": "matte",
            "width": width,
            "height": height,
            "layout": layout,
            "mask_layout": mask_layout,
            "bytes": width * height * wire.BYTES_PER_PIXEL[layout],
        }
        header.update(options)
        return self.request(header, (piece for strip in pixels for piece in wire.chunks(strip)))

    def request(
        self,
        header: wire.Header,
        payload: Iterable[wire.Payload] = (),
        timeout: Optional[float] = None,
    ) -> Iterator[Event]:
        """Send a request and yield what the worker answers, the result last.

        Args:
            header: `kind` and the request's own fields.
            payload: The pieces of the payload.
            timeout: Seconds to wait for each answer; None waits for ever.

        Raises:
            BridgeError: The worker answered with an error, or ended, or `cancel` was called.
        """
        try:
            # A worker that refuses a request hangs up before it has read all of it; what it
            # said then waits to be read.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                wire.send(self._connection, header, self._until_cancelled(payload))
            while True:
                self._wait(timeout)
                answer = wire.receive_header(self._connection)
                size = wire.payload_size(answer, header.get("bytes", 0) * 4)
                body = wire.receive_payload(self._connection, size)
                if answer["kind"] == "progress":
                    yield Progress(float(answer["fraction"]), str(answer["stage"]))
                elif answer["kind"] == "error":
                    raise BridgeError(answer["code"], answer["message"], answer["hint"])
                else:
                    yield Result(answer, body)
                    return
        except (EOFError, OSError):
            raise BridgeError(
                "engine-died",
                "localmatte's engine ended before it was done; nothing was changed.",
                "Try again; if it happens again, run `localmatte doctor` in a terminal.",
            ) from None

    def _wait_for_its_end(self) -> None:
        """Wait until the worker, told to stop, has let go of its socket and its lock."""
        if not self._connection.poll(START_SECONDS):
            raise BridgeError(
                "busy",
                "An older version of localmatte's engine is still at work.",
                "Try again when it is done.",
            )
        with contextlib.suppress(EOFError, OSError):
            self._connection.recv_bytes(wire.HEADER_LIMIT)

    def _until_cancelled(self, payload: Iterable[wire.Payload]) -> Iterator[wire.Payload]:
        for piece in payload:
            if self._cancelled.is_set():
                self.close()
                raise _cancelled()
            yield piece

    def _wait(self, timeout: Optional[float]) -> None:
        waited_since = time.monotonic()
        told_at: Optional[float] = None
        while not self._connection.poll(POLL_SECONDS):
            now = time.monotonic()
            if self._cancelled.is_set() and told_at is None:
                wire.send(self._connection, {"kind": "cancel"})
                told_at = now
            if told_at is not None and now - told_at > CANCEL_SECONDS:
                self.close()
                raise _cancelled()
            if timeout is not None and now - waited_since > timeout:
                self.close()
                raise _silent()


def _connect(engine: Engine) -> Optional[Connection]:
    """An authenticated connection, or None when no worker listens."""
    try:
        connection = sockets.Client(engine.address, engine.family)
    except _NO_WORKER:
        return None
    try:
        with open(engine.key_file, "rb") as file:
            key = file.read()
        if not connection.poll(ANSWER_SECONDS):
            raise _silent()
        answer_challenge(connection, key)
        deliver_challenge(connection, key)
    except AuthenticationError:
        connection.close()
        raise _silent() from None
    except (EOFError, OSError):
        connection.close()
        return None
    except BaseException:
        connection.close()
        raise
    return connection


def _start_and_connect(engine: Engine) -> Connection:
    process = launch.start(engine)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        connection = _connect(engine)
        if connection:
            return connection
        status = process.poll()
        if status:
            raise BridgeError(
                "engine-missing",
                "localmatte's engine ended at once: {}".format(_last_words(engine)),
                "Run `python3 install` in localmatte's folder again.",
            )
        time.sleep(RETRY_SECONDS)
        if status == 0:
            # It made way for another worker, which was itself about to end.
            process = launch.start(engine)
    raise _silent()


def _last_words(engine: Engine) -> str:
    try:
        with open(engine.log_file, "rb") as file:
            file.seek(max(os.path.getsize(engine.log_file) - 4096, 0))
            lines: List[str] = file.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1] if lines else "it said nothing."


def _silent() -> BridgeError:
    return BridgeError(
        "engine-silent",
        "localmatte's engine does not answer.",
        "Run `localmatte stop` in a terminal, then try again.",
    )


def _cancelled() -> BridgeError:
    return BridgeError("cancelled", "Cancelled.")
