"""The adapter's end of the wire: finds or starts the worker, asks, and listens."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import threading
import time
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from typing import Any, Dict, Iterable, Iterator, NamedTuple, Optional, Sequence, Tuple, Union

from . import history, launch, local, plain_file, subjects, wire
from .errors import BridgeError
from .installation import Installation
from .words import _, unpacked

START_SECONDS = 30.0
"""How long a new worker may take to make its socket."""

ANSWER_SECONDS = 10.0
"""How long a worker may take to say hello."""

CANCEL_SECONDS = 1.0
"""How long a worker may take to confirm a cancel before the connection is closed."""

LARGEST_ANSWER = wire.BYTES_PER_PIXEL["yf"] + wire.BYTES_PER_PIXEL["rgb8"]
"""Bytes for each pixel of a matte with colours."""

SURROUNDINGS = 1.0
"""The margin around a selection whose mask is refined, as a part of the
selection's longer side: what is selected then is seldom a whole subject."""

IN_WORDS = frozenset({"notice", "doubt"})
"""What of the account of a matte is text for people, and is translated."""

POLL_SECONDS = 0.05
RETRY_SECONDS = 0.02

_NO_WORKER = (FileNotFoundError, NotADirectoryError, ConnectionError)


class Progress(NamedTuple):
    """How far a request is."""

    fraction: float
    stage: str


class Result(NamedTuple):
    """The answer to a request; `payload` holds pixels where it has any."""

    header: Dict[str, Any]
    payload: bytearray

    @property
    def raw(self) -> bytes:
        """What networks saw, where that was asked for; it ends the payload."""
        return bytes(self.payload[len(self.payload) - self.header.get("raw", 0) :])


Event = Union[Progress, Result]


class _Plane(NamedTuple):
    """What a request carries of a layer beside its pixels.

    Attributes:
        field: The field of the header that says that it is there.
        said: What the field says: its layout, a key of wire.BYTES_PER_PIXEL; True for "y8".
        strips: As many pixels as the layer has, in pieces; None where the request carries none.
    """

    field: str
    said: Union[str, bool]
    strips: Optional[Iterable[wire.Payload]]

    @property
    def layout(self) -> str:
        """A key of wire.BYTES_PER_PIXEL."""
        return "y8" if self.said is True else str(self.said)


class Client:
    """One connection to the worker, for one request after another.

    All methods belong to one thread, except `cancel`.

    Args:
        connection: A worker that has proved that it knows the key, as this end has.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cancelled = threading.Event()

    @classmethod
    def connect(cls, engine: Installation) -> Client:
        """Connect to the user's worker, starting it where none runs.

        A worker of another version than `engine` is asked to end when it is idle, and a
        new one is started in its place.

        Args:
            engine: Where the engine is installed.

        Raises:
            BridgeError: No worker can be had ("engine-missing", "engine-silent", "storage",
                "version", "busy").
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
    def connect_running(cls, engine: Installation) -> Optional[Client]:
        """Connect to the user's worker if one runs; None when none does.

        Args:
            engine: Where the engine is installed.

        Raises:
            BridgeError: One runs, and does not answer or may not be reached
                ("engine-silent", "storage").
        """
        connection = _connect(engine)
        return cls(connection) if connection else None

    def close(self) -> None:
        """Close the connection; a request under way is cancelled by that."""
        self._connection.close()

    @property
    def open(self) -> bool:
        """Whether it can still be asked; it is closed where a cancel was not heard."""
        return not self._connection.closed

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def cancel(self) -> None:
        """Ask for the end of the request under way, or of the next one where none is.

        May be called from any thread; the connection stays good for the request after it.
        """
        self._cancelled.set()

    def ask(
        self,
        kind: str,
        timeout: Optional[float] = None,
        limit: Optional[int] = None,
        **fields: Any,
    ) -> Result:
        """Send a request without payload and wait for its result, ignoring progress.

        Args:
            kind: What is asked for.
            timeout: Seconds to wait for each answer; None waits for ever.
            limit: The largest payload, in bytes, that may answer; None for none.
            fields: The request's own fields.

        Returns:
            The result, with its payload.

        Raises:
            BridgeError: The worker answered with an error, or ended.
        """
        for event in self.request({"kind": kind, **fields}, (), timeout, limit):
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
        existing: Optional[Iterable[wire.Payload]] = None,
        hints: Optional[Iterable[wire.Payload]] = None,
        selected: Optional[Iterable[wire.Payload]] = None,
        timeout: Optional[float] = None,
        **options: Any,
    ) -> Iterator[Event]:
        """Ask for the matte of a layer.

        Args:
            pixels: The layer's pixels in pieces (strips), together width × height pixels.
            width: In pixels.
            height: In pixels.
            layout: The pixels' layout, a key of wire.BYTES_PER_PIXEL.
            mask_layout: The layout wanted for the matte: "y8", "y16" or "yf".
            existing: A mask of the layer's size in `mask_layout`, in pieces: it is kept outside
                the selection, and the result is blended into it inside.
            hints: The user's hints, a byte for each pixel, in pieces: 255 where the subject is, 0
                where it is not, any other value where nothing is known.
            selected: How far each pixel is selected, a byte for each, in pieces: inside a
                selection that is no rectangle, the result is blended into the existing mask.
            timeout: Seconds to wait for each answer; None waits for ever.
            options: model, provider, refine, selection, edges, zoom, best_edges; keep and
                remove, lists of points [x, y], and box, [x, y, width, height], for which subject
                is meant; colours=True for the subject's clean colours as well; raw=True for what
                networks saw, from which `refine` finds the matte again.

        Yields:
            Progress, then one Result whose payload is the matte, width × height pixels; and
            after it, where they were asked for, the colours as "rgb8".

        Raises:
            BridgeError: The worker answered with an error, or ended, or `cancel` was called.
        """
        header = {"kind": "matte", "mask_layout": mask_layout, **options}
        planes = [
            _Plane("existing", mask_layout, existing),
            _Plane("hints", True, hints),
            _Plane("selected", True, selected),
        ]
        layer = width, height, layout, pixels
        return self._request_about(layer, header, planes, timeout=timeout)

    def refine(
        self,
        pixels: Iterable[wire.Payload],
        width: int,
        height: int,
        layout: str,
        mask: Iterable[wire.Payload],
        raw: bytes,
        mask_layout: str = "y8",
        held: Optional[Iterable[wire.Payload]] = None,
        edges: Optional[Dict[str, float]] = None,
    ) -> Iterator[Event]:
        """Ask for a mask again from what networks saw of a layer, without running one.

        Args:
            pixels: The layer's pixels in pieces (strips), or those of a reduced version of it,
                together width × height pixels.
            width: In pixels.
            height: In pixels.
            layout: The pixels' layout, a key of wire.BYTES_PER_PIXEL.
            mask: The layer's mask as it is, in pieces, of `mask_layout`.
            raw: What networks saw: a `Result.raw`.
            mask_layout: The layout of the mask, and of the answer: "y8", "y16" or "yf".
            held: How far each pixel of the mask stays as it is, a byte for each, in pieces; None
                where none does.
            edges: The edge controls that do something.

        Yields:
            Progress, then one Result whose payload is the mask, width × height pixels; `edges`
            finishes its edges again.

        Raises:
            BridgeError: The worker answered with an error, or ended, or `cancel` was called.
        """
        header = {"kind": "refine", "mask_layout": mask_layout, "edges": edges or {}}
        planes = [_Plane("existing", mask_layout, mask), _Plane("held", True, held)]
        return self._request_about((width, height, layout, pixels), header, planes, raw)

    def finish(
        self,
        pixels: Iterable[wire.Payload],
        width: int,
        height: int,
        layout: str,
        mask: Iterable[wire.Payload],
        mask_layout: str = "y8",
        before: Optional[Iterable[wire.Payload]] = None,
        levels: int = 256,
        selected: Optional[Iterable[wire.Payload]] = None,
        selected_as: Optional[str] = None,
        turned: bool = False,
    ) -> Iterator[Event]:
        """Ask for a mask on which the user painted roughly, with the picture's edges.

        Args:
            pixels: The layer's pixels in pieces (strips), together width × height pixels.
            width: In pixels.
            height: In pixels.
            layout: The pixels' layout, a key of wire.BYTES_PER_PIXEL.
            mask: The layer's mask as it is, in pieces, of `mask_layout`.
            mask_layout: The layout of the mask, and of the answer: "y8", "y16" or "yf".
            before: The mask as it was before the user painted, a byte for each pixel, in pieces;
                None where that is not known.
            levels: How many values `before` was kept in.
            selected: How far each pixel is selected, a byte for each, in pieces.
            selected_as: What is selected: "subject" or "background"; None where the user painted.
            turned: Whether the layer was resized or rotated since its mask was kept.

        Yields:
            Progress, then one Result whose payload is the mask, width × height pixels.

        Raises:
            BridgeError: The worker answered with an error, or ended, or `cancel` was called.
        """
        header: Dict[str, Any] = {"kind": "finish", "levels": levels, "turned": turned}
        if selected is not None:
            header["selected_as"] = selected_as
        planes = [
            _Plane("existing", mask_layout, mask),
            _Plane("before", "y8", before),
            _Plane("selected", True, selected),
        ]
        return self._request_about((width, height, layout, pixels), header, planes)

    def _request_about(
        self,
        layer: Tuple[int, int, str, Iterable[wire.Payload]],
        header: Dict[str, Any],
        planes: Sequence[_Plane],
        raw: bytes = b"",
        timeout: Optional[float] = None,
    ) -> Iterator[Event]:
        """Send a request about a layer: its pixels, what lies over them, and what networks saw.

        Args:
            layer: Its width and height in pixels, its layout, and its pixels in pieces.
            header: `kind` and the request's own fields.
            planes: What lies over the layer, in the order in which it travels.
            raw: What networks saw; empty where the request has no need of it.
            timeout: Seconds to wait for each answer; None waits for ever.

        Yields:
            As `request`.

        Raises:
            BridgeError: As `request`.
        """
        width, height, layout, pixels = layer
        sent = [plane for plane in planes if plane.strips is not None]
        header = {**header, "width": width, "height": height, "layout": layout}
        header.update((plane.field, plane.said) for plane in sent)
        if raw:
            header["raw"] = len(raw)
        count = width * height
        sizes = map(wire.BYTES_PER_PIXEL.__getitem__, [layout, *(plane.layout for plane in sent)])
        header["bytes"] = count * sum(sizes) + len(raw)
        strips = itertools.chain(pixels, *(plane.strips or () for plane in sent), [raw])
        pieces = (piece for strip in strips for piece in wire.chunks(strip))
        limit = count * LARGEST_ANSWER + history.LARGEST_RAW
        return self.request(header, pieces, timeout, limit)

    def edges(self, pixels: int, part: Optional[Sequence[int]] = None, **edges: float) -> Result:
        """Finish the edges of this client's last matte again, without running the network.

        Args:
            pixels: How many the matte has.
            part: x, y, width and height of what is wanted of it; None for all.
            edges: specks, holes, smooth, shift, feather, contrast, threshold; those that are
                left out do nothing.

        Returns:
            The matte, and the colours, laid out as they were asked for.

        Raises:
            BridgeError: There is no matte yet, or a value is wrong.
        """
        fields: Dict[str, Any] = {"part": list(part)} if part else {}
        return self.ask("edges", limit=pixels * LARGEST_ANSWER, edges=edges, **fields)

    def subjects(self) -> subjects.Subjects:
        """Ask between which subjects of the last picture the user can choose.

        Returns:
            Those that the network found before anything was clicked, in the pixels of the picture
            that was sent.

        Raises:
            BridgeError: There is no matte yet.
        """
        answer = self.ask("parts", limit=subjects.LARGEST)
        return subjects.from_answer(answer.header, answer.payload)

    def request(
        self,
        header: wire.Header,
        payload: Iterable[wire.Payload] = (),
        timeout: Optional[float] = None,
        limit: Optional[int] = None,
    ) -> Iterator[Event]:
        """Send a request and yield what the worker answers, the result last.

        Args:
            header: `kind` and the request's own fields.
            payload: The pieces of the payload.
            timeout: Seconds to wait for each answer; None waits for ever.
            limit: The largest payload, in bytes, that may answer; None for a matte's.

        Yields:
            Progress, any number of times, then one Result.

        Raises:
            BridgeError: The worker answered with an error, or ended, or `cancel` was called.
        """
        if limit is None:
            limit = header.get("bytes", 0) * wire.BYTES_PER_PIXEL["yf"]
        try:
            # A worker that refuses a request hangs up before it has read all of it; what it
            # said then waits to be read.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                wire.send(self._connection, header, self._until_cancelled(payload))
            patience = _Patience(self, timeout)
            while True:
                patience.wait()
                answer = wire.receive_header(self._connection, wire.ANSWER_LIMIT)
                size = wire.payload_size(answer, limit)
                body = wire.receive_payload(self._connection, size, patience.wait)
                event = _event(answer, body)
                yield event
                if isinstance(event, Result):
                    return
        except (EOFError, OSError):
            raise BridgeError(
                "engine-died",
                _("localmatte's engine stopped unexpectedly. Nothing was changed."),
                _(
                    "Try again. If it happens again, please report it with the output of "
                    "'localmatte doctor'."
                ),
            ) from None
        finally:
            # It was meant for this request; the next one is not to hear of it.
            self._cancelled.clear()

    def _wait_for_its_end(self) -> None:
        """Wait until the worker, told to stop, has let go of its socket and its lock."""
        if not self._connection.poll(START_SECONDS):
            raise BridgeError(
                "busy",
                _("An older version of localmatte's engine is still running."),
                _("Try again when it has finished."),
            )
        with contextlib.suppress(EOFError, OSError):
            self._connection.recv_bytes(wire.HEADER_LIMIT)

    def _until_cancelled(self, payload: Iterable[wire.Payload]) -> Iterator[wire.Payload]:
        """The pieces of a payload; after a cancel, the one that says that no more come."""
        for piece in payload:
            self._wait_for_room()
            if self._cancelled.is_set():
                yield b""
                return
            yield piece

    def _wait_for_room(self) -> None:
        """Wait until the worker takes more; one that takes nothing can still be cancelled."""
        cancelled_at: Optional[float] = None
        while not local.has_room(self._connection, POLL_SECONDS):
            now = time.monotonic()
            if self._cancelled.is_set():
                cancelled_at = cancelled_at or now
                if now - cancelled_at > CANCEL_SECONDS:
                    self.close()
                    raise _cancelled()


class _Patience:
    """How long a request waits for what the worker has to say."""

    def __init__(self, client: Client, timeout: Optional[float]) -> None:
        self._client = client
        self._timeout = timeout
        self._told_at: Optional[float] = None

    def wait(self) -> None:
        """Return once something has come; pass a cancel on meanwhile.

        Raises:
            BridgeError: Nothing came in time ("engine-silent"), or nothing soon after a
                cancel ("cancelled").
        """
        connection, cancelled = self._client._connection, self._client._cancelled
        waited_since = time.monotonic()
        while not connection.poll(POLL_SECONDS):
            now = time.monotonic()
            if cancelled.is_set() and self._told_at is None:
                self._told_at = now
                if local.has_room(connection, 0):
                    wire.send(connection, {"kind": "cancel"})
            if self._told_at is not None and now - self._told_at > CANCEL_SECONDS:
                self._client.close()
                raise _cancelled()
            if self._timeout is not None and now - waited_since > self._timeout:
                self._client.close()
                raise _silent()


def _event(answer: wire.Header, body: bytearray) -> Event:
    """What an answer says.

    Raises:
        BridgeError: It is an error, or it says nothing that can be understood ("protocol").
    """
    try:
        if answer["kind"] == "progress":
            return Progress(float(answer["fraction"]), _(unpacked(answer["stage"])))
        if answer["kind"] == "error":
            message, hint = (_(unpacked(answer[name])) for name in ("message", "hint"))
            raise BridgeError(str(answer["code"]), message, hint)
        meta = answer.get("meta", {})
        for name in IN_WORDS & meta.keys():
            meta[name] = _(unpacked(meta[name]))
        return Result(answer, body)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise BridgeError("protocol", _("The peer sent an invalid message.")) from None


def _connect(engine: Installation) -> Optional[Connection]:
    """An authenticated connection, or None when no worker listens.

    Raises:
        BridgeError: One listens, and does not answer ("engine-silent"), or is not the user's
            own or may not be reached ("storage").
    """
    try:
        connection = local.connect(engine.address, engine.family, ANSWER_SECONDS)
    except TimeoutError:
        raise _silent() from None
    except _NO_WORKER:
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            # Links that lead nowhere: a new worker takes them away.
            return None
        raise _out_of_reach(engine, error) from None
    try:
        if not local.is_own(connection):
            raise _foreign(engine)
        key = plain_file.read(engine.key_file)
        if not connection.poll(ANSWER_SECONDS):
            raise _silent()
        answer_challenge(connection, key)
        deliver_challenge(connection, key)
    except (AuthenticationError, AssertionError, TypeError, ValueError):
        # AssertionError: what came is no challenge, as Python before 3.12 says it.
        connection.close()
        raise _silent() from None
    except PermissionError as error:
        connection.close()
        raise _out_of_reach(engine, error) from None
    except (EOFError, OSError):
        connection.close()
        return None
    except BaseException:
        connection.close()
        raise
    return connection


def _start_and_connect(engine: Installation) -> Connection:
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
                _("localmatte's engine stopped right after it started: {reason}").format(
                    reason=_last_words(engine)
                ),
                _("Run localmatte's installer again ('python3 install' in its folder)."),
            )
        time.sleep(RETRY_SECONDS)
        if status == 0:
            # It made way for another worker, which was itself about to end.
            process = launch.start(engine)
    raise _silent()


def _last_words(engine: Installation) -> str:
    try:
        said = plain_file.read(engine.log_file)[-4096:].decode("utf-8", "replace")
    except OSError:
        said = ""
    lines = said.strip().splitlines()
    return lines[-1] if lines else _("no reason given.")


def _silent() -> BridgeError:
    return BridgeError(
        "engine-silent",
        _("localmatte's engine is not responding."),
        _("Restart the computer, or run 'localmatte stop' in a terminal, and try again."),
    )


def _out_of_reach(engine: Installation, error: OSError) -> BridgeError:
    return BridgeError(
        "storage",
        _("Cannot connect to localmatte's engine: {reason}.").format(
            reason=error.strerror or str(error)
        ),
        _refolder(engine),
    )


def _foreign(engine: Installation) -> BridgeError:
    return BridgeError(
        "storage",
        _("Another user's program is using the address of localmatte's engine."),
        _refolder(engine),
    )


def _refolder(engine: Installation) -> str:
    return _("Delete the folder {folder}; localmatte will create it again.").format(
        folder=os.path.dirname(engine.address)
    )


def _cancelled() -> BridgeError:
    return BridgeError("cancelled", _("Cancelled."))
