"""Linux: Flatpak.

GIMP's Flatpak uses the folder of a system package; older ones have one under `~/.var`. The
sandbox has a `/usr` of its own, so an engine that runs on the system's Python is out of reach.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from . import gimp, krita, linux
from .base import Editor, Machine

PACKAGING = "Flatpak"
HIDDEN = ("/bin", "/lib", "/lib64", "/usr")
OBSTACLE = (
    "Flatpak hides the system's Python: run the installer with 'uv run --no-project "
    "--managed-python python install'"
)


def find(machine: Machine) -> Iterator[Editor]:
    """The editors that are installed as Flatpaks, for everyone or for this user."""
    obstacle = obstacle_for(Path(sys.base_prefix))
    if _installed(machine, "org.gimp.GIMP"):
        own = machine.home / ".var/app/org.gimp.GIMP/config/GIMP"
        shared = linux.gimp_configuration(machine)
        console = ("flatpak", "run", "--command=gimp-console", "org.gimp.GIMP")
        yield from gimp.used(machine, own, PACKAGING, obstacle)
        yield from gimp.installed(machine, shared, PACKAGING, console, obstacle)
    if _installed(machine, "org.kde.krita"):
        own = machine.home / ".var/app/org.kde.krita"
        resources, settings = own / "data/krita", own / "config/kritarc"
        yield krita.editor(resources, settings, PACKAGING, obstacle=obstacle)


def obstacle_for(python: Path) -> str:
    """Why the engine on that Python cannot be reached from the sandbox, or ""."""
    return OBSTACLE if any(python.is_relative_to(folder) for folder in HIDDEN) else ""


def _installed(machine: Machine, app: str) -> bool:
    everyone = machine.system("var/lib/flatpak/app")
    user = machine.folder("XDG_DATA_HOME", ".local/share") / "flatpak/app"
    return (everyone / app).is_dir() or (user / app).is_dir()
