"""The Python that runs this, as a build that uv takes: `python3 python_build.py FOLDER`."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import sys
import sysconfig
import tarfile
from pathlib import Path
from typing import Any, NamedTuple

ARCHIVE = "cpython.tar.gz"
DESCRIPTION = "cpython.json"
UNNEEDED = {"__pycache__", "idlelib", "lib2to3", "site-packages", "test", "tests", "tkinter"}


class Build(NamedTuple):
    """A build of a Python.

    Attributes:
        archive: What is unpacked.
        description: What uv has to know of it, as JSON, less the archive's address.
    """

    archive: bytes
    description: bytes


def make() -> Build:
    """Build the Python that runs this."""
    archive = _archive()
    return Build(archive, json.dumps(_description(archive)).encode())


def write(folder: Path) -> None:
    """Build the Python that runs this, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    build = make()
    (folder / ARCHIVE).write_bytes(build.archive)
    (folder / DESCRIPTION).write_bytes(build.description)


def read(folder: Path) -> Build:
    """The build that lies in a folder."""
    return Build((folder / ARCHIVE).read_bytes(), (folder / DESCRIPTION).read_bytes())


def _archive() -> bytes:
    """This Python without its tests and what is installed in it."""
    base, version = Path(sys.base_prefix), "python{}.{}".format(*sys.version_info)
    stdlib = Path(sysconfig.get_path("stdlib"))
    buffer = io.BytesIO()
    # uv takes no links out of the build, such as Debian's to what lies in /etc.
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1, dereference=True) as build:
        program = Path(os.path.realpath(base / "bin" / version))
        for name in (version, "python3", "python"):
            build.add(program, f"python/bin/{name}")
        for path in sorted(stdlib.rglob("*")):
            inside = path.relative_to(stdlib)
            wanted = not UNNEEDED.intersection(inside.parts) and path.is_file()
            if wanted and not inside.parts[0].startswith("config-"):
                build.add(path, f"python/lib/{version}/{inside}")
    return buffer.getvalue()


def _description(archive: bytes) -> dict[str, Any]:
    major, minor, patch = sys.version_info[:3]
    machine = platform.machine()
    known = {
        "name": "cpython",
        "arch": {"family": machine, "variant": None},
        "os": "linux",
        "libc": "gnu",
        "major": major,
        "minor": minor,
        "patch": patch,
        "prerelease": "",
        "sha256": hashlib.sha256(archive).hexdigest(),
        "variant": None,
        "build": "20261101",
    }
    return {f"cpython-{major}.{minor}.{patch}-linux-{machine}-gnu": known}


if __name__ == "__main__":
    write(Path(sys.argv[1]))
