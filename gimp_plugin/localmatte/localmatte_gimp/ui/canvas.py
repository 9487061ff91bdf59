"""A picture that is zoomed and moved with the mouse, the keys and the fingers.

It is crisp at every scale factor and needs no Python bindings of cairo, which not every GIMP
comes with: GTK takes an icon's pixels for the screen's own.
"""

from __future__ import annotations

from typing import Callable, Optional, Tuple, Union

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, GdkPixbuf, GLib, Gtk  # noqa: E402

from localmatte_bridge.viewport import STEPS, Viewport  # noqa: E402

from ..words import _  # noqa: E402
from .described import explain  # noqa: E402

LEAST = (200, 120)
"""Its width and height in pixels where there is no room."""

ARROW = 64
"""How far an arrow key moves the layer, in logical pixels."""

PATIENCE = 200
"""Milliseconds for which a picture that is out of date looks as good as new."""

DIM = 0.45

STILL = 4
"""Logical pixels that a pointer may move between press and release of a click."""

EVENTS = (
    Gdk.EventMask.SCROLL_MASK
    | Gdk.EventMask.SMOOTH_SCROLL_MASK
    | Gdk.EventMask.BUTTON_PRESS_MASK
    | Gdk.EventMask.BUTTON_RELEASE_MASK
    | Gdk.EventMask.POINTER_MOTION_MASK
    | Gdk.EventMask.LEAVE_NOTIFY_MASK
    | Gdk.EventMask.TOUCHPAD_GESTURE_MASK
)

ARROWS = {
    Gdk.KEY_Left: (ARROW, 0),
    Gdk.KEY_Right: (-ARROW, 0),
    Gdk.KEY_Up: (0, ARROW),
    Gdk.KEY_Down: (0, -ARROW),
}
"""Where the layer goes: an arrow shows what lies in its direction."""

Pointing = Union[Gdk.EventButton, Gdk.EventMotion, Gdk.EventScroll]
"""The events that happen at a place."""


class Canvas:
    """The picture.

    Args:
        paint: Makes what is seen: the visible part's device pixels.
        moved: Called when another part is seen, or another size of it.
        clicked: Called with a place in device pixels, and whether what is there is to go.
        boxed: Called with two corners in device pixels, and whether the user let go.
        pointed: Called with the place in device pixels at which the pointer is, with no button
            pressed; None where it has left.

    Attributes:
        widget: To be put into a window.
        viewport: What is seen; None before there is a layer.
    """

    def __init__(
        self,
        paint: Callable[[Viewport], GdkPixbuf.Pixbuf],
        moved: Callable[[], None],
        clicked: Callable[[Tuple[float, float], bool], None],
        boxed: Callable[[Tuple[float, float], Tuple[float, float], bool], None],
        pointed: Callable[[Optional[Tuple[float, float]]], None],
    ) -> None:
        self.viewport: Optional[Viewport] = None
        self._paint, self._moved = paint, moved
        self._clicked, self._boxed, self._pointed = clicked, boxed, pointed
        self._drawing = 0
        self._dimming = 0
        self._out_of_date = False
        self._pressed: Optional[Tuple[float, float]] = None
        self._held: Optional[Tuple[float, float]] = None
        self._boxing = False
        self.place = Gtk.EventBox(can_focus=True)
        self.place.add_events(EVENTS)
        explain(
            self.place,
            _("Preview"),
            _("Zoom with the mouse wheel, and drag to move the enlarged image"),
        )
        self._image = Gtk.Image()
        self._bars = _Bars(self._scrolled)
        self.widget = Gtk.Overlay(hexpand=True, vexpand=True)
        self.widget.set_size_request(*LEAST)
        self.widget.add(self.place)
        self.widget.add_overlay(self._image)
        self.widget.set_overlay_pass_through(self._image, True)
        for bar in self._bars.widgets:
            self.widget.add_overlay(bar)
        self._connect()

    def show_layer(self, width: int, height: int) -> None:
        """Show a layer of this size; one of the last one's size is seen as that was.

        Args:
            width: In pixels.
            height: In pixels.
        """
        if not self.viewport or self.viewport.layer != (width, height):
            self._look(Viewport((width, height), self._room()))
        self.redraw()

    def redraw(self) -> None:
        """Paint what is seen anew, as soon as nothing else is to be done."""
        if not self._drawing:
            self._drawing = GLib.idle_add(self._draw, priority=GLib.PRIORITY_HIGH_IDLE + 30)

    def set_out_of_date(self, out_of_date: bool) -> None:
        """Dim what is seen where it is something else than was asked for."""
        if out_of_date == self._out_of_date:
            return
        self._out_of_date = out_of_date
        if self._dimming:
            GLib.source_remove(self._dimming)
            self._dimming = 0
        if out_of_date:
            # What is renewed in a moment would only flicker.
            self._dimming = GLib.timeout_add(PATIENCE, self._dim)
        else:
            self._image.set_opacity(1.0)

    def fit(self) -> None:
        """Show the whole layer."""
        if self.viewport:
            self._look(self.viewport.fitted())

    def one_to_one(self) -> None:
        """Show a pixel of the layer on each of the screen's."""
        if self.viewport:
            self._look(self.viewport.zoomed(1.0, *self._middle()))

    def zoom(self, steps: int) -> None:
        """Show the middle larger, or with negative steps smaller."""
        if self.viewport:
            self._look(self.viewport.stepped(steps, *self._middle()))

    def pan(self, key: int) -> bool:
        """Move the layer by an arrow key; returns whether that was one that does."""
        if not self.viewport or key not in ARROWS or not self.place.is_focus():
            return False
        factor = self.place.get_scale_factor()
        across, down = (side * factor for side in ARROWS[key])
        return self._look(self.viewport.panned(across, down))

    def close(self) -> None:
        """Draw no more."""
        for source in filter(None, (self._drawing, self._dimming)):
            GLib.source_remove(source)
        self._drawing = self._dimming = 0

    def _connect(self) -> None:
        self.place.connect("size-allocate", lambda *_news: self._resized())
        self.place.connect("notify::scale-factor", lambda *_news: self._resized())
        self.place.connect("scroll-event", self._wheel)
        self.place.connect("button-press-event", self._press)
        self.place.connect("motion-notify-event", self._move)
        self.place.connect("leave-notify-event", lambda *_news: self._pointed(None))
        self.place.connect("button-release-event", self._release)
        self._pinch = Gtk.GestureZoom.new(self.place)
        self._pinched = 1.0
        self._pinch.connect("begin", self._pinch_begins)
        self._pinch.connect("scale-changed", self._pinches)

    def _look(self, viewport: Viewport) -> bool:
        """See something else; returns whether it is something else."""
        if viewport == self.viewport:
            return False
        same = self.viewport and (viewport.origin, viewport.drawn) == (
            self.viewport.origin,
            self.viewport.drawn,
        )
        self.viewport = viewport
        self._bars.follow(viewport, self.place.get_scale_factor())
        self.redraw()
        self._moved()
        return not same

    def _scrolled(self, left: float, top: float) -> None:
        if self.viewport:
            self._look(self.viewport.scrolled(left, top))

    def _room(self) -> Tuple[int, int]:
        place, factor = self.place.get_allocation(), self.place.get_scale_factor()
        return max(1, place.width * factor), max(1, place.height * factor)

    def _resized(self) -> None:
        if self.viewport:
            self._look(self.viewport.resized(self._room()))

    def _middle(self) -> Tuple[float, float]:
        width, height = self._room()
        return width / 2, height / 2

    def _draw(self) -> bool:
        self._drawing = 0
        if self.viewport:
            self._image.set_from_gicon(self._paint(self.viewport), Gtk.IconSize.DIALOG)
        return False

    def _dim(self) -> bool:
        self._dimming = 0
        self._image.set_opacity(DIM)
        return False

    def _at(self, event: Pointing) -> Tuple[float, float]:
        factor = self.place.get_scale_factor()
        return event.x * factor, event.y * factor

    def _wheel(self, _place: Gtk.Widget, event: Gdk.EventScroll) -> bool:
        if not self.viewport:
            return False
        smooth, _across, down = event.get_scroll_deltas()
        if not smooth:
            directions = {Gdk.ScrollDirection.UP: -1, Gdk.ScrollDirection.DOWN: 1}
            down = directions.get(event.direction, 0)
        if down == int(down):
            # A wheel's notches; fingers on a touchpad give fractions.
            self._look(self.viewport.stepped(-int(down), *self._at(event)))
        else:
            zoom = self.viewport.scale * 2 ** (-down / STEPS)
            self._look(self.viewport.zoomed(zoom, *self._at(event)))
        return True

    def _press(self, _place: Gtk.Widget, event: Gdk.EventButton) -> bool:
        self.place.grab_focus()
        here = self._at(event)
        if event.type == Gdk.EventType.BUTTON_PRESS and self.viewport:
            if event.button == Gdk.BUTTON_SECONDARY:
                self._clicked(here, True)
            else:
                self._pressed = self._held = here
                # Where there is nothing to move, a drag is free for a box.
                self._boxing = event.button == Gdk.BUTTON_PRIMARY and (
                    self._all_is_seen() or bool(event.state & Gdk.ModifierType.CONTROL_MASK)
                )
        return True

    def _move(self, _place: Gtk.Widget, event: Gdk.EventMotion) -> bool:
        here = self._at(event)
        if not self._pressed:
            self._pointed(here)
        elif not self._is_click(here):
            self._pointed(None)
            self._drag(here)
        return True

    def _drag(self, here: Tuple[float, float]) -> None:
        if self._pressed and self._held and self.viewport:
            if self._boxing:
                self._boxed(self._pressed, here, False)
            else:
                self._look(self.viewport.panned(here[0] - self._held[0], here[1] - self._held[1]))
            self._held = here

    def _release(self, _place: Gtk.Widget, event: Gdk.EventButton) -> bool:
        here, pressed = self._at(event), self._pressed
        if pressed and self._held == pressed and event.button == Gdk.BUTTON_PRIMARY:
            self._clicked(pressed, bool(event.state & Gdk.ModifierType.SHIFT_MASK))
        elif pressed and self._boxing:
            self._boxed(pressed, here, True)
        self._pressed = self._held = None
        return True

    def _is_click(self, here: Tuple[float, float]) -> bool:
        """Whether the pointer has hardly moved since the press."""
        if self._pressed is None or self._held != self._pressed:
            return False
        still = STILL * self.place.get_scale_factor()
        return bool(max(abs(here[axis] - self._pressed[axis]) for axis in (0, 1)) <= still)

    def _all_is_seen(self) -> bool:
        return self.viewport is not None and all(
            drawn <= room
            for drawn, room in zip(self.viewport.drawn, self.viewport.room)  # noqa: B905
        )

    def _pinch_begins(self, *_news: object) -> None:
        self._pressed = self._held = None
        self._pinched = self.viewport.scale if self.viewport else 1.0

    def _pinches(self, gesture: Gtk.GestureZoom, scale: float) -> None:
        known, x, y = gesture.get_bounding_box_center()
        if self.viewport:
            factor = self.place.get_scale_factor()
            at = (x * factor, y * factor) if known else self._middle()
            self._look(self.viewport.zoomed(self._pinched * scale, *at))


class _Bars:
    """Scroll bars over the picture: beside it they would change its room as they come and go.

    Args:
        scrolled: Called with where the corner shall lie in the drawn layer, in device pixels.
    """

    def __init__(self, scrolled: Callable[[float, float], None]) -> None:
        self._scrolled = scrolled
        self._following = False
        self._positions = [Gtk.Adjustment(), Gtk.Adjustment()]
        across = Gtk.Scrollbar(
            orientation=Gtk.Orientation.HORIZONTAL,
            adjustment=self._positions[0],
            valign=Gtk.Align.END,
        )
        down = Gtk.Scrollbar(
            orientation=Gtk.Orientation.VERTICAL,
            adjustment=self._positions[1],
            halign=Gtk.Align.END,
        )
        self.widgets = [across, down]
        for bar, position in zip(self.widgets, self._positions):  # noqa: B905
            bar.set_no_show_all(True)
            position.connect("value-changed", lambda _position: self._changed())

    def follow(self, viewport: Viewport, factor: int) -> None:
        """Stand where the picture is."""
        self._following = True
        for bar, position, origin, drawn, room in zip(  # noqa: B905
            self.widgets, self._positions, viewport.origin, viewport.drawn, viewport.room
        ):
            step = ARROW * factor
            position.configure(max(0, origin), 0, drawn, step, room, min(room, drawn))
            bar.set_visible(drawn > room)
        self._following = False

    def _changed(self) -> None:
        if not self._following:
            self._scrolled(*(position.get_value() for position in self._positions))
