"""Puts the plug-ins into the editors' folders.

Beside each adapter go a copy of the bridge and `installation.json`, which tells it where the engine
lies.
"""

from __future__ import annotations

import json
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from . import files
from .editors import Editor, Host
from .errors import writing
from .places import Places
from .source import Source
from .source import files as files_of

INSTALLATION_FILE = "installation.json"
BRIDGE = "localmatte_bridge"
CATALOGUES = "locale"
"""The bridge's folder of translations, as the bridge names it."""

ENGINE_ZIP = "engine.zip"
"""What a plug-in that came as a zip sets its engine up from, as the bridge names it."""

LICENCE = "LICENSE"
OF_A_ZIP = (ENGINE_ZIP, LICENCE)
"""What such a plug-in has beside what the installer places."""

Content = bytes | Path
"""What a file holds, or where a link leads to."""

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
MENU = {
    Host.GIMP: "Filters ▸ Remove Background",
    Host.KRITA: "Tools ▸ Remove Background",
}


@dataclass(frozen=True)
class Installation:
    """What an adapter has to know of the engine.

    Attributes:
        python: The Python that it runs on.
        run: The folder of the worker's socket.
        home: What LOCALMATTE_HOME named, or None.
        version: Its version.
    """

    python: Path
    run: Path
    home: Path | None
    version: str

    def to_json(self) -> bytes:
        """The content of `installation.json`."""
        content = {
            "format": 1,
            "python": str(self.python),
            "run": str(self.run),
            "home": None if self.home is None else str(self.home),
            "version": self.version,
        }
        return json.dumps(content, indent=2).encode()


def engine(python: Path, places: Places, source: Source) -> Installation:
    """Describe the engine to the adapters.

    Args:
        python: The Python that it runs on.
        places: Where it keeps its files.
        source: What it was installed from; gives the version.

    Returns:
        What becomes `installation.json`.
    """
    return Installation(python, places.run, places.home, source.version)


def plan(
    editor: Editor, source: Source, engine: Installation, *, link: bool = False
) -> dict[Path, Content]:
    """Collect the files of a plug-in: the adapter, the bridge and `installation.json`.

    Args:
        editor: Where the plug-in goes.
        source: What it is copied from.
        engine: What the adapter has to know of the engine.
        link: Whether links to the source take the copies' places.

    Returns:
        Contents by absolute paths, in the order in which they are to be written: the file that
        the editor starts comes last.
    """
    planned: dict[Path, Content] = {}
    for copies in (_shared(editor, source), _adapter(editor, source)):
        if link:
            planned.update(_links(editor, copies))
        else:
            planned.update((place, path.read_bytes()) for path, place in copies.items())
        planned.setdefault(editor.plugin / INSTALLATION_FILE, engine.to_json())
    return planned


def places(editor: Editor, source: Source) -> list[Path]:
    """Where the files of a plug-in belong.

    Args:
        editor: The editor.
        source: What they are copied from.

    Returns:
        Absolute paths, those of the bridge and the adapter.
    """
    return [*_shared(editor, source).values(), *_adapter(editor, source).values()]


def place(planned: dict[Path, Content]) -> None:
    """Write the files and links; those that are as planned are not touched.

    Raises:
        InstallError: A folder cannot be written, or there cannot be a link.
    """
    for path, content in planned.items():
        if isinstance(content, Path):
            files.link(path, content)
            continue
        # GIMP passes over a plug-in without the execution bit, and says nothing.
        program = content.startswith(b"#!") and sys.platform != "win32"
        files.write(path, content, 0o755 if program else None)


def close(folder: Path) -> None:
    """Let nobody but the user change what is in a folder, whatever it was like before.

    Raises:
        InstallError: It is another user's.
    """
    with writing(folder):
        for path in (folder, *folder.rglob("*")):
            mode = stat.S_IMODE(path.lstat().st_mode)
            if mode & OTHERS_WRITE and not path.is_symlink():
                path.chmod(mode & ~OTHERS_WRITE)


def _links(editor: Editor, copies: dict[Path, Path]) -> dict[Path, Path]:
    """Links in the places of copies: one for each entry of the plug-in's own folder."""
    links = {}
    for path, place in copies.items():
        inside = place.is_relative_to(editor.plugin)
        depth = len(place.relative_to(editor.plugin).parts) - 1 if inside else 0
        links[(place, *place.parents)[depth]] = (path, *path.parents)[depth]
    return links


def _shared(editor: Editor, source: Source) -> dict[Path, Path]:
    """The files that adapters share, and their places: GIMP 2.10 can use the translations alone."""
    folder = source.bridge / CATALOGUES if editor.is_gimp_2 else source.bridge
    beside = editor.plugin / (CATALOGUES if editor.is_gimp_2 else BRIDGE)
    return {path: beside / path.relative_to(folder) for path in files_of(folder)}


def _adapter(editor: Editor, source: Source) -> dict[Path, Path]:
    """The adapter's own files and their places."""
    if editor.host is Host.GIMP:
        folder = source.gimp_plugin / ("gimp_2_10" if editor.is_gimp_2 else "localmatte")
        main = folder / "localmatte.py"
        found = {path: editor.plugin / path.relative_to(folder) for path in files_of(folder)}
        found[main] = found.pop(main)
        return found
    root = editor.folder
    folder = source.krita_plugin / "localmatte"
    found = {path: editor.plugin / path.relative_to(folder) for path in files_of(folder)}
    found[source.krita_plugin / "localmatte.action"] = root / "actions" / "localmatte.action"
    found[source.krita_plugin / "localmatte.desktop"] = root / "pykrita" / "localmatte.desktop"
    return found
