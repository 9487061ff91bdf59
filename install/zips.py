"""Builds zips of the plug-ins: one that Krita's own importer takes, one to unpack for GIMP.

The same files give the same bytes, whenever, wherever and by whatever Python they are built. So
nothing is compressed: no two versions of zlib need agree.
"""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from . import adapters, environment, files
from .adapters import BRIDGE, ENGINE_ZIP, INSTALLATION_FILE, LICENCE
from .editors import Host
from .errors import InstallError
from .places import Places
from .source import PARTS, ROOT_FILES, Source
from .source import files as files_of

PLUGIN = "localmatte"
VERSIONS = {Host.GIMP: "3.0-to-3.2", Host.KRITA: "5.2-to-6.0"}
"""Of the editors that the zips are for, as their names say."""

TIME = datetime(1980, 1, 1)
PROGRAM_DATES = 40 * 365 * 24 * 60 * 30
"""How many dates a program can have; a zip counts time in pairs of seconds."""

UNIX = 3
"""The system whose permissions a zip's entries have, also where it is built on another one."""

NOT_USED = (".po", ".pot")
"""Endings of what only translators need."""

Date = tuple[int, int, int, int, int, int]
Members = dict[str, bytes]
"""Contents by their paths in the zip."""


def build(folder: Path, source: Source) -> list[Path]:
    """Write the zips of a release, which know of no engine and so fit on any computer.

    Args:
        folder: Where they go; zips of the same names are replaced.
        source: A checkout.

    Returns:
        Their paths.

    Raises:
        InstallError: There is no checkout, or they cannot be written.
    """
    if source.checkout is None:
        raise InstallError("The source code is not here.", "Use a copy of the repository.")
    common = {
        f"{PLUGIN}/{LICENCE}": (source.checkout / LICENCE).read_bytes(),
        f"{PLUGIN}/{ENGINE_ZIP}": archive(_engine(source.checkout)),
    }
    built = []
    for host, members in MEMBERS.items():
        path = folder.absolute() / f"{PLUGIN}-{source.version}-{host.value}-{VERSIONS[host]}.zip"
        files.write(path, archive({**members(source), **common}, PLUGIN))
        built.append(path)
    return built


def for_krita(path: Path, source: Source, places: Places) -> None:
    """Write Krita's zip with an `installation.json` for the engine of this user on this computer.

    Args:
        path: The zip's; one that is there is replaced.
        source: Where the adapter and the bridge are copied from.
        places: Where the engine lies, which need not be installed yet.

    Raises:
        InstallError: It cannot be written.
    """
    engine = adapters.engine(environment.python_of(places.environment), places, source)
    members = {f"{PLUGIN}/{INSTALLATION_FILE}": engine.to_json(), **_krita(source)}
    files.write(path.absolute(), archive(members, PLUGIN))


def archive(members: Members, folder: str = "") -> bytes:
    """A zip.

    Args:
        members: Its files. Programs, which begin with "#!", can be run once they are unpacked.
        folder: One of those that they lie in, to have an entry of its own.

    Returns:
        The zip's bytes.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as zipped:
        if folder:
            # Without an entry for the folder itself, Krita finds no plug-in.
            zipped.writestr(_entry(f"{folder}/", stat.S_IFDIR | 0o755), b"")
        for name, content in sorted(members.items()):
            program = content.startswith(b"#!")
            entry = _entry(name, stat.S_IFREG | (0o755 if program else 0o644))
            if program:
                entry.date_time = _date_of(content)
            zipped.writestr(entry, content)
    return buffer.getvalue()


def _date_of(program: bytes) -> Date:
    """A date that tells a program from others: GIMP asks it anew only where the date is a new one.

    It lies before the project's own time, so nobody takes it for a real one.
    """
    number = int.from_bytes(hashlib.sha256(program).digest()[:8], "big") % PROGRAM_DATES
    found = TIME + timedelta(seconds=2 * number)
    return found.year, found.month, found.day, found.hour, found.minute, found.second


def _entry(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = UNIX
    info.external_attr = mode << 16
    return info


def _krita(source: Source) -> Members:
    beside = [f"{PLUGIN}.desktop", f"{PLUGIN}.action"]
    return {
        **_with_bridge(source.krita_plugin, source),
        **{name: (source.krita_plugin / name).read_bytes() for name in beside},
    }


def _gimp(source: Source) -> Members:
    return _with_bridge(source.gimp_plugin, source)


def _engine(checkout: Path) -> Members:
    """What the installer needs of a checkout: a plug-in that came as a zip sets its engine up so.

    It is a zip in the zip: GIMP and Krita would take the plug-ins in it for their own.
    """
    paths = [checkout / name for name in ROOT_FILES]
    paths += [path for part in PARTS for path in files_of(checkout / part)]
    return {
        path.relative_to(checkout).as_posix(): path.read_bytes()
        for path in paths
        if not path.name.startswith(".")
    }


def _with_bridge(plugin: Path, source: Source) -> Members:
    folders = {PLUGIN: plugin / PLUGIN, f"{PLUGIN}/{BRIDGE}": source.bridge}
    return {
        f"{name}/{file.relative_to(folder).as_posix()}": file.read_bytes()
        for name, folder in folders.items()
        for file in files_of(folder)
        if file.suffix not in NOT_USED and not file.name.startswith(".")
    }


MEMBERS: dict[Host, Callable[[Source], Members]] = {Host.GIMP: _gimp, Host.KRITA: _krita}
"""What the zip of each editor holds."""
