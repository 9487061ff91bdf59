"""The menu of the subjects that were found, for those who do not click in the preview."""

from __future__ import annotations

from typing import Callable, Optional

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import GdkPixbuf, GLib, Gtk  # noqa: E402

from localmatte_bridge.subjects import NONE_FOUND, Subject, Subjects  # noqa: E402

from ..document.picture import Picture  # noqa: E402
from ..words import _  # noqa: E402
from .preset_menu import POPUP  # noqa: E402

SIDE = 32
"""The longer side of a subject's picture, in logical pixels."""


class SubjectMenu:
    """A button that opens the menu; it is there where there is something to choose.

    Args:
        chosen: Called with the number of the subject that is meant; 0 for all.
        pointed: Called with the number of the subject that the user thinks about; 0 for none.

    Attributes:
        widget: To be put into a window.
    """

    def __init__(self, chosen: Callable[[int], None], pointed: Callable[[int], None]) -> None:
        self._chosen, self._pointed = chosen, pointed
        self._subjects = NONE_FOUND
        self._picture: Optional[Picture] = None
        self._button = Gtk.Button(label=_("Choose Su_bject"), use_underline=True)
        self._button.set_tooltip_text(_("Keep one of the subjects that were found"))
        self._button.set_valign(Gtk.Align.CENTER)
        self._button.connect("clicked", lambda _button: self._open())
        # Its room is there from the start: the preview does not change its size.
        self.widget = Gtk.Stack()
        self._nothing = Gtk.Box()
        for page in (self._nothing, self._button):
            self.widget.add(page)

    def offer(self, subjects: Subjects, picture: Optional[Picture]) -> None:
        """Offer these subjects.

        Args:
            subjects: What was found.
            picture: Where it was found.
        """
        self._subjects, self._picture = subjects, picture
        several = len(subjects.found) > 1
        self.widget.set_visible_child(self._button if several else self._nothing)

    def _open(self) -> None:
        menu = Gtk.Menu(attach_widget=self._button)
        for number, subject in enumerate(self._subjects.found, 1):
            menu.append(self._item(number, self._subjects.label(number), self._pictured(subject)))
        menu.append(Gtk.SeparatorMenuItem())
        menu.append(self._item(0, _("All Subjects")))
        menu.connect("deactivate", lambda _menu: self._pointed(0))
        menu.show_all()
        menu.popup_at_widget(self._button, *POPUP, None)

    def _item(self, number: int, label: str, picture: Optional[Gtk.Image] = None) -> Gtk.MenuItem:
        item = Gtk.MenuItem(label=label)
        if picture:
            row = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6)
            item.remove(item.get_child())
            row.pack_start(picture, False, False, 0)
            row.pack_start(Gtk.Label(label=label), False, False, 0)
            item.add(row)
            item.get_accessible().set_name(label)
        item.connect("activate", lambda _item: self._chosen(number))
        item.connect("select", lambda _item: self._pointed(number))
        return item

    def _pictured(self, subject: Subject) -> Optional[Gtk.Image]:
        if not self._picture:
            return None
        width, height = subject.box.width, subject.box.height
        pixels = GLib.Bytes.new(bytes(self._picture.rgba(subject.box)))
        seen = GdkPixbuf.Pixbuf.new_from_bytes(
            pixels, GdkPixbuf.Colorspace.RGB, True, 8, width, height, 4 * width
        )
        scale = SIDE * self.widget.get_scale_factor() / max(width, height)
        across, down = (max(1, round(side * scale)) for side in (width, height))
        small = seen.scale_simple(across, down, GdkPixbuf.InterpType.BILINEAR)
        # As an icon, its pixels are the screen's own.
        image = Gtk.Image.new_from_gicon(small, Gtk.IconSize.DND)
        image.set_size_request(SIDE, SIDE)
        return image
