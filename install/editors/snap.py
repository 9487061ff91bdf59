"""Linux: Snap, whose confinement lets no plug-in reach the engine."""

from __future__ import annotations

from collections.abc import Iterator

from . import linux
from .base import Editor, Host, Machine

PACKAGING = "Snap"
OBSTACLE = (
    "a Snap cannot start other programs: use your distribution's package or the AppImage instead"
)


def find(machine: Machine) -> Iterator[Editor]:
    """The editors that are installed as Snaps."""
    snaps = machine.system("snap")
    if (snaps / "gimp").is_dir():
        folder = machine.home / "snap/gimp/current/.config/GIMP/3.0/plug-ins"
        yield Editor(Host.GIMP, "", PACKAGING, folder, obstacle=OBSTACLE)
    if (snaps / "krita").is_dir():
        folder = machine.home / "snap/krita/current/.local/share/krita"
        settings = linux.krita_settings(machine)
        yield Editor(Host.KRITA, "", PACKAGING, folder, settings, obstacle=OBSTACLE)
