"""The line that suggests a more accurate model, with the button that takes it."""

from __future__ import annotations

from typing import Callable

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk  # noqa: E402

from localmatte_bridge.models import size  # noqa: E402
from localmatte_bridge.suggestion import Suggestion  # noqa: E402

from ..words import _  # noqa: E402

LETTERS = 70
"""So wide the sentence wants to be, in characters; it takes as many lines as it needs."""


def made(suggestion: Suggestion, take: Callable[[], None]) -> Gtk.Widget:
    """Make the line.

    Args:
        suggestion: What is suggested.
        take: Called where the user wants it.

    Returns:
        The line, to be put into a window.
    """
    label = Gtk.Label(
        label=suggestion.sentence, wrap=True, xalign=0.0, max_width_chars=LETTERS, selectable=False
    )
    model = suggestion.model
    wanted = _("Use I_t") if model.present else _("Dow_nload It ({size})")
    button = Gtk.Button(
        label=wanted.format(size=size(model.bytes)), use_underline=True, valign=Gtk.Align.CENTER
    )
    button.connect("clicked", lambda _button: take())
    row = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6)
    row.pack_start(label, True, True, 0)
    row.pack_start(button, False, False, 0)
    return row
