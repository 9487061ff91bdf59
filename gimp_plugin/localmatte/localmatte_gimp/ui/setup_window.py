"""Offers to set the engine up, does so, and shows how far it is."""

from __future__ import annotations

import threading
from typing import Optional

import gi

gi.require_version("GimpUi", "3.0")
from gi.repository import GimpUi, GLib, Gtk  # noqa: E402

from localmatte_bridge import BridgeError, Progress  # noqa: E402
from localmatte_bridge.setup import Offer  # noqa: E402
from localmatte_bridge.setup.task import SetUp  # noqa: E402

from .. import engine  # noqa: E402
from ..words import _  # noqa: E402

OVER = 1
"""The response that a finished set-up gives in place of a button."""


def set_up(name: str, offer: Offer) -> bool:
    """Set the engine up if the user agrees.

    Args:
        name: The procedure's.
        offer: What is asked.

    Returns:
        Whether there is an engine now.
    """
    GimpUi.init(name)
    window = _Window(offer)
    try:
        return window.run()
    finally:
        window.close()


class _Window:
    def __init__(self, offer: Offer) -> None:
        self._offer = offer
        self._task: Optional[SetUp] = None
        self._reason: Optional[BridgeError] = None
        self._bar = Gtk.ProgressBar(show_text=True, text="")
        self.dialog = Gtk.MessageDialog(title=_("Set Up localmatte"))
        self._say(Gtk.MessageType.QUESTION, offer.message, offer.details)
        GimpUi.window_set_transient(self.dialog)
        self.dialog.get_message_area().pack_start(self._bar, False, False, 0)
        self.dialog.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
        self._button = self.dialog.add_button(_("_Set Up"), Gtk.ResponseType.ACCEPT)
        self.dialog.set_default_response(Gtk.ResponseType.ACCEPT)

    def run(self) -> bool:
        """Show it until the engine stands or the user gives up."""
        while True:
            answer = self.dialog.run()
            if answer == Gtk.ResponseType.ACCEPT:
                self._start()
            elif answer != OVER:
                return False
            elif self._reason is None:
                return True
            else:
                self._explain(self._reason)

    def close(self) -> None:
        """Take it away; a set-up under way is cancelled."""
        if self._task:
            self._task.cancel()
            self._task = None
        self.dialog.destroy()

    def _start(self) -> None:
        # Where it failed before, it says so no longer.
        self._say(Gtk.MessageType.QUESTION, self._offer.message, self._offer.details)
        self._button.set_sensitive(False)
        self._show(Progress(0.0, ""))
        self._bar.show()
        self._task = SetUp(engine.PLUG_IN_FOLDER)
        threading.Thread(target=self._work, args=(self._task,), daemon=True).start()

    def _work(self, task: SetUp) -> None:
        self._reason = None
        try:
            task.run(self._tell)
        except BridgeError as error:
            self._reason = error
        except Exception as error:
            # The window would wait for its end for ever.
            self._reason = engine.unexpected(error)
        GLib.idle_add(self._end, task)

    def _tell(self, progress: Progress) -> None:
        GLib.idle_add(self._show, progress)

    def _show(self, progress: Progress) -> None:
        self._bar.set_fraction(progress.fraction)
        self._bar.set_text(progress.stage)

    def _end(self, task: SetUp) -> None:
        if self._task is task:
            self._task = None
            self.dialog.response(OVER)

    def _explain(self, reason: BridgeError) -> None:
        self._bar.hide()
        self._button.set_sensitive(True)
        self._button.set_label(_("_Try Again"))
        self._say(Gtk.MessageType.ERROR, reason.message, reason.hint)

    def _say(self, kind: Gtk.MessageType, text: str, more: str) -> None:
        self.dialog.set_property("message-type", kind)
        self.dialog.set_property("text", text)
        self.dialog.set_property("secondary-text", more)
