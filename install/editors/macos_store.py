"""macOS: the App Store, whose sandbox lets no plug-in reach the engine."""

from __future__ import annotations

from collections.abc import Iterator

from .base import Editor, Host, Machine

PACKAGING = "App Store"
OBSTACLE = (
    "a program from the App Store cannot start other programs: use the one from the editor's "
    "website instead"
)
CONTAINERS = {
    Host.GIMP: ("org.gimp.GIMP", "Library/Application Support/GIMP/3.0/plug-ins"),
    Host.KRITA: ("org.kde.krita", "Library/Application Support/krita"),
}
"""What each editor's container is called, and its own folder within it."""


def find(machine: Machine) -> Iterator[Editor]:
    """The editors from the Store that have run."""
    for host, (name, inside) in CONTAINERS.items():
        container = machine.home / "Library/Containers" / name / "Data"
        if container.is_dir():
            yield Editor(host, "", PACKAGING, container / inside, obstacle=OBSTACLE)
