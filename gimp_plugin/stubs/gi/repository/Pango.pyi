"""What the plug-in uses of Pango, as all supported versions have it."""

from typing import Tuple

from gi.repository import GObject

class EllipsizeMode(GObject.GEnum):
    END: EllipsizeMode

class Layout(GObject.Object):
    def get_pixel_size(self) -> Tuple[int, int]: ...

class WrapMode(GObject.GEnum):
    WORD_CHAR: WrapMode
