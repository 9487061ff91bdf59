"""What GIMP's packagings have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .. import files
from .base import GIMP_2, Editor, Host, Machine

VERSION = re.compile(rf"3\.\d+|{re.escape(GIMP_2)}")
ANSWERED_VERSION = re.compile(rf"version ({VERSION.pattern})\b")
# No data and no fonts: it starts faster, and makes its folder all the same.
MAKE_FOLDER = ("-i", "-d", "-f", "-s", "--quit")


PYTHON_FU = b"python-fu-eval"
"""What a GIMP 2.10 with Python keeps in its list of plug-ins; many were built without."""


def used(
    machine: Machine, configuration: Path, packaging: str, obstacle: str = ""
) -> Iterator[Editor]:
    """Find the GIMPs that have run, by the folders that they left; e.g. `~/.config/GIMP/3.0`.

    Args:
        machine: Where to look; GIMP2_DIRECTORY and GIMP3_DIRECTORY may name more folders.
        configuration: The folder of the versions' folders; e.g. `~/.config/GIMP`.
        packaging: How the GIMPs came here, e.g. "Flatpak".
        obstacle: Why a plug-in cannot serve there; empty where it can.

    Yields:
        An editor for each folder that is there, whether its GIMP is still installed or not; for
        one of GIMP 2.10 only where that has Python.
    """
    folders = sorted(configuration.iterdir()) if configuration.is_dir() else []
    found = [(folder.name, folder) for folder in folders if VERSION.fullmatch(folder.name)]
    if override := _override(machine, "3"):
        found.append((override.name, override))
    if override := _override(machine, GIMP_2):
        found.append((GIMP_2, override))
    for version, folder in found:
        if folder.is_dir() and (version != GIMP_2 or _has_python(folder)):
            yield Editor(Host.GIMP, version, packaging, folder / "plug-ins", obstacle=obstacle)


def installed(
    machine: Machine,
    configuration: Path,
    packaging: str,
    console: tuple[str, ...],
    obstacle: str = "",
) -> Iterator[Editor]:
    """Ask a GIMP that is installed for its version, whether it has run or not.

    Args:
        machine: Where to look.
        configuration: The folder of its versions' folders; e.g. `~/.config/GIMP`.
        packaging: How it came here.
        console: The command that starts gimp-console.
        obstacle: Why a plug-in cannot serve there; empty where it can.

    Yields:
        The editor, with a first start where it has no folder yet; none where the command fails or
        answers for another GIMP. A GIMP 2.10 must have run: its folder tells whether it has Python.
    """
    found = ANSWERED_VERSION.search(machine.ask([*console, "--version"]))
    if found:
        version = found[1]
        folder = _override(machine, version) or configuration / version
        if version == GIMP_2 and not _has_python(folder):
            return
        start = () if folder.is_dir() else (*console, *MAKE_FOLDER)
        plugins = folder / "plug-ins"
        yield Editor(Host.GIMP, version, packaging, plugins, None, console, start, obstacle)


def _has_python(folder: Path) -> bool:
    """Whether the GIMP 2.10 that has made this folder runs plug-ins in Python."""
    return PYTHON_FU in (files.read(folder / "pluginrc") or b"")


def _override(machine: Machine, version: str) -> Path | None:
    """The folder that a variable names for this version; a relative one lies in the home folder."""
    chosen = machine.variables.get(f"GIMP{version[0]}_DIRECTORY")
    return machine.home / chosen if chosen else None
