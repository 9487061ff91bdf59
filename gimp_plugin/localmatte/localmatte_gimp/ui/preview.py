"""The dialog's preview: what is left of the layer over a checkerboard, or why there is none."""

from __future__ import annotations

from typing import Any, Dict, Optional

from gi.repository import GdkPixbuf, Gimp, GLib, Gtk

from localmatte_bridge import BridgeError, device
from localmatte_bridge.edge_controls import CONTROLS, changed, scaled

from .. import arguments
from ..document import thumbnail
from ..document.thumbnail import Thumbnail
from ..words import _
from .preview_thread import PreviewThread, Wanted

SIDE = 420
"""The longer side of what is shown, in pixels."""

SEEN = ("model", "refine", "inside-selection", *(control.name for control in CONTROLS))
"""The arguments that change what is to be seen."""

SQUARE = 8
LIGHT, DARK = 0xB0B0B0, 0x808080
"""The checkerboard."""


class Preview:
    """A preview that shows what a procedure's arguments make of a layer.

    Args:
        config: The arguments.
        layer: What is looked at; it is read now, and not again.

    Attributes:
        widget: To be put into the dialog.
    """

    def __init__(self, config: Gimp.ProcedureConfig, layer: Gimp.Layer) -> None:
        self._config = config
        self._thread: Optional[PreviewThread] = None
        try:
            self._thumbnail = thumbnail.of(layer)
        except BridgeError as error:
            text = "\n".join((error.message, error.hint))
            self.widget: Gtk.Widget = Gtk.Label(label=text, wrap=True, max_width_chars=40)
            return
        view = _View(self._thumbnail)
        self.widget = view.widget
        self._thread = PreviewThread(self._thumbnail, view.progress, view.show, view.explain)
        for name in SEEN:
            config.connect("notify::" + name, lambda *_news: self._follow())
        self._follow()

    def close(self) -> None:
        """Let go of the engine."""
        if self._thread:
            self._thread.close()

    def _follow(self) -> None:
        if self._thread:
            self._thread.want(self._wanted())

    def _wanted(self) -> Wanted:
        inside = self._config.get_property("inside-selection")
        inference = {
            "model": self._config.get_property("model"),
            "refine": self._config.get_property("refine"),
            "selection": self._thumbnail.box if inside else None,
        }
        edges = changed(arguments.edges(self._config))
        return Wanted(inference, scaled(edges, self._thumbnail.scale), inside)


class _View:
    """Shows a thumbnail.

    Attributes:
        widget: To be put into a window.
    """

    def __init__(self, thumbnail: Thumbnail) -> None:
        self._thumbnail = thumbnail
        self._rgba = thumbnail.rgba()
        scale = SIDE / max(thumbnail.width, thumbnail.height)
        self._size = max(1, int(thumbnail.width * scale)), max(1, int(thumbnail.height * scale))
        self._image = Gtk.Image()
        self._message = Gtk.Label(wrap=True, max_width_chars=40, justify=Gtk.Justification.CENTER)
        self._place = Gtk.Stack()
        self._place.set_size_request(SIDE, SIDE)
        self._place.add_named(self._message, "message")
        self._place.add_named(self._image, "image")
        self._device = Gtk.Label(xalign=0.0)
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.widget.pack_start(self._place, True, True, 0)
        self.widget.pack_start(self._device, False, False, 0)

    def progress(self, stage: str) -> None:
        """Say what the engine does; a preview that is there stays meanwhile."""
        self._message.set_text(_("{stage}…").format(stage=_(stage)))

    def show(self, shown: bytes, meta: Dict[str, Any]) -> None:
        """Show the thumbnail.

        Args:
            shown: How much is to be seen of each pixel, a byte each.
            meta: What the engine says of how it was found.
        """
        width, height = self._thumbnail.width, self._thumbnail.height
        self._rgba[3::4] = shown
        pixels = GLib.Bytes.new(bytes(self._rgba))
        cut = GdkPixbuf.Pixbuf.new_from_bytes(
            pixels, GdkPixbuf.Colorspace.RGB, True, 8, width, height, 4 * width
        )
        smooth = GdkPixbuf.InterpType.BILINEAR
        self._image.set_from_pixbuf(
            cut.composite_color_simple(*self._size, smooth, 255, SQUARE, LIGHT, DARK)
        )
        self._place.set_visible_child(self._image)
        self._device.set_text(device.named(meta))

    def explain(self, error: BridgeError) -> None:
        """Say in the picture's place why there is none."""
        hint = _("OK downloads it.") if error.code == "model-missing" else error.hint
        self._message.set_text("\n".join(filter(None, (error.message, hint))))
        self._place.set_visible_child(self._message)
        self._device.set_text("")
