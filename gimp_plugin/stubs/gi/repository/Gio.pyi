"""What the plug-in uses of Gio, as all supported versions have it."""

class File:
    @staticmethod
    def new_for_path(path: str) -> File: ...

class Icon: ...
