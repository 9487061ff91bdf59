"""Where the engine is installed: its Python, and the folder of the worker's socket.

The installer writes `installation.json` beside each adapter's copy of the bridge. LOCALMATTE_HOME
in the editor's environment wins over it. An adapter that came as a zip has none: its engine lies in
the user's own folder, where it was set up from inside the editor.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import tempfile
from typing import List, Mapping, NamedTuple, Optional

from . import plain_file
from .errors import BridgeError
from .words import _

# A Unix socket's path has room for 108 bytes on Linux and 104 on macOS, its end included.
SOCKET_PATH_LIMIT = 100

VERSION = "0.1.0"
STAMP = "localmatte.json"
"""The installer's account of a complete environment, in it."""

ENGINE_ZIP = "engine.zip"
"""The engine's sources beside an adapter that can set it up."""

UNFINISHED = "localmatte.unfinished"
"""What lies in one while it is made or changed."""


class Installation(NamedTuple):
    """An installed engine.

    Attributes:
        python: Its private Python.
        run: The folder of the worker's socket, key, lock and log.
        home: The LOCALMATTE_HOME that it was installed under, or None.
        version: Its version; empty when not known.
    """

    python: str
    run: str
    home: Optional[str] = None
    version: str = ""

    @property
    def family(self) -> str:
        """The kind of address, as multiprocessing.connection names it."""
        return "AF_PIPE" if sys.platform == "win32" else "AF_UNIX"

    @property
    def address(self) -> str:
        """The worker's socket; e.g. `~/.local/share/localmatte/run/worker.sock`."""
        if sys.platform == "win32":
            return r"\\.\pipe\localmatte-" + self._digest
        try:
            elsewhere = os.fsdecode(plain_file.read(self.elsewhere_file))
        except OSError:
            elsewhere = ""
        if os.path.basename(elsewhere) == "worker.sock" and "\0" not in elsewhere:
            return elsewhere
        path = os.path.join(self.run, "worker.sock")
        fits = len(os.fsencode(path)) <= SOCKET_PATH_LIMIT
        return path if fits else self.spare_address

    @property
    def spare_address(self) -> str:
        """The socket of a worker whose run folder can have none."""
        folder = "localmatte-{}-{}".format(os.getuid(), self._digest)
        return os.path.join(tempfile.gettempdir(), folder, "worker.sock")

    @property
    def elsewhere_file(self) -> str:
        """What names the socket of a worker whose run folder's file system has no sockets."""
        return os.path.join(self.run, "elsewhere")

    @property
    def presets_file(self) -> str:
        """What the user saved by name; e.g. `~/.local/share/localmatte/presets.json`."""
        return os.path.join(self.folder, "presets.json")

    @property
    def folder(self) -> str:
        """The folder of localmatte's own for what must last; e.g. `~/.local/share/localmatte`."""
        return os.path.dirname(self.run)

    @property
    def _digest(self) -> str:
        return hashlib.sha256(os.fsencode(self.run)).hexdigest()[:16]

    @property
    def lock_file(self) -> str:
        """What a running worker holds the lock of; its process id is written in it."""
        return os.path.join(self.run, "worker.lock")

    @property
    def key_file(self) -> str:
        """The 32 random bytes that both ends must know."""
        return os.path.join(self.run, "key")

    @property
    def log_file(self) -> str:
        """What the worker wrote to stderr."""
        return os.path.join(self.run, "worker.log")


def beside(folder: str, environment: Mapping[str, str] = os.environ) -> Installation:
    """The engine that the adapter in `folder` was installed for, or that was set up from it.

    Args:
        folder: The adapter's, with `installation.json` in it where the installer placed it.
        environment: The user's variables.

    Returns:
        The engine.

    Raises:
        BridgeError: There is none, it is not whole, or older than the adapter
            ("engine-missing").
    """
    recorded = _read(folder)
    if recorded and not environment.get("LOCALMATTE_HOME") and os.path.exists(recorded.python):
        return recorded
    engine = own(environment)
    if os.path.exists(engine.python):
        return _checked(engine, folder)
    if recorded or os.path.lexists(os.path.dirname(engine.python)):
        raise _missing(_("localmatte's engine was moved or deleted."), folder)
    raise _missing(_("localmatte's engine is not installed."), folder)


def own(environment: Mapping[str, str]) -> Installation:
    """Where the user's engine lies unless it was recorded elsewhere; it need not be there.

    Args:
        environment: The user's variables. LOCALMATTE_HOME moves everything.

    Returns:
        The engine, of the version that its environment was made for.
    """
    home = environment.get("LOCALMATTE_HOME")
    if home:
        home = os.path.abspath(os.path.expanduser(home))
    folder = home or _data_folder(environment)
    windows = sys.platform == "win32"
    program = os.path.join("Scripts", "python.exe") if windows else os.path.join("bin", "python")
    environment_folder = os.path.join(folder, "environment")
    return Installation(
        os.path.join(environment_folder, program),
        os.path.join(folder, "run"),
        home or None,
        _version(environment_folder),
    )


def _data_folder(environment: Mapping[str, str]) -> str:
    """As the installer and the engine name it, without platformdirs."""
    if sys.platform == "win32":
        base = environment.get("LOCALAPPDATA") or _in_home("AppData/Local", environment)
        return os.path.join(os.path.normpath(base), "localmatte")
    chosen = environment.get("XDG_DATA_HOME", "")
    default = "Library/Application Support" if sys.platform == "darwin" else ".local/share"
    base = chosen if chosen.startswith("/") else _in_home(default, environment)
    return os.path.join(base, "localmatte")


def _in_home(path: str, environment: Mapping[str, str]) -> str:
    return os.path.join(environment.get("HOME") or os.path.expanduser("~"), path)


def _checked(engine: Installation, folder: str) -> Installation:
    """The engine, if it is whole and no older than this bridge."""
    environment_folder = os.path.dirname(os.path.dirname(engine.python))
    if os.path.lexists(os.path.join(environment_folder, UNFINISHED)):
        raise _missing(_("localmatte's engine is not completely installed."), folder)
    if engine.version and _numbers(engine.version) < _numbers(VERSION):
        raise _missing(_("localmatte's engine is older than this plug-in."), folder)
    return engine


def _version(environment_folder: str) -> str:
    try:
        stamp = json.loads(plain_file.read(os.path.join(environment_folder, STAMP)))
        return str(stamp["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _numbers(version: str) -> List[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _read(folder: str) -> Optional[Installation]:
    """What the installer wrote down, if it can be read."""
    try:
        found = json.loads(plain_file.read(os.path.join(folder, "installation.json")))
        return Installation(found["python"], found["run"], found["home"], found["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _missing(message: str, folder: str) -> BridgeError:
    hint = _(
        "Run localmatte's installer ('python3 install' in its folder), then restart the editor."
    )
    if os.path.isfile(os.path.join(folder, ENGINE_ZIP)):
        hint = _("Run Remove Background to set it up.")
    return BridgeError("engine-missing", message, hint)
