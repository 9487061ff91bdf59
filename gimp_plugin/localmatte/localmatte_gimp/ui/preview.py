"""The dialog's preview: what is left of the layer over a checkerboard, or why there is nothing."""

from __future__ import annotations

import re
from typing import Any, Dict, Optional

from gi.repository import Gdk, GdkPixbuf, Gimp, GLib, Gtk

from localmatte_bridge import BridgeError, device
from localmatte_bridge.edge_controls import CONTROLS, changed, scaled

from .. import arguments
from ..document import thumbnail
from ..document.thumbnail import Thumbnail
from ..words import _
from .preview_thread import PreviewThread, Wanted

SEEN = ("model", "refine", "inside-selection", *(control.name for control in CONTROLS))
"""The arguments that change what is to be seen."""

CLEAR = re.compile(rb"[\x80-\xff]")
"""A pixel of which half or more is seen."""

USUAL = (420, 420)
LEAST = (200, 140)
"""Its width and height in pixels: where there is room, and where there is none."""

SQUARE = 8
LIGHT, DARK = 0xB0B0B0, 0x808080
"""The checkerboard."""


class Preview:
    """A preview that shows what a procedure's arguments make of a layer.

    Args:
        config: The arguments.
        layer: What is looked at.

    Attributes:
        widget: To be put into the dialog; it fills what room there is.
    """

    def __init__(self, config: Gimp.ProcedureConfig, layer: Gimp.Layer) -> None:
        self._config = config
        self._layer = layer
        self._thumbnail: Optional[Thumbnail] = None
        self._view = _View()
        self.widget = self._view.widget
        view = self._view
        self._thread = PreviewThread(view.progress, view.show, view.explain)
        for name in SEEN:
            config.connect("notify::" + name, lambda *_news: self._follow())

    def read(self) -> None:
        """Look at the layer and at the selection as they are now."""
        try:
            self._thumbnail = thumbnail.of(self._layer)
        except BridgeError as error:
            self.explain(error)
            return
        self._view.show_whole(self._thumbnail)
        self._follow()

    def explain(self, error: BridgeError) -> None:
        """Say in the picture's place why there is none, until the layer is read again."""
        self._thumbnail = None
        self._view.explain(error)

    def close(self) -> None:
        """Let go of the engine."""
        self._thread.close()

    def _follow(self) -> None:
        if self._thumbnail:
            self._thread.want(self._wanted(self._thumbnail))

    def _wanted(self, seen: Thumbnail) -> Wanted:
        inside = self._config.get_property("inside-selection")
        inference = {
            "model": self._config.get_property("model"),
            "refine": self._config.get_property("refine"),
            "selection": seen.box if inside else None,
        }
        edges = changed(arguments.edges(self._config))
        return Wanted(seen, inference, scaled(edges, seen.scale), inside)


class _View:
    """A picture or a message, and a line below it.

    Attributes:
        widget: To be put into a window.
    """

    def __init__(self) -> None:
        self._picture = _Picture()
        self._message = Gtk.Label(wrap=True, max_width_chars=40, justify=Gtk.Justification.CENTER)
        self._place = Gtk.Stack(hexpand=True, vexpand=True)
        self._place.add_named(self._picture.widget, "picture")
        self._place.add_named(self._message, "message")
        self._line = Gtk.Label(xalign=0.0, ellipsize="end")
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.widget.pack_start(self._place, True, True, 0)
        self.widget.pack_start(self._line, False, False, 0)

    def progress(self, stage: str) -> None:
        """Say what the engine does; what is shown stays meanwhile."""
        self._line.set_text(_("{stage}…").format(stage=_(stage)))

    def show_whole(self, whole: Thumbnail) -> None:
        """Show the layer as it is, until its matte is found."""
        self._show(whole, whole.shown(b"\xff" * (whole.width * whole.height), inside=False))

    def show(self, whole: Thumbnail, shown: bytes, meta: Dict[str, Any]) -> None:
        """Show what is left of the layer.

        Args:
            whole: The layer.
            shown: How much is to be seen of each pixel, a byte each.
            meta: What the engine says of how it was found.
        """
        self._line.set_text(device.named(meta))
        if CLEAR.search(shown):
            self._show(whole, shown)
        else:
            self._say(meta.get("notice") or _("Nothing of the layer would be clearly visible."))

    def explain(self, error: BridgeError) -> None:
        """Say in the picture's place why there is none."""
        hint = _("Press OK to download it.") if error.code == "model-missing" else error.hint
        self._line.set_text("")
        self._say("\n".join(filter(None, (error.message, hint))))

    def _show(self, whole: Thumbnail, shown: bytes) -> None:
        rgba = whole.rgba()
        rgba[3::4] = shown
        pixels = GLib.Bytes.new(bytes(rgba))
        self._picture.show(
            GdkPixbuf.Pixbuf.new_from_bytes(
                pixels,
                GdkPixbuf.Colorspace.RGB,
                True,
                8,
                whole.width,
                whole.height,
                4 * whole.width,
            )
        )
        self._place.set_visible_child(self._picture.widget)

    def _say(self, text: str) -> None:
        self._message.set_text(text)
        self._place.set_visible_child(self._message)


class _Picture:
    """A picture that is as large as there is room, whatever its own size.

    Attributes:
        widget: To be put into a window.
    """

    def __init__(self) -> None:
        self._pixbuf: Optional[GdkPixbuf.Pixbuf] = None
        self._room = USUAL
        self._image = Gtk.Image()
        # An image by itself would keep the window from becoming smaller than it.
        self.widget = Gtk.ScrolledWindow(
            hscrollbar_policy=Gtk.PolicyType.EXTERNAL, vscrollbar_policy=Gtk.PolicyType.EXTERNAL
        )
        self.widget.set_min_content_width(LEAST[0])
        self.widget.set_min_content_height(LEAST[1])
        self.widget.add(self._image)
        self.widget.connect("size-allocate", self._allocated)

    def show(self, pixbuf: GdkPixbuf.Pixbuf) -> None:
        """Show this one from now on."""
        self._pixbuf = pixbuf
        self._draw()

    def _allocated(self, _widget: Gtk.Widget, place: Gdk.Rectangle) -> None:
        if (place.width, place.height) != self._room:
            self._room = place.width, place.height
            # A size must not change while sizes are given out.
            GLib.idle_add(self._draw)

    def _draw(self) -> None:
        if self._pixbuf is None:
            return
        width, height = self._pixbuf.get_width(), self._pixbuf.get_height()
        scale = min(self._room[0] / width, self._room[1] / height)
        size = max(1, int(width * scale)), max(1, int(height * scale))
        smooth = GdkPixbuf.InterpType.BILINEAR
        self._image.set_from_pixbuf(
            self._pixbuf.composite_color_simple(*size, smooth, 255, SQUARE, LIGHT, DARK)
        )
