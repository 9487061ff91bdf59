"""Linux: a distribution's own packages, or what was built by hand into the PATH."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from . import gimp, krita
from .base import Editor, Machine

PACKAGING = "system package"
GIMP_CONSOLES = (
    "gimp-console",
    "gimp-console-3.2",
    "gimp-console-3.0",
    "gimp-console-2.10",
    "gimp",
)


def gimp_configuration(machine: Machine) -> Path:
    """The folder of GIMP's versions; e.g. `~/.config/GIMP`."""
    return machine.folder("XDG_CONFIG_HOME", ".config") / "GIMP"


def krita_resources(machine: Machine) -> Path:
    """Krita's resource folder; e.g. `~/.local/share/krita`."""
    return machine.folder("XDG_DATA_HOME", ".local/share") / "krita"


def krita_settings(machine: Machine) -> Path:
    """Krita's settings; e.g. `~/.config/kritarc`."""
    return machine.folder("XDG_CONFIG_HOME", ".config") / "kritarc"


def find(machine: Machine) -> Iterator[Editor]:
    """The editors in the PATH, snaps left out."""
    programs = filter(None, (_program(machine, name) for name in GIMP_CONSOLES))
    for program in dict.fromkeys(programs):
        yield from gimp.installed(machine, gimp_configuration(machine), PACKAGING, (program,))
    if _program(machine, "krita"):
        # Unlike krita itself, this answers without a display.
        version = machine.ask(["env", "QT_QPA_PLATFORM=offscreen", "krita_version"]).strip()
        yield krita.editor(
            krita_resources(machine), krita_settings(machine), PACKAGING, version=version
        )


def _program(machine: Machine, name: str) -> str | None:
    program = machine.which(name)
    return str(Path(program).resolve()) if program and "/snap/" not in program else None
