"""macOS: the application bundles."""

from __future__ import annotations

from collections.abc import Iterator

from . import gimp, krita
from .base import Editor, Machine

PACKAGING = "application"
GIMP_CONSOLES = "GIMP*.app/Contents/MacOS/gimp-console*"


def find(machine: Machine) -> Iterator[Editor]:
    """The editors that have run, or lie in an Applications folder."""
    support = machine.home / "Library/Application Support"
    applications = (machine.system("Applications"), machine.home / "Applications")
    for folder in applications:
        for console in sorted(folder.glob(GIMP_CONSOLES)):
            yield from gimp.installed(machine, support / "GIMP", PACKAGING, (str(console),))
    yield from gimp.used(machine, support / "GIMP", PACKAGING)
    resources, settings = support / "krita", machine.home / "Library/Preferences/kritarc"
    bundles = [folder / "krita.app" for folder in applications]
    if krita.has_run(resources, settings) or any(bundle.is_dir() for bundle in bundles):
        yield krita.editor(resources, settings, PACKAGING)
