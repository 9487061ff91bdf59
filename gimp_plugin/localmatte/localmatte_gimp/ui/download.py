"""A model's download or import in a thread of its own, while a window goes on."""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, Optional

from gi.repository import GLib

from localmatte_bridge import BridgeError, Client, Progress
from localmatte_bridge.models import for_people

from .. import engine


class Download:
    """Has the engine bring a model here; begins at once.

    What is called, is called in GTK's own thread.

    Args:
        request: Which one and from where, as `engine.pull_request` or `engine.import_request`
            says it.
        on_progress: Called with a stage and a fraction.
        on_end: Called once, with the reason where it could not be fetched.
    """

    def __init__(
        self,
        request: Dict[str, Any],
        on_progress: Callable[[str, float], None],
        on_end: Callable[[Optional[BridgeError]], None],
    ) -> None:
        self._request = request
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
            told = for_people(error, self._request["kind"])
            reason = None if error.code == "cancelled" else told
        except Exception as error:
            # The window would wait for its end for ever.
            reason = engine.unexpected(error)
        GLib.idle_add(self._on_end, reason)

    def _fetch(self, client: Client) -> None:
        for event in client.request(self._request):
            if isinstance(event, Progress):
                GLib.idle_add(self._on_progress, event.stage, event.fraction)
