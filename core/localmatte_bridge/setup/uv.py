"""Brings a Python where none is: the program uv, out of its own wheel, fetches one.

The wheel has one of the hashes in the lock beside the installer's others; uv checks the Python
that it fetches against the hash that it knows. All lies in localmatte's own folder.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import stat
import sys
import threading
import zipfile
from typing import Callable, Dict, FrozenSet, List, Mapping, NamedTuple, Tuple

from ..errors import BridgeError
from ..launch import clean_environment
from ..words import _
from . import download, pythons
from .child import answer, follow
from .storage import replace, writing

USERS_OWN = ("UV_PYTHON_INSTALL_MIRROR", "UV_PYTHON_DOWNLOADS_JSON_URL", "UV_HTTP_TIMEOUT")
USERS_CERTIFICATES = ("UV_NATIVE_TLS", "UV_SYSTEM_CERTS")
"""What a user's network may require of uv; whatever else is set for it is meant for others."""

MACHINES = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64"}
"""What some systems call a processor, and what Linux does."""

WHEELS = {
    ("linux", "x86_64"): r"manylinux\S*_x86_64",
    ("linux", "aarch64"): r"manylinux\S*_aarch64",
    ("musl", "x86_64"): r"musllinux\S*_x86_64",
    ("musl", "aarch64"): r"manylinux\S*musllinux\S*_aarch64",
    ("darwin", "x86_64"): r"macosx_\S+_x86_64",
    ("darwin", "aarch64"): r"macosx_\S+_arm64",
    ("win32", "x86_64"): r"win_amd64",
    ("win32", "aarch64"): r"win_arm64",
}
"""The ends of the wheels' names, by the system and the processor."""


class Pin(NamedTuple):
    """The uv that is used.

    Attributes:
        version: Its version.
        hashes: The SHA-256 of its wheels, one for each system.
    """

    version: str
    hashes: FrozenSet[str]


def pinned(lock: str) -> Pin:
    """Read what the lock says.

    Args:
        lock: The lock's text.
    """
    found = re.search(r"^uv==(\S+)", lock, re.MULTILINE)
    assert found, "the lock names no uv"
    return Pin(found.group(1), frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock)))


def wheel(names: List[str], pin: Pin) -> str:
    """Choose the wheel for this computer.

    Args:
        names: What the index has.
        pin: Which version is wanted.

    Returns:
        One of the names.

    Raises:
        BridgeError: There is none ("unsupported").
    """
    ending = WHEELS.get(_computer())
    pattern = r"uv-{}-py3-none-{}\.whl".format(re.escape(pin.version), ending)
    for name in names if ending else ():
        if re.fullmatch(pattern, name):
            return name
    raise BridgeError(
        "unsupported",
        _("The package index has no uv {version} for this computer.").format(version=pin.version),
        _("Install Python 3.11 or newer, then try again."),
    )


def bring(
    pin: Pin,
    folder: str,
    environment: Mapping[str, str],
    on_bytes: download.OnBytes,
    cancelled: threading.Event,
) -> str:
    """Fetch uv, unless a former run has.

    Args:
        pin: Which one.
        folder: Where it goes; it exists.
        environment: The user's variables.
        on_bytes: Told how far the download is.
        cancelled: Ends it.

    Returns:
        The program.

    Raises:
        BridgeError: It cannot be had.
    """
    name = "uv.exe" if sys.platform == "win32" else "uv"
    program = os.path.join(folder, "{}-{}".format(pin.version, name))
    if os.path.exists(program):
        return program
    found = download.files("uv", environment)
    chosen = wheel(list(found), pin)
    archive = os.path.join(folder, chosen)
    download.fetch(found[chosen], archive, pin.hashes, environment, on_bytes, cancelled)
    with writing(folder):
        _unpack(archive, name, program)
        os.unlink(archive)
    return program


def install_python(
    uv: str,
    folder: str,
    cache: str,
    environment: Mapping[str, str],
    on_line: Callable[[str], None],
    cancelled: threading.Event,
) -> str:
    """Have uv bring a Python.

    Args:
        uv: The program.
        folder: Where the Pythons go.
        cache: Where uv keeps what it needs meanwhile.
        environment: The user's variables.
        on_line: Told what uv says.
        cancelled: Ends it.

    Returns:
        The Python's program.

    Raises:
        BridgeError: It cannot be had ("network"), or is not fit to be used ("unsupported").
    """
    variables = _variables(environment, folder, cache)
    said: List[str] = []

    def take(line: str) -> None:
        said.append(line)
        on_line(line)

    quiet = ["--no-progress", "--color", "never"]
    with writing(cache):
        os.makedirs(cache, exist_ok=True)
        command = [uv, "python", "install", *quiet, pythons.REQUEST]
        # uv refuses to run inside its own cache.
        status = follow(command, variables, os.path.dirname(cache), take, cancelled)
    find = [uv, "python", "find", "--no-project", "--system", pythons.REQUEST]
    python = answer(find, variables).strip() if status == 0 else ""
    found = pythons.fit(python, clean_environment(environment)) if python else None
    if not found:
        reason = next((line.strip() for line in reversed(said) if line.strip()), "uv")
        raise BridgeError(
            "network",
            _("Cannot download Python ({reason}).").format(reason=reason),
            _(
                "Check the network connection, or install Python 3.11 or newer yourself, then try "
                "again."
            ),
        )
    return found


def _variables(environment: Mapping[str, str], folder: str, cache: str) -> Dict[str, str]:
    kept = {
        name: value
        for name, value in clean_environment(environment).items()
        if not name.startswith("UV_") or name in USERS_OWN + USERS_CERTIFICATES
    }
    own = {
        "UV_CACHE_DIR": cache,
        "UV_LINK_MODE": "copy",
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_INSTALL_BIN": "0",
        "UV_PYTHON_INSTALL_DIR": folder,
        "UV_PYTHON_INSTALL_REGISTRY": "0",
        "UV_PYTHON_PREFERENCE": "only-managed",
    }
    return dict(kept, **own)


def _computer() -> Tuple[str, str]:
    machine = platform.machine().lower()
    system = sys.platform
    if system == "linux" and platform.libc_ver()[0] != "glibc":
        system = "musl"
    return system, MACHINES.get(machine, machine)


def _unpack(archive: str, name: str, program: str) -> None:
    """Lay the program out of the wheel; it has its name once it is whole."""
    with zipfile.ZipFile(archive) as zipped:
        (member,) = (m for m in zipped.namelist() if m.endswith(".data/scripts/" + name))
        with zipped.open(member) as source, open(program + ".part", "wb") as target:
            shutil.copyfileobj(source, target)
    os.chmod(program + ".part", stat.S_IRWXU)
    replace(program + ".part", program)
