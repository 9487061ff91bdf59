"""What GIMP's packagings have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .base import Editor, Host, Machine

VERSION = re.compile(r"3\.\d+")
ANSWERED_VERSION = re.compile(r"version (3\.\d+)")
# No data and no fonts: it starts faster, and makes its folder all the same.
MAKE_FOLDER = ("-i", "-d", "-f", "-s", "--quit")


def used(
    machine: Machine, configuration: Path, packaging: str, obstacle: str = ""
) -> Iterator[Editor]:
    """Find the GIMPs that have run, by the folders that they left; e.g. `~/.config/GIMP/3.0`.

    Args:
        machine: Where to look; GIMP3_DIRECTORY may name one more folder.
        configuration: The folder of the versions' folders; e.g. `~/.config/GIMP`.
        packaging: How the GIMPs came here, e.g. "Flatpak".
        obstacle: Why a plug-in cannot serve there; empty where it can.

    Yields:
        An editor for each folder that is there, whether its GIMP is still installed or not.
    """
    folders = sorted(configuration.iterdir()) if configuration.is_dir() else []
    found = [folder for folder in folders if VERSION.fullmatch(folder.name)]
    override = _override(machine)
    for folder in [*found, override] if override else found:
        if folder.is_dir():
            yield Editor(Host.GIMP, folder.name, packaging, folder / "plug-ins", obstacle=obstacle)


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
        answers for another GIMP than 3.
    """
    found = ANSWERED_VERSION.search(machine.ask([*console, "--version"]))
    if found:
        version = found[1]
        folder = _override(machine) or configuration / version
        start = () if folder.is_dir() else (*console, *MAKE_FOLDER)
        plugins = folder / "plug-ins"
        yield Editor(Host.GIMP, version, packaging, plugins, None, console, start, obstacle)


def _override(machine: Machine) -> Path | None:
    """The folder that GIMP3_DIRECTORY names; a relative one lies in the home folder."""
    chosen = machine.variables.get("GIMP3_DIRECTORY")
    return machine.home / chosen if chosen else None
