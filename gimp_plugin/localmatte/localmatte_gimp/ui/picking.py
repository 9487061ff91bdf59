"""Choosing the subject in the preview: what the user says, and how that is drawn."""

from __future__ import annotations

from typing import Callable, Dict, Optional, Tuple

from gi.repository import GdkPixbuf, GLib, Gtk, Pango

from localmatte_bridge.prompts import BOX, KEEP, REMOVE, Mark, Prompts, spanned
from localmatte_bridge.subjects import NONE_FOUND, Subjects
from localmatte_bridge.viewport import Part, Viewport

from ..document.picture import Picture
from ..words import _
from .subject_menu import SubjectMenu

DOT = 13
"""The side of a click's square, in logical pixels; an odd number has a middle."""

COLOURS = {KEEP: 0x26A269FF, REMOVE: 0xC01C28FF, BOX: 0x3584E4FF}
WHITE = 0xFFFFFFFF

HIGHLIGHT = 0x3584E4
"""What lies over the subject under the pointer, 0xRRGGBB."""

Place = Tuple[float, float]


class Picking:
    """What the user says of the subject, and the line below the preview that explains it.

    Args:
        changed: Called when it is something else than before.
        redraw: Called when the same is drawn differently.

    Attributes:
        prompts: What the user said.
        widget: To be put into a window.
    """

    def __init__(self, changed: Callable[[], None], redraw: Callable[[], None]) -> None:
        self.prompts = Prompts()
        self._changed, self._redraw = changed, redraw
        self._highlight = _Highlight()
        self._pointer: Optional[Tuple[Viewport, Place]] = None
        self._scale = 1.0
        self._band: Optional[Part] = None
        hint = _("Click to keep, Shift+click to remove, drag to draw a box.")
        self._hint = Gtk.Label(label=hint, xalign=0.0, ellipsize=Pango.EllipsizeMode.END)
        self._hint.set_tooltip_text(
            _("Click to keep a subject, Shift+click to remove one, or drag a box around it.")
        )
        self._undo = Gtk.Button.new_from_icon_name("edit-undo", Gtk.IconSize.BUTTON)
        text = _("Remove the last click or box (Backspace)")
        self._undo.set_tooltip_text(text)
        self._undo.get_accessible().set_name(text)
        self._undo.set_sensitive(False)
        self._undo.set_relief(Gtk.ReliefStyle.NONE)
        self._undo.connect("clicked", lambda _button: self.undo())
        self.widget = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6)
        self.widget.pack_start(self._hint, True, True, 0)
        self.widget.pack_end(self._undo, False, False, 0)
        self._menu = SubjectMenu(self._choose, self._show)
        self.widget.pack_end(self._menu.widget, False, False, 0)

    def offer(self, subjects: Subjects, picture: Optional[Picture] = None) -> None:
        """Let the user choose between subjects.

        Args:
            subjects: What was found.
            picture: Where it was found; None before there is one.
        """
        self._scale = picture.scale if picture else 1.0
        self._menu.offer(subjects, picture)
        # The same ones come again after a click; one that is pointed at in the list stays so.
        if subjects != self._highlight.subjects:
            self._highlight = _Highlight(subjects)
            self._show(self._under_the_pointer())
            self._redraw()

    def point(self, viewport: Viewport, place: Optional[Place]) -> None:
        """The user points at something.

        Args:
            viewport: What is seen.
            place: Where, in device pixels; None where the pointer has left.
        """
        self._pointer = (viewport, place) if place else None
        self._show(self._under_the_pointer())

    def click(self, viewport: Viewport, place: Place, remove: bool) -> None:
        """The user clicked on the picture.

        Args:
            viewport: What was seen.
            place: Where, in device pixels.
            remove: Whether what is there is to go.
        """
        self._become(self.prompts.clicked(REMOVE if remove else KEEP, viewport, *place))

    def box(self, viewport: Viewport, start: Place, end: Place, done: bool) -> None:
        """The user draws a box.

        Args:
            viewport: What is seen.
            start: The corner where it began, in device pixels.
            end: The opposite corner.
            done: Whether it is drawn to its end.
        """
        self._band = None if done else spanned(viewport, start, end)
        if done:
            self._become(self.prompts.boxed(viewport, start, end))

    def undo(self) -> bool:
        """Take the last click or box back; returns whether there was one."""
        had_any = bool(self.prompts.marks)
        self._become(self.prompts.undone())
        return had_any

    def draw(self, seen: GdkPixbuf.Pixbuf, viewport: Viewport, factor: int) -> None:
        """Draw the clicks and the box.

        Args:
            seen: The visible part's device pixels.
            viewport: Which part that is.
            factor: Device pixels for each logical one.
        """
        self._highlight.draw(seen, viewport)
        # What is painted begins at the layer's edge where there is a margin.
        margin = [max(0, -origin) for origin in viewport.origin]
        band = [Mark(BOX, self._band)] if self._band else []
        for kind, place in (*self.prompts.marks, *band):
            x, y = (
                round(at) - edge
                for at, edge in zip(viewport.to_preview(place.x, place.y), margin)  # noqa: B905
            )
            if kind == BOX:
                _frame(seen, x, y, place, viewport.scale, factor)
            else:
                _dot(seen, x, y, kind, factor)

    def _choose(self, number: int) -> None:
        """Mean one subject; 0 takes back what was said."""
        if number:
            point = self._highlight.subjects.found[number - 1].point
            self._become(self.prompts.chosen(point, self._scale))
        else:
            self._become(Prompts())

    def _under_the_pointer(self) -> int:
        return self._highlight.at(*self._pointer) if self._pointer else 0

    def _show(self, number: int) -> None:
        if number != self._highlight.number:
            self._highlight.number = number
            self._redraw()

    def _become(self, prompts: Prompts) -> None:
        if prompts != self.prompts:
            self.prompts = prompts
            self._undo.set_sensitive(bool(prompts.marks))
            self._changed()


class _Highlight:
    """Shows which subject a click would mean.

    Args:
        subjects: What was found.

    Attributes:
        subjects: The same.
        number: Which subject is highlighted; 0 for none.
    """

    def __init__(self, subjects: Subjects = NONE_FOUND) -> None:
        self.subjects = subjects
        self.number = 0
        self._tints: Dict[int, GdkPixbuf.Pixbuf] = {}

    def at(self, viewport: Viewport, place: Place) -> int:
        """The number of the subject at a place of the preview, in device pixels; 0 for none."""
        x, y = viewport.to_layer(*place)
        return self.subjects.at(x / viewport.layer[0], y / viewport.layer[1])

    def draw(self, seen: GdkPixbuf.Pixbuf, viewport: Viewport) -> None:
        """Lay the highlight over what is seen of the layer."""
        if not self.number:
            return
        visible, (width, height) = viewport.visible, viewport.drawn
        self._tint().composite(
            *(seen, 0, 0, seen.get_width(), seen.get_height(), -visible.x, -visible.y),
            *(width / self.subjects.width, height / self.subjects.height),
            *(GdkPixbuf.InterpType.BILINEAR, 255),
        )

    def _tint(self) -> GdkPixbuf.Pixbuf:
        if self.number not in self._tints:
            width, height = self.subjects.width, self.subjects.height
            pixels = GLib.Bytes.new(bytes(self.subjects.tint(self.number, HIGHLIGHT)))
            self._tints[self.number] = GdkPixbuf.Pixbuf.new_from_bytes(
                pixels, GdkPixbuf.Colorspace.RGB, True, 8, width, height, 4 * width
            )
        return self._tints[self.number]


def _dot(seen: GdkPixbuf.Pixbuf, x: int, y: int, kind: str, factor: int) -> None:
    """A square with a plus or a minus, which are told apart without their colours."""
    side, bar = DOT * factor, 3 * factor
    reach = side // 2
    _fill(seen, x - reach - factor, y - reach - factor, side + 2 * factor, side + 2 * factor, WHITE)
    _fill(seen, x - reach, y - reach, side, side, COLOURS[kind])
    inside = side - 4 * factor
    _fill(seen, x - inside // 2, y - bar // 2, inside, bar, WHITE)
    if kind == KEEP:
        _fill(seen, x - bar // 2, y - inside // 2, bar, inside, WHITE)


def _frame(seen: GdkPixbuf.Pixbuf, x: int, y: int, place: Part, scale: float, factor: int) -> None:
    width, height = round(place.width * scale), round(place.height * scale)
    for inset, colour in ((0, WHITE), (factor, COLOURS[BOX])):
        line = factor
        left, top = x + inset, y + inset
        across, down = width - 2 * inset, height - 2 * inset
        _fill(seen, left, top, across, line, colour)
        _fill(seen, left, top + down - line, across, line, colour)
        _fill(seen, left, top, line, down, colour)
        _fill(seen, left + across - line, top, line, down, colour)


def _fill(seen: GdkPixbuf.Pixbuf, x: int, y: int, width: int, height: int, colour: int) -> None:
    """Fill a rectangle, as far as it lies in the picture."""
    left, top = max(0, x), max(0, y)
    right, bottom = min(x + width, seen.get_width()), min(y + height, seen.get_height())
    if right > left and bottom > top:
        seen.new_subpixbuf(left, top, right - left, bottom - top).fill(colour)
