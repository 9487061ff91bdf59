"""What every packaging of an editor answers, and the machine that it looks at."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from .. import files
from ..process import answer

PLUGIN = "localmatte"


class Host(StrEnum):
    """The programs that localmatte has an adapter for."""

    GIMP = "gimp"
    KRITA = "krita"


GIMP_2 = "2.10"
"""The version of GIMP whose plug-ins run on Python 2.7; it has an adapter of its own."""

TITLES = {Host.GIMP: "GIMP", Host.KRITA: "Krita"}


@dataclass(frozen=True)
class Editor:
    """An editor on this computer.

    Attributes:
        host: Which program it is.
        version: For GIMP that of its configuration folder, e.g. "3.0"; may be empty for Krita.
        packaging: How it came here, e.g. "Flatpak".
        folder: GIMP's plug-ins folder; Krita's resource folder.
        settings: Krita's kritarc; None for GIMP.
        console: The command that starts a GIMP without windows; empty where it is not known.
        first_start: The command that lets GIMP make its configuration folder, where it never
            ran. A folder that others make would keep it from taking over older settings.
        obstacle: Why a plug-in cannot serve in this packaging; empty where it can.
    """

    host: Host
    version: str
    packaging: str
    folder: Path
    settings: Path | None = None
    console: tuple[str, ...] = ()
    first_start: tuple[str, ...] = ()
    obstacle: str = ""

    @property
    def name(self) -> str:
        """What a person calls it; e.g. "GIMP 3.0 (Flatpak)"."""
        return f"{TITLES[self.host]} {self.version} ({self.packaging})".replace("  ", " ")

    @property
    def is_gimp_2(self) -> bool:
        """Whether it is GIMP 2.10."""
        return self.host is Host.GIMP and self.version == GIMP_2

    @property
    def plugin(self) -> Path:
        """The folder that the plug-in has, or would have, in it."""
        inside = Path() if self.host is Host.GIMP else Path("pykrita")
        return self.folder / inside / PLUGIN

    @property
    def placed_version(self) -> str:
        """The version of the plug-in that is in place, or ""."""
        try:
            placed = json.loads((self.plugin / "installation.json").read_text(encoding="utf-8"))
            return str(placed["version"])
        except (OSError, ValueError, KeyError, TypeError):
            return self._version_of_the_zip()

    def _version_of_the_zip(self) -> str:
        """The same of a plug-in that came as a zip, which knows no engine."""
        bridge = files.read(self.plugin / "localmatte_bridge" / "installation.py") or b""
        found = re.search(rb'^VERSION = "([\w.]+)"', bridge, re.MULTILINE)
        return found[1].decode() if found else ""

    @property
    def placed(self) -> bool:
        """Whether our plug-in is in place."""
        return bool(self.placed_version)


def _which(name: str) -> str | None:
    return shutil.which(name)


@dataclass(frozen=True)
class Machine:
    """What the packagings look at; a test hands them another one.

    Attributes:
        platform: A value of sys.platform.
        home: The user's home folder.
        variables: The environment.
        root: What absolute paths of the system start from.
        which: Finds a program in the PATH.
        ask: What a program prints; "" where it fails.
    """

    platform: str = sys.platform
    home: Path = field(default_factory=Path.home)
    variables: Mapping[str, str] = field(default_factory=lambda: os.environ)
    root: Path = Path("/")
    which: Callable[[str], str | None] = _which
    ask: Callable[[list[str]], str] = answer

    def folder(self, variable: str, default: str) -> Path:
        """Look up a folder that a variable of the environment may move.

        Args:
            variable: Its name, e.g. "XDG_CONFIG_HOME".
            default: The usual folder, relative to the home folder.

        Returns:
            What the variable names if that is an absolute path, or else the usual folder; neither
            need exist.
        """
        chosen = self.variables.get(variable, "")
        return Path(chosen) if Path(chosen).is_absolute() else self.home / default

    def system(self, path: str) -> Path:
        """An absolute path of the system."""
        return self.root / path.lstrip("/")


Finder = Callable[[Machine], Iterator[Editor]]
"""What each packaging's file offers as `find`."""
