"""The controls below the preview: how to look at it, and how large."""

from __future__ import annotations

from typing import Callable, Dict

from gi.repository import Gdk, Gtk, Pango

from ..words import N_, _
from .canvas import Canvas
from .described import describe
from .views import VIEWS

START = "transparency"
"""The view that a new window has."""

COLOUR = 0x3584E4
"""The user's own background before there is one."""

PEEK = "x"
"""The key that shows the original while it is held."""


class ViewBar:
    """The controls, and the keys that do the same.

    Args:
        canvas: The picture.
        changed: Called when it is to be looked at in another way.

    Attributes:
        widget: To be put into a window.
    """

    def __init__(self, canvas: Canvas, changed: Callable[[], None]) -> None:
        self._canvas, self._changed = canvas, changed
        self._before = START
        self._peeking = False
        self._list = self._made_list()
        self._colour = self._made_colour()
        self._size = Gtk.Label(width_chars=5, xalign=1.0)
        self._size.set_tooltip_text(_("Zoom"))
        self._keys: Dict[int, Callable[[], None]] = {
            Gdk.KEY_plus: lambda: canvas.zoom(1),
            Gdk.KEY_equal: lambda: canvas.zoom(1),
            Gdk.KEY_KP_Add: lambda: canvas.zoom(1),
            Gdk.KEY_minus: lambda: canvas.zoom(-1),
            Gdk.KEY_KP_Subtract: lambda: canvas.zoom(-1),
            Gdk.KEY_0: canvas.fit,
            Gdk.KEY_KP_0: canvas.fit,
            Gdk.KEY_1: canvas.one_to_one,
            Gdk.KEY_KP_1: canvas.one_to_one,
        }
        self.widget = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6)
        self.widget.pack_start(self._list, False, False, 0)
        self.widget.pack_start(self._colour, False, False, 0)
        self.widget.pack_end(self._made_buttons(), False, False, 0)
        self.widget.pack_end(self._size, False, False, 0)

    @property
    def view(self) -> str:
        """The way to look at it now, a key of VIEWS."""
        return "original" if self._peeking else str(self._list.get_active_id())

    @property
    def colour(self) -> int:
        """The user's own background, 0xRRGGBB."""
        rgba = self._colour.get_rgba()
        red, green, blue = (int(part * 255 + 0.5) for part in (rgba.red, rgba.green, rgba.blue))
        return red << 16 | green << 8 | blue

    def follow(self) -> None:
        """Say how large the layer is seen."""
        if self._canvas.viewport:
            self._size.set_text(_percent(self._canvas.viewport.scale))

    def press(self, event: Gdk.EventKey) -> bool:
        """Do what a key means; returns whether it means anything."""
        if event.state & Gtk.accelerator_get_default_mod_mask() & ~Gdk.ModifierType.SHIFT_MASK:
            return False
        letter = chr(Gdk.keyval_to_unicode(Gdk.keyval_to_lower(event.keyval)))
        if letter == PEEK:
            self._peek(True)
        elif letter in LETTERS:
            self._choose(LETTERS[letter])
        elif event.keyval in self._keys:
            self._keys[event.keyval]()
        else:
            return self._canvas.pan(event.keyval)
        return True

    def release(self, event: Gdk.EventKey) -> bool:
        """A key was let go."""
        if self._peeking and Gdk.keyval_to_lower(event.keyval) == ord(PEEK):
            self._peek(False)
        return False

    def _peek(self, peeking: bool) -> None:
        if peeking != self._peeking:
            self._peeking = peeking
            self._changed()

    def _choose(self, view: str) -> None:
        """Look at it in that way; the original's key pressed again goes back."""
        now = str(self._list.get_active_id())
        self._list.set_active_id(self._before if view == now == "original" else view)
        if view == "original" != now:
            self._before = now

    def _made_list(self) -> Gtk.ComboBoxText:
        choice = Gtk.ComboBoxText()
        for key, view in VIEWS.items():
            choice.append(key, _(view.label))
        for cell in choice.get_cells():
            cell.set_property("ellipsize", Pango.EllipsizeMode.END)
        choice.set_active_id(START)
        letters = ", ".join(view.key.upper() for view in VIEWS.values())
        describe(
            choice,
            _("View"),
            _("How the preview shows the result ({keys}; hold {key} for the original)").format(
                keys=letters, key=PEEK.upper()
            ),
        )
        choice.connect("changed", lambda _choice: self._chosen())
        return choice

    def _chosen(self) -> None:
        self._colour.set_visible(self.view == "colour")
        self._changed()

    def _made_colour(self) -> Gtk.ColorButton:
        rgba = Gdk.RGBA()
        rgba.parse("#{:06x}".format(COLOUR))
        button = Gtk.ColorButton.new_with_rgba(rgba)
        button.set_no_show_all(True)
        describe(button, _("Background colour"), _("The colour behind the result"))
        button.connect("color-set", lambda _button: self._changed())
        return button

    def _made_buttons(self) -> Gtk.Widget:
        box = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL)
        box.get_style_context().add_class("linked")
        for icon, name, text, press in (
            ("zoom-out", N_("Zoom out"), N_("Show more of the image (-)"), self._out),
            ("zoom-in", N_("Zoom in"), N_("Show the image larger (+)"), self._in),
            ("zoom-fit-best", N_("Fit"), N_("Show the whole layer (0)"), self._canvas.fit),
            (
                "zoom-original",
                N_("1:1"),
                N_("Show each pixel of the layer as one on the screen (1)"),
                self._canvas.one_to_one,
            ),
        ):
            button = Gtk.Button.new_from_icon_name(icon, Gtk.IconSize.BUTTON)
            describe(button, _(name), _(text))
            button.connect("clicked", lambda _button, press=press: press())
            box.pack_start(button, False, False, 0)
        return box

    def _in(self) -> None:
        self._canvas.zoom(1)

    def _out(self) -> None:
        self._canvas.zoom(-1)


LETTERS = {view.key: key for key, view in VIEWS.items()}


def _percent(scale: float) -> str:
    percent = scale * 100
    return _("{number} %").format(number="{:.{}f}".format(percent, 0 if percent >= 10 else 1))
