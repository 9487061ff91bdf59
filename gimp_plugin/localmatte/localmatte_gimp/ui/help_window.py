"""Help: what the dialog's controls and keys do, in a window that needs no browser."""

from __future__ import annotations

from typing import Optional

import gi

gi.require_version("GimpUi", "3.0")
from gi.repository import GimpUi, GLib, Gtk  # noqa: E402

from ..words import N_, _  # noqa: E402

SIZE = (560, 480)
MARGIN = 12

PAGE = (
    (
        N_("What it does"),
        N_(
            "A neural network finds the subject of the layer, and a layer mask hides the rest. The "
            "layer's pixels are not changed: paint on the mask to correct it, or delete it to get "
            "everything back. Images never leave this computer."
        ),
    ),
    (
        N_("Model"),
        N_(
            "Larger models find finer edges, but take longer and need more memory. A model has to "
            "be downloaded once, and its licence says whether you may use it commercially. Models "
            "lists, downloads, imports and removes them."
        ),
    ),
    (
        N_("Several subjects"),
        N_(
            "The subject under the mouse pointer is highlighted in the preview. Click the one that "
            "you want to keep, or pick it from the list of Choose Subject. Click others to keep "
            "them as well. Shift+click or right-click removes a subject, or the part of one that "
            "does not belong to it. Drag a box around a subject to look for it there. Backspace "
            "removes the last click or box."
        ),
    ),
    (
        N_("Selection"),
        N_("If you select an area first, the subject is looked for only inside it."),
    ),
    (
        N_("Preview"),
        N_(
            "Turn the mouse wheel to zoom, and drag to move the enlarged image (Ctrl+drag draws a "
            "box). Keys: + and - zoom, 0 shows the whole layer, 1 shows each pixel of the layer as "
            "one on the screen. T, B, W and C show the result on transparency, black, white or a "
            "colour, R shows the hidden part in red, M the mask and O the original. Hold X to see "
            "the original."
        ),
    ),
    (
        N_("Edges"),
        N_(
            "Contrast makes soft edges harder, Feather softens them. Shift edge moves the edge "
            "outwards or inwards: use a negative value if the background shows at the edge. Smooth "
            "evens out a ragged outline. Remove specks and Fill holes delete small isolated parts."
        ),
    ),
    (
        N_("Afterwards"),
        N_(
            "If a part of the mask is wrong, select it and choose Refine Inside Selection: the "
            "model runs on that part only. With Edges Again you can change the edge settings "
            "later, without running the model again; what you painted is kept. Edit > Undo takes "
            "everything back in one step."
        ),
    ),
)
"""The page: headings and what stands below them."""


def show(parent: Optional[Gtk.Window]) -> None:
    """Show the page until the user closes it.

    Args:
        parent: The window that it belongs to.
    """
    window = GimpUi.Dialog(title=_("Help on Remove Background"), role="localmatte-help")
    window.set_transient_for(parent)
    window.set_modal(True)
    window.add_button(_("_Close"), Gtk.ResponseType.CLOSE)
    window.set_default_size(*SIZE)
    text = Gtk.Label(wrap=True, selectable=True, xalign=0.0, yalign=0.0, margin=MARGIN)
    text.set_markup("\n\n".join(_section(heading, body) for heading, body in PAGE))
    scrolled = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER)
    scrolled.add(text)
    window.get_content_area().pack_start(scrolled, True, True, 0)
    scrolled.show_all()
    # Selected from end to end, as GTK does with the first text that has the keyboard, it is no
    # pleasure to read.
    text.select_region(0, 0)
    window.run()
    window.destroy()


def _section(heading: str, body: str) -> str:
    return "<b>{}</b>\n{}".format(*map(GLib.markup_escape_text, (_(heading), _(body))))
