"""The small dialogs: a licence to accept, what went wrong, a result that shows nothing."""

from __future__ import annotations

import gi

gi.require_version("GimpUi", "3.0")
from gi.repository import GimpUi, Gtk  # noqa: E402

from localmatte_bridge import BridgeError  # noqa: E402
from localmatte_bridge.models import Model, size  # noqa: E402

from ..words import _  # noqa: E402


def accept_licence(parent: Gtk.Window, model: Model) -> bool:
    """Show the terms of a model.

    Args:
        parent: The window that the question belongs to.
        model: The model.

    Returns:
        Whether the user accepts them.
    """
    question = Gtk.MessageDialog(
        transient_for=parent,
        modal=True,
        title=_("Licence"),
        message_type=Gtk.MessageType.QUESTION,
        text=_("To use {model}, you must accept its licence.").format(model=model.title),
        secondary_text=_("Licence: {terms}.").format(terms=model.terms),
    )
    link = Gtk.LinkButton.new_with_label(model.licence_link, model.licence_link)
    question.get_message_area().pack_start(link, False, False, 0)
    link.show()
    question.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
    question.add_button(
        _("_Accept and Download {size}").format(size=size(model.bytes)), Gtk.ResponseType.ACCEPT
    )
    question.set_default_response(Gtk.ResponseType.CANCEL)
    answer = question.run()
    question.destroy()
    return bool(answer == Gtk.ResponseType.ACCEPT)


def explain(parent: Gtk.Window, title: str, error: BridgeError, *more: str) -> None:
    """Say what could not be done.

    Args:
        parent: The window that it belongs to.
        title: The message's title.
        error: Why.
        more: What else the user can do.
    """
    message = Gtk.MessageDialog(
        transient_for=parent,
        modal=True,
        title=title,
        message_type=Gtk.MessageType.ERROR,
        buttons=Gtk.ButtonsType.OK,
        text=error.message,
        secondary_text="\n".join(filter(None, (error.hint, *more))),
    )
    message.run()
    message.destroy()


def go_on(name: str, doubt: str) -> bool:
    """Ask whether to make a result that the user may not want.

    Args:
        name: The procedure's.
        doubt: One sentence that says what is wrong with the result.

    Returns:
        Whether the user wants it.
    """
    GimpUi.init(name)
    question = Gtk.MessageDialog(
        title=_("Nothing Left"),
        message_type=Gtk.MessageType.WARNING,
        text=doubt,
        secondary_text=_("Nothing has been changed yet."),
    )
    GimpUi.window_set_transient(question)
    question.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
    question.add_button(_("_Apply Anyway"), Gtk.ResponseType.ACCEPT)
    question.set_default_response(Gtk.ResponseType.CANCEL)
    answer = question.run()
    question.destroy()
    return bool(answer == Gtk.ResponseType.ACCEPT)
