r"""Windows: the Microsoft Store, which gives each program folders of its own.

They lie under `%LOCALAPPDATA%\Packages` and are there once the program has run.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import gimp, krita
from .base import Editor, Machine

PACKAGING = "Microsoft Store"


def find(machine: Machine) -> Iterator[Editor]:
    """The editors from the Store that have run."""
    packages = machine.folder("LOCALAPPDATA", "AppData/Local") / "Packages"
    for package in sorted(packages.glob("*GIMP*")):
        yield from gimp.used(machine, package / "LocalCache/Roaming/GIMP", PACKAGING)
    for package in sorted(packages.glob("*Krita_*")):
        resources = package / "LocalCache/Roaming/krita"
        settings = package / "LocalCache/Local/kritarc"
        if krita.has_run(resources, settings):
            yield krita.editor(resources, settings, PACKAGING)
