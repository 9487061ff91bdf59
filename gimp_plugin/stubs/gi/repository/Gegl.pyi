"""What the plug-in uses of Gegl, as all supported versions have it."""

from typing import Optional

from gi.repository import GObject

class AbyssPolicy(GObject.GEnum):
    NONE: AbyssPolicy

class Buffer(GObject.Object):
    def flush(self) -> None: ...
    def get(
        self, rect: Rectangle, scale: float, format_name: Optional[str], repeat_mode: AbyssPolicy
    ) -> bytes: ...
    def set(self, rect: Rectangle, format_name: str, src: bytes) -> None: ...

class Color(GObject.Object):
    @staticmethod
    def new(string: str) -> Color: ...

class Rectangle:
    height: int
    width: int
    @staticmethod
    def new(x: int, y: int, width: int, height: int) -> Rectangle: ...
