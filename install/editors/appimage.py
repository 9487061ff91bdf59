"""Linux: an AppImage may lie anywhere, and tells of itself only by the folders that it made."""

from __future__ import annotations

from collections.abc import Iterator

from . import gimp, krita, linux
from .base import Editor, Machine

PACKAGING = "AppImage or other"


def find(machine: Machine) -> Iterator[Editor]:
    """The editors that have run on this computer, wherever they lie."""
    configuration = linux.gimp_configuration(machine)
    yield from gimp.used(machine, configuration, PACKAGING)
    # An AppImage of GIMP 2.10 that has Python.
    yield from gimp.used(machine, configuration.with_name("GIMP-AppImage"), PACKAGING)
    resources, settings = linux.krita_resources(machine), linux.krita_settings(machine)
    if krita.has_run(resources, settings):
        yield krita.editor(resources, settings, PACKAGING)
