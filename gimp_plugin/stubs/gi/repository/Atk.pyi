"""What the plug-in uses of Atk, as all supported versions have it."""

from gi.repository import GObject

class Object(GObject.Object):
    def set_description(self, description: str) -> None: ...
    def set_name(self, name: str) -> None: ...
