"""What is said of a control to those who point at it, and to those who hear it."""

from __future__ import annotations

from gi.repository import Gtk


def describe(widget: Gtk.Widget, name: str, text: str) -> None:
    """Name a control that has no label of its own, and say what it does.

    Args:
        widget: The control.
        name: What a screen reader calls it.
        text: What it does, in one sentence.
    """
    widget.set_tooltip_text(text)
    explain(widget, name, text)


def explain(widget: Gtk.Widget, name: str, text: str) -> None:
    """Do the same for screen readers alone, where a tooltip would be in the way.

    Args:
        widget: The control.
        name: What a screen reader calls it.
        text: What it does, in one sentence.
    """
    accessible = widget.get_accessible()
    accessible.set_name(name)
    accessible.set_description(text)
