"""One client's conversation: its requests, their answers, and what ends them early."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import localmatte
from localmatte import library, store
from localmatte.errors import LocalmatteError, UsageError
from localmatte.imaging.geometry import check_size
from localmatte.options import AS_FOUND
from localmatte.progress import CancelToken, OnProgress
from localmatte.system.boundary import explained
from localmatte.worker import fields, planes
from localmatte.worker.answer import Answer, Kept, Reply
from localmatte.worker.service import Service
from localmatte_bridge import BridgeError, wire
from localmatte_bridge.words import packed, together

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from localmatte.engine import Matte
    from localmatte.imaging.pixels import Raster
    from localmatte.inference.recent import Recent

FINISH_SECONDS = 1.0
"""How long an answered request may take to leave its thread."""


class _LeftError(Exception):
    """The client has gone, or nothing more that it says can be understood."""


@contextlib.contextmanager
def _heard() -> Iterator[None]:
    """Tell a connection that ended from all other errors of the system."""
    try:
        yield
    except (EOFError, OSError):
        raise _LeftError from None


Work = Callable[[CancelToken], Reply]

Wanted = TypeVar("Wanted")


@dataclass(frozen=True)
class _Request(Generic[Wanted]):
    """A picture that was received.

    Attributes:
        wanted: What is wanted of it.
        received: The bytes of all planes.
        size: Width and height, in pixels.
        follow: The planes' layouts, as planes.announced() has them.
        mask_layout: In which the answer is wanted.
        after: The bytes that followed the planes.
    """

    wanted: Wanted
    received: memoryview
    size: tuple[int, int]
    follow: planes.Planes
    mask_layout: str
    after: memoryview

    def raster(self, service: Service, progress: OnProgress) -> Raster:
        """The picture for the engine, with its masks; both are views of what was received."""
        layout, (width, height) = self.follow["pixels"], self.size
        pixels = self.received[: planes.size({"pixels": layout}, width * height)]
        picture = service.picture(pixels, self.size, layout, progress)
        masks = planes.masks(self.received, self.follow, width, height)
        masks.pop("held", None)
        return replace(picture, **masks)

    @property
    def held(self) -> NDArray[np.uint8] | None:
        """How far each pixel of the existing mask stays; None where none does."""
        return planes.masks(self.received, self.follow, *self.size).get("held")


class Conversation:
    """Reads one client's requests until it leaves; its leaving cancels what is under way.

    Args:
        connection: A client that has proved that it knows the key.
        service: What does the work.
    """

    def __init__(self, connection: Connection, service: Service) -> None:
        self._connection = connection
        self._service = service
        self._sending = threading.Lock()
        self._cancel = CancelToken()
        self._work: threading.Thread | None = None
        self._answered: Answer | None = None
        self._recent: Recent | None = None

    def hold(self) -> None:
        """Talk until the client leaves or says something that is no message."""
        try:
            while True:
                with _heard():
                    header = wire.receive_header(self._connection)
                with self._service.request():
                    self._handle(header)
        except _LeftError:
            pass
        except BridgeError as error:
            # What follows on this connection cannot be understood any more.
            self._send_error({}, error)
        except Exception as error:
            self._send_error({}, explained(error))
        finally:
            self._cancel.cancel()
            if self._work:
                self._work.join()
            # Pixels go with the client, and not when Python next looks for what nobody needs.
            self._work = self._answered = self._recent = None

    def _handle(self, header: wire.Header) -> None:
        handler = HANDLERS.get(header["kind"])
        if handler is None:
            raise BridgeError("protocol", f'Unknown request "{header["kind"][:40]}".')
        if header["kind"] != "cancel":
            self._finish()
        try:
            work = handler(self, header)
            if work:
                self._cancel = CancelToken()
                self._work = threading.Thread(
                    target=self._answer, args=(header, work, self._cancel), daemon=True
                )
                self._work.start()
        except (BridgeError, _LeftError):
            raise
        except LocalmatteError as error:
            self._send_error(header, error)
        except Exception as error:
            self._work = None
            self._send_error(header, explained(error))
            if "bytes" in header:
                # How much of its payload was read is not known.
                raise _LeftError from None

    def _finish(self) -> None:
        """Wait for the last bit of an answered request; refuse a second one beside the first."""
        if self._work:
            self._work.join(FINISH_SECONDS)
            if self._work.is_alive():
                raise BridgeError(
                    "protocol", "A second request arrived before the first was answered."
                )

    def _answer(self, header: wire.Header, work: Work, cancel: CancelToken) -> None:
        """Do the work in a thread of its own, so that a cancel is heard meanwhile."""
        with self._service.request():
            try:
                reply, payload = work(cancel)
            except Exception as error:
                self._send_error(header, explained(error))
            else:
                size = sum(memoryview(piece).nbytes for piece in payload)
                self._send(
                    {"kind": "result", "id": header.get("id"), "bytes": size, **reply}, payload
                )

    def _hello(self, header: wire.Header) -> None:
        self._send({"kind": "hello", "version": localmatte.__version__})
        if "model" in header:
            self._service.warm_up(fields.options(header))

    def _status(self, header: wire.Header) -> None:
        self._send({"kind": "status", **self._service.status()})

    def _models(self, header: wire.Header) -> None:
        reply: wire.Header = {"kind": "models", "models": self._service.models()}
        if "model" in header:
            reply["suggestion"] = self._service.suggestion(fields.text(header, "model"))
        self._send(reply)

    def _stop_work(self, header: wire.Header) -> None:
        self._cancel.cancel()

    def _stop_worker(self, header: wire.Header) -> None:
        self._service.stop()
        self._send({"kind": "stopping"})

    def _remove(self, header: wire.Header) -> None:
        removed = library.remove(library.known(fields.text(header, "model")))
        self._send({"kind": "result", "removed": removed})

    def _pull(self, header: wire.Header) -> Work:
        spec = library.known(fields.text(header, "model"))
        accepted = header.get("accept_licence") is True

        def work(cancel: CancelToken) -> Reply:
            store.pull(spec, self._progress(header), cancel, accepted)
            return {}, []

        return work

    def _import(self, header: wire.Header) -> Work:
        path = Path(fields.text(header, "path"))

        def work(cancel: CancelToken) -> Reply:
            spec = library.import_file(path, None, self._progress(header), cancel)
            return {"model": spec.id}, []

        return work

    def _matte(self, header: wire.Header) -> Work | None:
        self._answered = None
        request = self._request(header, fields.options)
        if request is None:
            return None
        options = request.wanted

        def work(cancel: CancelToken) -> Reply:
            from localmatte.inference.recent import Recent
            from localmatte.refine.finish import Finish

            self._recent = self._recent or Recent()
            progress = self._progress(header)
            raster = request.raster(self._service, progress)
            # The matte is kept as it was found, so that its edges can be finished anew.
            unfinished = replace(options, edges=AS_FOUND)
            found = self._service.matte(raster, unfinished, progress, cancel, self._recent)
            colours = raster.rgb if header.get("colours") is True else None
            raw = _raw(raster, found) if header.get("raw") is True else b""
            self._answered = Answer(
                request.mask_layout,
                Finish(found.alpha, options.selection),
                options.edges,
                raster.hints,
                colours,
                found.look,
            )
            meta = {
                "model": found.model,
                "provider": found.provider,
                "device": found.device,
                "trying": list(found.trying),
                "notice": packed(found.notice),
                "doubt": packed(_doubt(found)),
                "seconds": {stage: round(value, 4) for stage, value in found.seconds.items()},
            }
            reply, payload = self._answered.reply()
            if raw:
                reply, payload = {**reply, "raw": len(raw)}, [*payload, *wire.chunks(raw)]
            return {**reply, "meta": meta}, payload

        return work

    def _refine(self, header: wire.Header) -> Work | None:
        """Find a matte again from what networks saw, and keep of the mask what is to stay."""
        self._answered = None
        request = self._request(header, fields.refined)
        if request is None:
            return None
        edges = request.wanted

        def work(cancel: CancelToken) -> Reply:
            from localmatte.refine.finish import Finish
            from localmatte.refine.raw import unpacked

            raw = unpacked(request.after)
            progress = self._progress(header)
            raster = request.raster(self._service, progress)
            found = self._service.refine(raster, raw, progress, cancel)
            finish = Finish(found.alpha, found.selection)
            mask, held = raster.existing, request.held
            kept = None
            if mask is not None and held is not None:
                kept = Kept.of(found.alpha, mask, held, found.selection)
            self._answered = Answer(request.mask_layout, finish, edges, None, None, None, kept)
            reply, payload = self._answered.reply()
            return {**reply, "meta": {"notice": packed(found.notice)}}, payload

        return work

    def _finish_painted(self, header: wire.Header) -> Work | None:
        """Give the mask that comes with a picture the picture's edges where the user painted."""
        request = self._request(header, fields.strokes)
        if request is None:
            return None
        strokes = request.wanted

        def work(cancel: CancelToken) -> Reply:
            progress = self._progress(header)
            raster = request.raster(self._service, progress)
            done = self._service.finish(raster, strokes, progress, cancel)
            height, width = done.mask.shape
            reply = {"width": width, "height": height, "layout": request.follow["existing"]}
            meta = {"notice": packed(done.notice)}
            return {**reply, "meta": meta}, list(wire.chunks(done.mask.data))

        return work

    def _request(
        self, header: wire.Header, read: Callable[[wire.Header], Wanted]
    ) -> _Request[Wanted] | None:
        """A picture and the masks that come with it, and what is wanted of them.

        None where that is an error that the client has been told of.
        """
        width, height = fields.side(header, "width"), fields.side(header, "height")
        layout = fields.text(header, "layout")
        mask_layout = fields.text(header, "mask_layout", "y8")
        if layout not in wire.BYTES_PER_PIXEL or mask_layout not in planes.ANSWERS:
            raise BridgeError("protocol", "The peer named an unknown pixel layout.")
        follow = planes.announced(header, layout)
        size = planes.size(follow, width * height)
        expected = size + fields.raw_size(header)
        try:
            check_size(width, height)
        except LocalmatteError as error:
            # The pixels are on their way; without reading them the conversation cannot go on.
            raise BridgeError(error.code, error.message, error.hint) from None
        if wire.payload_size(header, expected) != expected:
            raise BridgeError("protocol", "The peer announced a different number of pixels.")
        try:
            wanted = read(header)
            pixels = _memory(expected)
        except (LocalmatteError, MemoryError) as error:
            self._send_error(header, explained(error))
            # The pixels are on their way; what follows them is the next request.
            with _heard(), contextlib.suppress(wire.GivenUpError):
                wire.pass_over(self._connection, expected)
            return None
        try:
            with _heard():
                wire.receive_into(self._connection, pixels)
        except wire.GivenUpError as error:
            self._send_error(header, error)
            return None
        parts = pixels[:size], (width, height), follow, mask_layout, pixels[size:]
        return _Request(wanted, *parts)

    def _edges(self, header: wire.Header) -> Work:
        """Finish the last matte's edges anew, without another look at the picture."""
        answered = self._last("There is no matte to finish.")
        height, width = answered.finish.alpha.shape
        part = fields.part(header, width, height)
        again = replace(answered, edges=fields.edges(header), part=part)
        return lambda cancel: again.reply()

    def _parts(self, header: wire.Header) -> Work:
        """Say between which subjects the user can choose, whatever was clicked already."""
        answered = self._last("There is no matte that could have parts.")
        if answered.look is None:
            raise UsageError("A matte that was refined again has no parts.", "Request a matte.")
        return lambda cancel: answered.parts()

    def _last(self, missing: str) -> Answer:
        """The last matte; where there is none, `missing` is what is wrong."""
        if self._answered is None:
            raise UsageError(missing, "Request a matte first, on the same connection.")
        return self._answered

    def _progress(self, header: wire.Header) -> Callable[[float, str], None]:
        def report(fraction: float, stage: str) -> None:
            self._send(
                {
                    "kind": "progress",
                    "id": header.get("id"),
                    "fraction": round(fraction, 4),
                    "stage": packed(stage),
                }
            )

        return report

    def _send_error(self, header: wire.Header, error: LocalmatteError | BridgeError) -> None:
        self._send(
            {
                "kind": "error",
                "id": header.get("id"),
                "code": error.code,
                "message": packed(error.message),
                "hint": packed(error.hint),
            }
        )

    def _send(self, header: wire.Header, payload: list[wire.Payload] | None = None) -> None:
        # A client that has gone is noticed, and its work cancelled, by the thread that reads.
        with self._sending, contextlib.suppress(OSError):
            wire.send(self._connection, header, payload or [])


def _memory(size: int) -> memoryview:
    """Memory for a payload that is about to come; what is in it is left as it is.

    A bytearray is filled with zeros first. And where Linux has large pages for those who ask, NumPy
    asks: new memory costs less then. 48 MB on their way took 41 instead of 50 ms of both ends'
    processors.
    """
    import numpy as np

    return np.empty(size, np.uint8).data


def _raw(raster: Raster, found: Matte) -> bytes:
    """What networks saw, to be kept; nothing where they were not all that the matte is made of."""
    from localmatte.refine.raw import digest, packed

    if found.raw is None or raster.existing is not None or raster.hints is not None:
        return b""
    return packed(replace(found.raw, digest=digest(raster.over_backdrop())))


def _doubt(found: Matte) -> str:
    """What a preview says of a doubt, and what to do about it there; empty where there is none."""
    return together([found.doubt.sentence, found.doubt.in_preview]) if found.doubt else ""


HANDLERS: dict[str, Callable[[Conversation, wire.Header], Work | None]] = {
    "hello": Conversation._hello,
    "status": Conversation._status,
    "models": Conversation._models,
    "matte": Conversation._matte,
    "edges": Conversation._edges,
    "parts": Conversation._parts,
    "finish": Conversation._finish_painted,
    "refine": Conversation._refine,
    "pull": Conversation._pull,
    "import": Conversation._import,
    "remove": Conversation._remove,
    "cancel": Conversation._stop_work,
    "stop": Conversation._stop_worker,
}
"""What answers each kind of request: at once, or with work for a thread of its own. Not held by
a conversation, which would then hold itself, and its last picture with it."""
