"""The small dialogs over the dialog: a licence to accept, a model that could not be had."""

from __future__ import annotations

from gi.repository import Gtk

from localmatte_bridge import BridgeError

from .models import COMMERCIAL, Model, size


def accept_licence(parent: Gtk.Window, model: Model) -> bool:
    """Show the terms of a model, and return whether the user accepts them."""
    question = Gtk.MessageDialog(
        transient_for=parent,
        modal=True,
        title="Licence",
        message_type=Gtk.MessageType.QUESTION,
        text="{} has terms that you have to accept.".format(model.title),
        secondary_text="Its licence is {}: {}.".format(model.licence, COMMERCIAL[model.commercial]),
    )
    link = Gtk.LinkButton.new_with_label(model.licence_link, model.licence_link)
    question.get_message_area().pack_start(link, False, False, 0)
    link.show()
    question.add_button("_Cancel", Gtk.ResponseType.CANCEL)
    question.add_button(
        "_Accept and Download {}".format(size(model.bytes)), Gtk.ResponseType.ACCEPT
    )
    question.set_default_response(Gtk.ResponseType.CANCEL)
    answer = question.run()
    question.destroy()
    return bool(answer == Gtk.ResponseType.ACCEPT)


def explain(parent: Gtk.Window, error: BridgeError) -> None:
    """Say why a model could not be fetched, before the user chooses again."""
    message = Gtk.MessageDialog(
        transient_for=parent,
        modal=True,
        title="No Download",
        message_type=Gtk.MessageType.ERROR,
        buttons=Gtk.ButtonsType.OK,
        text=error.message,
        secondary_text="{}\nOr choose a model that is here.".format(error.hint),
    )
    message.run()
    message.destroy()
