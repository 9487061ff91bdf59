"""A model's download in a thread of its own, while a window goes on."""

from __future__ import annotations

import threading
from typing import Callable, Optional

from gi.repository import GLib

from localmatte_bridge import BridgeError, Client, Progress
from localmatte_bridge.models import Model

from .. import engine


class Download:
    """Has the engine fetch a model whose terms are accepted; begins at once.

    What is called, is called in GTK's own thread.

    Args:
        model: The model.
        on_progress: Called with a stage and a fraction.
        on_end: Called once, with the reason where it could not be fetched.
    """

    def __init__(
        self,
        model: Model,
        on_progress: Callable[[str, float], None],
        on_end: Callable[[Optional[BridgeError]], None],
    ) -> None:
        self._model = model
        self._on_progress = on_progress
        self._on_end = on_end
        self._client: Optional[Client] = None
        self._cancelled = False
        threading.Thread(target=self._run, daemon=True).start()

    def cancel(self) -> None:
        """Stop; what has come so far is kept, and the next download goes on from there."""
        self._cancelled = True
        if self._client:
            self._client.cancel()

    def _run(self) -> None:
        reason: Optional[BridgeError] = None
        try:
            with engine.connect() as client:
                self._client = client
                if not self._cancelled:
                    self._fetch(client)
        except BridgeError as error:
            reason = None if error.code == "cancelled" else error
        except Exception as error:
            # The window would wait for its end for ever.
            reason = engine.unexpected(error)
        GLib.idle_add(self._on_end, reason)

    def _fetch(self, client: Client) -> None:
        for event in client.request(engine.pull_request(self._model.id, self._model.accept)):
            if isinstance(event, Progress):
                GLib.idle_add(self._on_progress, event.stage, event.fraction)
