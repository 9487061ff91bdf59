"""The thread that asks the engine for the preview, and for its edges again as they are set."""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, NamedTuple, Optional

from gi.repository import GLib

from localmatte_bridge import BridgeError, Client, Progress, Result

from .. import engine
from ..document.thumbnail import Thumbnail

Fields = Dict[str, Any]


class Wanted(NamedTuple):
    """What is to be seen.

    Attributes:
        thumbnail: What the network sees.
        inference: The fields model, refine and selection of a request; where they change, the
            network has to run again.
        edges: The edge controls that do something, in the thumbnail's pixels.
        inside: Whether only what is selected is shown.
    """

    thumbnail: Thumbnail
    inference: Fields
    edges: Fields
    inside: bool

    def found_as(self, other: Optional[Wanted]) -> bool:
        """Whether the matte that was found for another one serves here."""
        return (
            other is not None
            and self.thumbnail is other.thumbnail
            and self.inference == other.inference
        )


class PreviewThread:
    """One open connection to the engine, which keeps the last matte.

    What is called, is called in GTK's own thread, and not after `close`.

    Args:
        on_progress: Called with what the engine does.
        on_shown: Called with the thumbnail, how much is to be seen of it, a byte for each pixel,
            and the `meta` of the engine's last inference.
        on_failure: Called with the reason why there is nothing to see.
    """

    def __init__(
        self,
        on_progress: Callable[[str], None],
        on_shown: Callable[[Thumbnail, bytes, Fields], None],
        on_failure: Callable[[BridgeError], None],
    ) -> None:
        self._on_progress = on_progress
        self._on_shown = on_shown
        self._on_failure = on_failure
        self._news = threading.Condition()
        self._closed = False
        self._wanted: Optional[Wanted] = None
        self._client: Optional[Client] = None
        self._found_for: Optional[Wanted] = None
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
            if self._client and not wanted.found_as(self._found_for):
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
                matte = self._found(wanted)
                shown = wanted.thumbnail.shown(bytes(matte.payload), wanted.inside)
            except BridgeError as error:
                self._fail(error, wanted)
            except Exception as error:
                # The thread would end, and the preview never change again.
                self._fail(engine.unexpected(error), wanted)
            else:
                self._call(self._on_shown, wanted.thumbnail, shown, self._meta)
        self._hang_up()

    def _next(self) -> Optional[Wanted]:
        with self._news:
            self._news.wait_for(lambda: self._closed or self._wanted)
            wanted, self._wanted = self._wanted, None
            return None if self._closed else wanted

    def _found(self, wanted: Wanted) -> Result:
        if self._client and wanted.found_as(self._found_for):
            pixels = wanted.thumbnail.width * wanted.thumbnail.height
            return self._client.edges(pixels, **wanted.edges)
        self._hang_up()
        client = engine.connect()
        with self._news:
            self._client, self._found_for = client, wanted
            # It may have taken its time, if the engine had to be started.
            if self._closed or (self._wanted and not self._wanted.found_as(wanted)):
                client.cancel()
        for event in client.matte(**wanted.thumbnail.request(wanted.inference, wanted.edges)):
            if isinstance(event, Progress):
                self._call(self._on_progress, event.stage)
            else:
                self._meta = event.header["meta"]
                return event
        raise AssertionError("a request ends with a result or an error")

    def _fail(self, error: BridgeError, wanted: Wanted) -> None:
        """Tell why; but ask again where the engine has ended itself meanwhile."""
        idle = error.code == "engine-died" and bool(self._meta)
        self._hang_up()
        self._meta = {}
        if idle:
            with self._news:
                self._wanted = self._wanted or wanted
        elif error.code != "cancelled":
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
