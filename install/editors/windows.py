r"""Windows: the installers, with their folders under `%APPDATA%` and `%LOCALAPPDATA%`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from . import gimp, krita
from .base import Editor, Machine

PACKAGING = "Windows installer"
GIMP_CONSOLES = "GIMP 3*/bin/gimp-console-3*.exe"
KRITA = "Krita*/bin/krita.exe"


def find(machine: Machine) -> Iterator[Editor]:
    """The editors that have run, or lie where their installers put them."""
    roaming = machine.folder("APPDATA", "AppData/Roaming")
    local = machine.folder("LOCALAPPDATA", "AppData/Local")
    programs = (machine.folder("ProgramFiles", "C:/Program Files"), local / "Programs")
    for folder in programs:
        for console in sorted(folder.glob(GIMP_CONSOLES)):
            yield from gimp.installed(machine, roaming / "GIMP", PACKAGING, (str(console),))
    yield from gimp.used(machine, roaming / "GIMP", PACKAGING)
    resources, settings = roaming / "krita", local / "kritarc"
    if krita.has_run(resources, settings) or any(_any(folder, KRITA) for folder in programs):
        yield krita.editor(resources, settings, PACKAGING)


def _any(folder: Path, pattern: str) -> bool:
    return next(folder.glob(pattern), None) is not None
