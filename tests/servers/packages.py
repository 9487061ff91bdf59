"""A package index of the locked wheels, and a Python for uv to fetch, on this computer."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import trustme

from install.packages import LOCKS
from tests.editors.rootfs import cache_folder
from tests.environment import preparing
from tests.servers import files, python_build

LOCKED = ("build", "engine", "uv", "webgpu")
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


def downloads(build: python_build.Build, address: str) -> bytes:
    """What uv reads: which Pythons there are, and where.

    Args:
        build: The only one.
        address: Where its archive lies.
    """
    known = json.loads(build.description).items()
    return json.dumps({key: {**about, "url": address} for key, about in known}).encode()


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
def serving(
    folder: Path, lying: Path | None = None, build: python_build.Build | None = None
) -> Iterator[files.Server]:
    """Serve the wheels that the locks name, and a Python for uv.

    Args:
        folder: Where the certificate goes that the server's own is signed with.
        lying: The folder of the wheels; those for this Python where none is given.
        build: The Python; this one where none is given.
    """
    build = build or python_build.make()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / CERTIFICATE))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    content: dict[str, bytes] = {}
    pages: dict[str, str] = {}
    for path in sorted((lying or wheels()).iterdir()):
        content[f"/files/{path.name}"] = path.read_bytes()
        page = "/simple/{}/".format(re.sub(r"[-_.]+", "-", path.name.split("-")[0]).lower())
        pages[page] = pages.get(page, "") + f'<a href="../../files/{path.name}">{path.name}</a>\n'
    content.update({page: links.encode() for page, links in pages.items()})
    content[ARCHIVE] = build.archive
    with files.serving(content, as_an_index, tls) as server:
        server.files[DOWNLOADS] = downloads(build, server.address + ARCHIVE)
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
