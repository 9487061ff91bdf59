"""Builds the zip that Krita's own “Import Python Plugin from File…” takes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from . import adapters, environment, files
from .adapters import BRIDGE, INSTALLATION_FILE
from .places import Places
from .source import Source
from .source import files as files_of

PLUGIN = "localmatte"
# The same files give the same bytes, whenever it is built.
TIME = (1980, 1, 1, 0, 0, 0)


def write(path: Path, source: Source, places: Places) -> None:
    """Write the zip, with an `installation.json` for the engine of this user on this computer.

    Args:
        path: The zip's; one that is there is replaced.
        source: Where the adapter and the bridge are copied from.
        places: Where the engine lies, which need not be installed yet.

    Raises:
        InstallError: It cannot be written.
    """
    engine = adapters.engine(environment.python_of(places.environment), places, source)
    members = {f"{PLUGIN}/{INSTALLATION_FILE}": engine.to_json()}
    for name, folder in (
        (PLUGIN, source.krita_plugin / PLUGIN),
        (f"{PLUGIN}/{BRIDGE}", source.bridge),
    ):
        for file in files_of(folder):
            members[f"{name}/{file.relative_to(folder).as_posix()}"] = file.read_bytes()
    for name in (f"{PLUGIN}.desktop", f"{PLUGIN}.action"):
        members[name] = (source.krita_plugin / name).read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        # Without an entry for the folder itself, Krita finds no plug-in.
        archive.writestr(zipfile.ZipInfo(f"{PLUGIN}/", TIME), b"")
        for name, content in sorted(members.items()):
            info = zipfile.ZipInfo(name, TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    files.write(path.absolute(), buffer.getvalue())
