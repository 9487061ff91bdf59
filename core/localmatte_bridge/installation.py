"""Where the engine is installed: its Python, and the folder of the worker's socket.

The installer writes `installation.json` beside each adapter's copy of the bridge. LOCALMATTE_HOME
in the editor's environment wins over it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from typing import NamedTuple, Optional

from . import plain_file
from .errors import BridgeError
from .words import _

# A Unix socket's path has room for 108 bytes on Linux and 104 on macOS, its end included.
SOCKET_PATH_LIMIT = 100


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
        return os.path.join(os.path.dirname(self.run), "presets.json")

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


def beside(folder: str) -> Installation:
    """The engine that the adapter in `folder` was installed for.

    Args:
        folder: The adapter's, with `installation.json` in it.

    Raises:
        BridgeError: There is none, or its Python is gone ("engine-missing").
    """
    home = os.environ.get("LOCALMATTE_HOME")
    engine = _under(os.path.abspath(os.path.expanduser(home))) if home else _read(folder)
    if not os.path.exists(engine.python):
        raise _missing(_("localmatte's engine was moved or deleted."))
    return engine


def _under(home: str) -> Installation:
    windows = sys.platform == "win32"
    program = os.path.join("Scripts", "python.exe") if windows else os.path.join("bin", "python")
    return Installation(os.path.join(home, "environment", program), os.path.join(home, "run"), home)


def _read(folder: str) -> Installation:
    try:
        found = json.loads(plain_file.read(os.path.join(folder, "installation.json")))
        return Installation(found["python"], found["run"], found["home"], found["version"])
    except (OSError, ValueError, KeyError, TypeError):
        raise _missing(_("localmatte's engine is not installed.")) from None


def _missing(message: str) -> BridgeError:
    hint = _(
        "Run localmatte's installer ('python3 install' in its folder), then restart the editor."
    )
    return BridgeError("engine-missing", message, hint)
