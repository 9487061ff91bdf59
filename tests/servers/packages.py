"""A package index of the locked wheels, and a Python for uv to fetch, on this computer."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import trustme

from install.packages import LOCKS
from tests.editors.rootfs import cache_folder
from tests.environment import preparing
from tests.servers import files

LOCKED = ("build", "engine", "uv", "webgpu")
UNNEEDED = {"__pycache__", "idlelib", "lib2to3", "site-packages", "test", "tests", "tkinter"}
FOR_EVER = "max-age=365000000, immutable, public"
CERTIFICATE = "authority.pem"
ARCHIVE = "/python/cpython.tar.gz"
DOWNLOADS = "/python/downloads.json"


def wheels(
    python: Sequence[str] = (sys.executable,), tag: str = sys.implementation.cache_tag
) -> Path:
    """A folder with the wheels that the locks name for a Python; fetched once, then kept.

    Args:
        python: The command that starts that Python, which has pip.
        tag: What tells it from others.
    """
    locks = [LOCKS / f"{name}.txt" for name in LOCKED]
    key = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()[:12]
    folder = cache_folder() / "wheels" / f"{tag}-{key}"
    with preparing():
        if not folder.exists():
            unfinished = folder.with_name(f"{folder.name}.unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            named = [word for lock in locks for word in ("-r", str(lock))]
            fetch = ["-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
            command = [*python, *fetch, "--require-hashes", "-d", str(unfinished), *named]
            subprocess.run(command, check=True)
            unfinished.rename(folder)
    return folder


def python_archive() -> bytes:
    """This Python as a build that uv takes: without its tests and what is installed in it."""
    base, version = Path(sys.base_prefix), "python{}.{}".format(*sys.version_info)
    stdlib = Path(sysconfig.get_path("stdlib"))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        program = Path(os.path.realpath(base / "bin" / version))
        for name in (version, "python3", "python"):
            archive.add(program, f"python/bin/{name}")
        for path in sorted(stdlib.rglob("*")):
            inside = path.relative_to(stdlib)
            wanted = not UNNEEDED.intersection(inside.parts) and path.is_file()
            if wanted and not inside.parts[0].startswith("config-"):
                archive.add(path, f"python/lib/{version}/{inside}")
    return buffer.getvalue()


def downloads(archive: bytes, address: str) -> bytes:
    """What uv has to know of a build of this Python.

    Args:
        archive: The build.
        address: Where it lies.
    """
    major, minor, patch = sys.version_info[:3]
    machine = platform.machine()
    build = {
        "name": "cpython",
        "arch": {"family": machine, "variant": None},
        "os": "linux",
        "libc": "gnu",
        "major": major,
        "minor": minor,
        "patch": patch,
        "prerelease": "",
        "url": address,
        "sha256": hashlib.sha256(archive).hexdigest(),
        "variant": None,
        "build": "20261101",
    }
    return json.dumps({f"cpython-{major}.{minor}.{patch}-linux-{machine}-gnu": build}).encode()


def as_an_index(handler: files.Handler, content: bytes, start: int) -> None:
    """Send pages as HTML, and files so that pip keeps them."""
    if handler.path.endswith("/"):
        handler.head(200, Content_Type="text/html", Content_Length=len(content))
    elif start:
        return files.honest(handler, content, start)
    else:
        handler.head(200, Content_Length=len(content), Cache_Control=FOR_EVER)
    return handler.body(content)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[files.Server]:
    """Serve the wheels that the locks name for this Python, and this Python for uv.

    Args:
        folder: Where the certificate goes that the server's own is signed with.
    """
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / CERTIFICATE))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    content: dict[str, bytes] = {}
    pages: dict[str, str] = {}
    for path in sorted(wheels().iterdir()):
        content[f"/files/{path.name}"] = path.read_bytes()
        page = "/simple/{}/".format(re.sub(r"[-_.]+", "-", path.name.split("-")[0]).lower())
        pages[page] = pages.get(page, "") + f'<a href="../../files/{path.name}">{path.name}</a>\n'
    content.update({page: links.encode() for page, links in pages.items()})
    content[ARCHIVE] = python_archive()
    with files.serving(content, as_an_index, tls) as server:
        server.files[DOWNLOADS] = downloads(content[ARCHIVE], server.address + ARCHIVE)
        yield server


def variables(server: files.Server, folder: Path) -> dict[str, str]:
    """What a user sets whose network has only this server.

    Args:
        server: The server.
        folder: Where the certificate lies.
    """
    certificate = str(folder / CERTIFICATE)
    return {
        "PIP_CERT": certificate,
        "SSL_CERT_FILE": certificate,
        "PIP_INDEX_URL": server.address + "/simple",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_RETRIES": "1",
        "UV_PYTHON_DOWNLOADS_JSON_URL": server.address + DOWNLOADS,
    }
