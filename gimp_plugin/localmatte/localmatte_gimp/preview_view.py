"""The preview in the dialog: what stays of the layer over a checkerboard, or why there is none."""

from __future__ import annotations

from typing import Any, Dict

from gi.repository import GdkPixbuf, GLib, Gtk

from localmatte_bridge import BridgeError, device

from .reduced import Reduced
from .words import _

SIDE = 420
"""The longer side of what is shown, in pixels."""

SQUARE = 8
LIGHT, DARK = 0xB0B0B0, 0x808080
"""The checkerboard."""


class PreviewView:
    """Shows one small version of a layer.

    Attributes:
        widget: To be put into a window.
    """

    def __init__(self, picture: Reduced) -> None:
        self._picture = picture
        self._rgba = picture.rgba()
        scale = SIDE / max(picture.width, picture.height)
        self._size = max(1, int(picture.width * scale)), max(1, int(picture.height * scale))
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
        """Say what the engine does; a picture that is there stays meanwhile."""
        self._message.set_text(_("{stage}…").format(stage=_(stage)))

    def show(self, shown: bytes, meta: Dict[str, Any]) -> None:
        """Show the picture.

        Args:
            shown: How much is to be seen of each pixel, a byte each.
            meta: The engine's account of its look.
        """
        width, height = self._picture.width, self._picture.height
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
