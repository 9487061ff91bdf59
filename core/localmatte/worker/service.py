"""What the worker does for its clients, whoever they are."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import localmatte
from localmatte import library
from localmatte.models import catalogue
from localmatte.options import Options, Strokes
from localmatte.progress import CancelToken, OnProgress
from localmatte.system.boundary import explained
from localmatte_bridge.words import N_

if TYPE_CHECKING:
    from localmatte.engine import Engine, Finished, Matte, Refined
    from localmatte.imaging.pixels import Raster
    from localmatte.inference.recent import Recent
    from localmatte.refine.raw import Raw


class Service:
    """The engine and the store, shared by all conversations.

    Args:
        stop: Ends the worker.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self.stop = stop
        self._lock = threading.Lock()
        self._requests = 0
        self._clients = 0
        self._alone = False
        self._idle_since = time.monotonic()
        self._started = time.monotonic()
        self._making = threading.Lock()
        self._engine: Engine | None = None

    @property
    def busy(self) -> bool:
        """Whether a request is under way."""
        with self._lock:
            return self._requests > 0

    @property
    def idle_seconds(self) -> float:
        """How long no request has been under way."""
        with self._lock:
            return 0.0 if self._requests else time.monotonic() - self._idle_since

    @contextmanager
    def request(self) -> Iterator[None]:
        """Mark a request as under way."""
        with self._lock:
            self._requests += 1
        try:
            yield
        finally:
            with self._lock:
                self._requests -= 1
                self._idle_since = time.monotonic()

    def warm_up(self, options: Options | None = None) -> None:
        """Import the engine and load a model in the background, before they are needed.

        Args:
            options: Which model and provider; None for the default ones.
        """

        def load() -> None:
            try:
                self.engine().load(options or Options())
            except Exception as error:
                # The request that needs it will say what is wrong.
                explained(error)

        threading.Thread(target=load, daemon=True).start()

    @contextmanager
    def client(self) -> Iterator[None]:
        """Mark a client as connected."""
        with self._lock:
            self._clients += 1
        try:
            yield
        finally:
            with self._lock:
                self._clients -= 1

    def forget(self) -> None:
        """Keep nothing of any picture, where no client was connected at this and the last call.

        An editor that asks about the same picture again may connect anew.
        """
        with self._lock:
            alone, self._alone = self._alone, not self._clients
            alone = alone and self._alone
        if alone and self._engine:
            self._engine.forget()

    def engine(self) -> Engine:
        """The engine, imported and made at its first use."""
        with self._making:
            if self._engine is None:
                from localmatte.engine import Engine

                self._engine = Engine(stays=True)
            return self._engine

    def picture(
        self, pixels: memoryview, size: tuple[int, int], layout: str, on_progress: OnProgress
    ) -> Raster:
        """Wrap raw pixels for the engine, which is imported where that is not done yet.

        Args:
            pixels: Width × height pixels.
            size: Width and height.
            layout: The pixels' layout, a key of wire.BYTES_PER_PIXEL.
            on_progress: Told that the engine starts.

        Returns:
            The picture; its colours may be a view of `pixels`.

        Raises:
            LocalmatteError: They are no picture.
        """
        on_progress(0.0, N_("Starting the engine"))
        from localmatte.imaging.pixels import from_bytes

        return from_bytes(pixels, *size, layout)

    def matte(
        self,
        raster: Raster,
        options: Options,
        on_progress: OnProgress,
        cancel: CancelToken,
        recent: Recent,
    ) -> Matte:
        """Find the subject, as Engine.matte() does.

        Args:
            raster: The picture, with the hints and the existing mask that belong to it.
            options: Model, provider, refinement, and where to look.
            on_progress: Called with a fraction in 0..1 and a stage.
            cancel: Stops the work.
            recent: What networks made of this client's pictures before.

        Returns:
            Alpha of the picture's size, H×W float32 in 0..1, and how it was found.

        Raises:
            LocalmatteError: It cannot be done; the text says why.
            CancelledError: When `cancel` was called.
        """
        return self.engine().matte(raster, options, on_progress, cancel, recent)

    def finish(
        self,
        raster: Raster,
        strokes: Strokes,
        on_progress: OnProgress,
        cancel: CancelToken,
    ) -> Finished:
        """Give a mask the picture's edges where the user painted, as Engine.finish() does.

        Args:
            raster: The picture, with the masks and the selection that belong to it.
            strokes: What the user said.
            on_progress: Called with a fraction in 0..1 and a stage.
            cancel: Stops the work.

        Returns:
            The mask, and what the user should read.

        Raises:
            LocalmatteError: It cannot be done; the text says why.
            CancelledError: When `cancel` was called.
        """
        return self.engine().finish(raster, strokes, on_progress, cancel)

    def refine(
        self, raster: Raster, raw: Raw, on_progress: OnProgress, cancel: CancelToken
    ) -> Refined:
        """Find alpha again from what a network saw, as Engine.refine() does.

        Args:
            raster: The picture.
            raw: What the network saw of it.
            on_progress: Called with a fraction in 0..1 and a stage.
            cancel: Stops the work.

        Returns:
            Alpha of the picture's size, and what the user should read.

        Raises:
            CancelledError: When `cancel` was called.
        """
        return self.engine().refine(raster, raw, on_progress, cancel)

    def suggestion(self, model: str) -> dict[str, Any] | None:
        """A more accurate model that would take about a second here; said once of each.

        Args:
            model: The id of the present one; empty for the default.

        Returns:
            Its id and about how many seconds a run would take; None where there is none to tell of.
        """
        from localmatte.inference import suggestion

        found = suggestion.take(model or catalogue.DEFAULT)
        return {"model": found.spec.id, "seconds": round(found.seconds, 3)} if found else None

    def models(self) -> list[dict[str, Any]]:
        """The catalogue as the editors' dialogs show it."""
        return [library.describe(spec) for spec in library.models()]

    def status(self) -> dict[str, Any]:
        """How the worker is."""
        return {
            "version": localmatte.__version__,
            "pid": os.getpid(),
            "up_seconds": round(time.monotonic() - self._started, 1),
            "loaded": self._engine.models if self._engine else [],
        }
