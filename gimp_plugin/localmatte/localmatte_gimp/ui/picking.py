"""Choosing the subject in the preview: what clicks and boxes say, and how they are drawn."""

from __future__ import annotations

from typing import Callable, Optional, Tuple

from gi.repository import GdkPixbuf, Gtk

from localmatte_bridge.prompts import BOX, KEEP, REMOVE, Mark, Prompts, spanned
from localmatte_bridge.viewport import Part, Viewport

from ..words import _

DOT = 13
"""The side of a click's square, in logical pixels; an odd number has a middle."""

COLOURS = {KEEP: 0x26A269FF, REMOVE: 0xC01C28FF, BOX: 0x3584E4FF}
WHITE = 0xFFFFFFFF

Place = Tuple[float, float]


class Picking:
    """What the user says of the subject, and the line below the preview that explains it.

    Args:
        changed: Called when it is something else than before.

    Attributes:
        prompts: What the user said.
        widget: To be put into a window.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.prompts = Prompts()
        self._changed = changed
        self._band: Optional[Part] = None
        hint = _("Click to keep a subject, Shift+click to remove one, or drag a box around it.")
        self._hint = Gtk.Label(label=hint, xalign=0.0, wrap=True)
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

    def _become(self, prompts: Prompts) -> None:
        if prompts != self.prompts:
            self.prompts = prompts
            self._undo.set_sensitive(bool(prompts.marks))
            self._changed()


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
