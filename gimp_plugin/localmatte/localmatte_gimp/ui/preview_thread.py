"""The thread that asks the engine for a preview, and for its edges again as they are set."""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, NamedTuple, Optional

from gi.repository import GLib

from localmatte_bridge import BridgeError, Client, Progress, Result
from localmatte_bridge.preview import Asked, Need, need, same_choice
from localmatte_bridge.subjects import NONE_FOUND, Subjects
from localmatte_bridge.viewport import Part

from .. import engine
from ..document.picture import Picture, Plane

Fields = Dict[str, Any]


class Wanted(NamedTuple):
    """What is to be seen.

    Attributes:
        asked: What the result depends on.
        picture: What the network sees.
        inference: The fields model, refine and selection of a request.
        edges: The edge controls that do something, in the picture's pixels.
        part: What of the picture is to be seen.
    """

    asked: Asked
    picture: Picture
    inference: Fields
    edges: Fields
    part: Part

    @property
    def all(self) -> bool:
        """Whether all of the picture is to be seen."""
        return self.part == self.picture.whole

    def found_as(self, other: Optional[Wanted]) -> bool:
        """Whether the matte that was found for another one serves here."""
        return (
            other is not None
            and self.picture is other.picture
            and need(other.asked, self.asked) < Need.FIND
        )


class Found(NamedTuple):
    """What was found.

    Attributes:
        wanted: What was asked for.
        mask: The mask that would be made, a byte for each pixel of the part.
        shown: How much of each of these pixels would be seen, a byte each.
        meta: What the engine says of how the matte was found.
    """

    wanted: Wanted
    mask: Plane
    shown: Plane
    meta: Fields


class PreviewThread:
    """One open connection to the engine, which keeps the last matte.

    What is called, is called in GTK's own thread, and not after `close`.

    Args:
        on_progress: Called with how far the engine is.
        on_found: Called with what was found.
        on_failure: Called with the reason why there is nothing to see.
        on_subjects: Called with what was wanted, and the subjects that its picture has; None
            where nobody wants to know.
    """

    def __init__(
        self,
        on_progress: Callable[[Progress], None],
        on_found: Callable[[Found], None],
        on_failure: Callable[[BridgeError], None],
        on_subjects: Optional[Callable[[Wanted, Subjects], None]] = None,
    ) -> None:
        self._on_progress = on_progress
        self._on_found = on_found
        self._on_failure = on_failure
        self._on_subjects = on_subjects
        self._news = threading.Condition()
        self._closed = False
        self._wanted: Optional[Wanted] = None
        self._client: Optional[Client] = None
        self._found_for: Optional[Wanted] = None
        self._asking: Optional[Wanted] = None
        self._offered: Optional[Asked] = None
        self._meta: Fields = {}
        threading.Thread(target=self._run, daemon=True).start()

    def want(self, wanted: Wanted) -> None:
        """Show this as soon as possible.

        Args:
            wanted: What is to be seen; what was wanted before is cancelled where the network
                would have to run for it.
        """
        with self._news:
            self._wanted = wanted
            if self._client and self._asking and not wanted.found_as(self._asking):
                self._client.cancel()
            self._news.notify()

    def close(self) -> None:
        """Let go of the engine."""
        with self._news:
            self._closed = True
            if self._client:
                self._client.cancel()
            self._news.notify()

    def _run(self) -> None:
        while True:
            wanted = self._next()
            if wanted is None:
                break
            try:
                self._answer(wanted)
            except BridgeError as error:
                self._fail(error, wanted)
            except Exception as error:
                # The thread would end, and the preview never change again.
                self._fail(engine.unexpected(error), wanted)
        self._hang_up()

    def _next(self) -> Optional[Wanted]:
        with self._news:
            self._news.wait_for(lambda: self._closed or self._wanted)
            wanted, self._wanted = self._wanted, None
            return None if self._closed else wanted

    def _answer(self, wanted: Wanted) -> None:
        anew = not (self._client and wanted.found_as(self._found_for))
        self._call(self._on_found, self._finished(wanted, self._found(wanted).payload))
        if anew and self._on_subjects and not same_choice(self._offered, wanted.asked):
            self._call(self._on_subjects, wanted, self._subjects(wanted))

    def _finished(self, wanted: Wanted, matte: Plane) -> Found:
        asked, picture, part = wanted.asked, wanted.picture, wanted.part
        mask = picture.mask(matte, part, asked.selection is not None, asked.existing[0])
        return Found(wanted, mask, picture.shown(mask, part), self._meta)

    def _found(self, wanted: Wanted) -> Result:
        if not (self._client and wanted.found_as(self._found_for)):
            whole = self._found_anew(wanted)
            if wanted.all:
                return whole
        assert self._client is not None
        part = None if wanted.all else wanted.part
        pixels = wanted.part.width * wanted.part.height
        return self._client.edges(pixels, part, **wanted.edges)

    def _subjects(self, wanted: Wanted) -> Subjects:
        """Between what the user can choose; nothing where the engine has gone meanwhile."""
        assert self._client is not None
        try:
            subjects = self._client.subjects()
        except BridgeError:
            # The preview is as good without; and what is wrong, the next request will tell.
            self._hang_up()
            return NONE_FOUND
        self._offered = wanted.asked
        return subjects

    def _found_anew(self, wanted: Wanted) -> Result:
        # The same connection as before: the engine knows what the network saw there.
        client = self._client or engine.connect()
        with self._news:
            self._client, self._found_for, self._asking = client, None, wanted
            # It may have taken its time, if the engine had to be started.
            if self._closed or (self._wanted and not self._wanted.found_as(wanted)):
                client.cancel()
        try:
            for event in wanted.picture.ask(client, wanted.inference, wanted.edges):
                if isinstance(event, Progress):
                    # The last one comes together with the result.
                    if event.fraction < 1:
                        self._call(self._on_progress, event)
                else:
                    self._found_for, self._meta = wanted, event.header["meta"]
                    return event
            raise AssertionError("a request ends with a result or an error")
        finally:
            with self._news:
                self._asking = None

    def _fail(self, error: BridgeError, wanted: Wanted) -> None:
        """Tell why; but ask again where the engine has ended itself meanwhile.

        Likewise where a cancel that was meant for the request before came too late for that.
        """
        idle = error.code == "engine-died" and bool(self._meta)
        cancelled = error.code == "cancelled"
        if not (cancelled and self._client and self._client.open):
            self._hang_up()
            self._meta = {}
        if idle or cancelled:
            with self._news:
                self._wanted = self._wanted or wanted
        else:
            self._call(self._on_failure, error)

    def _hang_up(self) -> None:
        with self._news:
            client, self._client, self._found_for = self._client, None, None
        if client:
            client.close()

    def _call(self, function: Callable[..., None], *arguments: Any) -> None:
        def call() -> None:
            if not self._closed:
                function(*arguments)

        GLib.idle_add(call)
