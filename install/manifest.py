"""What the installer has placed outside its own folders, so that it can take it away again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import files
from .errors import InstallError
from .kritarc import Undo

FORMAT = 1


@dataclass(frozen=True)
class Placed:
    """One editor's plug-in.

    Attributes:
        host: "gimp" or "krita".
        folder: The editor's folder, as in `Editor.folder`.
        files: What was written.
        folders: Which folders were not there before.
        settings: The settings file that was changed, or "".
        undo: What takes the change of the settings back, or None.
        linked: Whether the files are links to a checkout.
    """

    host: str
    folder: str
    files: tuple[str, ...]
    folders: tuple[str, ...] = ()
    settings: str = ""
    undo: Undo | None = None
    linked: bool = False


@dataclass
class Manifest:
    """Everything placed.

    Attributes:
        path: Its own file.
        version: The version of localmatte that was installed last.
        folders: Which of the folders around localmatte's own were not there before.
        placed: The plug-ins by their editor's folder.
    """

    path: Path
    version: str = ""
    folders: tuple[str, ...] = ()
    placed: dict[str, Placed] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Manifest:
        """Read it; an empty one where there is none.

        Raises:
            InstallError: It is damaged, or a later version's.
        """
        written = files.read(path)
        if written is None:
            return cls(path)
        try:
            found = json.loads(written)
            if found["format"] != FORMAT:
                raise ValueError(found["format"])
            placed = [
                Placed(
                    one["host"],
                    one["folder"],
                    tuple(one["files"]),
                    tuple(one["folders"]),
                    one["settings"],
                    Undo(**one["undo"]) if one["undo"] else None,
                    one.get("linked", False),
                )
                for one in found["placed"]
            ]
            by_folder = {one.folder: one for one in placed}
            return cls(path, found["version"], tuple(found["folders"]), by_folder)
        except (ValueError, KeyError, TypeError) as error:
            raise InstallError(
                f"{path} is not valid.", "Move it away, then run the installer again."
            ) from error

    def save(self) -> None:
        """Write it.

        Raises:
            InstallError: It cannot be written.
        """
        content = {
            "format": FORMAT,
            "version": self.version,
            "folders": self.folders,
            "placed": [asdict(placed) for placed in self.placed.values()],
        }
        files.write(self.path, json.dumps(content, indent=2).encode())
