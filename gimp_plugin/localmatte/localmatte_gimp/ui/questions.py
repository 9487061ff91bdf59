"""The small dialogs: a licence to accept, what went wrong, a result that shows nothing."""

from __future__ import annotations

from typing import Optional

import gi

gi.require_version("GimpUi", "3.0")
from gi.repository import GimpUi, Gtk, Pango  # noqa: E402

from localmatte_bridge import BridgeError  # noqa: E402
from localmatte_bridge.errors import summary  # noqa: E402
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


def model_file(parent: Gtk.Window) -> Optional[str]:
    """Ask for a model file.

    Args:
        parent: The window that the question belongs to.

    Returns:
        Its path; None where the user chose none.
    """
    chooser = Gtk.FileChooserDialog(
        title=_("Import Model"), transient_for=parent, action=Gtk.FileChooserAction.OPEN
    )
    chooser.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
    chooser.add_button(_("_Import"), Gtk.ResponseType.ACCEPT)
    chooser.set_default_response(Gtk.ResponseType.ACCEPT)
    for name, pattern in ((_("ONNX models"), "*.onnx"), (_("All files"), "*")):
        kind = Gtk.FileFilter()
        kind.set_name(name)
        kind.add_pattern(pattern)
        chooser.add_filter(kind)
    chosen = chooser.run() == Gtk.ResponseType.ACCEPT
    path = chooser.get_filename() if chosen else None
    chooser.destroy()
    return path


def explain(parent: Gtk.Window, title: str, error: BridgeError, *more: str) -> None:
    """Say what could not be done.

    Args:
        parent: The window that it belongs to.
        title: The message's title.
        error: Why.
        more: What else the user can do.
    """
    short = summary(error.message)
    message = Gtk.MessageDialog(
        transient_for=parent,
        modal=True,
        title=title,
        message_type=Gtk.MessageType.ERROR,
        buttons=Gtk.ButtonsType.OK,
        text=short,
        secondary_text="\n".join(filter(None, (error.hint, *more))),
    )
    if short != error.message:
        message.get_message_area().pack_start(_details(error.message), False, False, 0)
    message.run()
    message.destroy()


def _details(text: str) -> Gtk.Widget:
    """What is to be read only by those who want to."""
    label = Gtk.Label(label=text, wrap=True, selectable=True, xalign=0.0, max_width_chars=60)
    label.set_line_wrap_mode(Pango.WrapMode.WORD_CHAR)
    expander = Gtk.Expander(label=_("_Details"), use_underline=True)
    expander.add(label)
    expander.show_all()
    return expander


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
