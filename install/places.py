"""Where localmatte keeps what it writes: the folders of `system.paths`, without platformdirs.

LOCALMATTE_HOME puts everything under one folder; otherwise the operating system's folders for
one user's data, settings and caches.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from . import files

NAME = "localmatte"


@dataclass(frozen=True)
class Places:
    """The folders that localmatte writes to.

    Attributes:
        home: What LOCALMATTE_HOME names, or None.
        data: What must last; e.g. `~/.local/share/localmatte`.
        config: Settings and accepted licences; e.g. `~/.config/localmatte`.
        cache: What can be made again; e.g. `~/.cache/localmatte`.
        logs: Unexpected errors; e.g. `~/.local/state/localmatte/log`.
    """

    home: Path | None
    data: Path
    config: Path
    cache: Path
    logs: Path

    def missing(self) -> list[Path]:
        """Those of these folders, and of the ones around them, that are not there yet."""
        own = (self.data, self.config, self.cache, self.logs)
        return sorted({folder for place in own for folder in files.missing_folders(place)})

    @property
    def models(self) -> Path:
        """The model cache; e.g. `~/.local/share/localmatte/models`."""
        return self.data / "models"

    @property
    def environment(self) -> Path:
        """The engine's private Python; e.g. `~/.local/share/localmatte/environment`."""
        return self.data / "environment"

    @property
    def run(self) -> Path:
        """The worker's socket, key and lock; e.g. `~/.local/share/localmatte/run`."""
        return self.data / "run"

    @property
    def sockets(self) -> Path:
        """The socket's folder where the path of `run` is too long for one."""
        digest = hashlib.sha256(os.fsencode(self.run)).hexdigest()[:16]
        user = "" if sys.platform == "win32" else os.getuid()
        return Path(tempfile.gettempdir()) / f"localmatte-{user}-{digest}"

    @property
    def proof(self) -> Path:
        """The picture that the installer made and cut out."""
        return self.data / "proof"

    @property
    def python(self) -> Path:
        """The Python that uv brought to a set-up from inside an editor, where it did."""
        return self.data / "python"

    @property
    def setup(self) -> Path:
        """What such a set-up needs for as long as it lasts."""
        return self.data / "setup"

    @property
    def manifest(self) -> Path:
        """What was placed outside these folders."""
        return self.data / "installed.json"

    @property
    def log(self) -> Path:
        """What pip said last."""
        return self.data / "install.log"

    @property
    def lock(self) -> Path:
        """Held while an installer runs."""
        return self.data / "install.lock"


def find(platform: str = sys.platform, variables: Mapping[str, str] = os.environ) -> Places:
    """Name the folders of this user; none of them need exist.

    Args:
        platform: A value of sys.platform.
        variables: The environment. LOCALMATTE_HOME moves everything.

    Returns:
        Absolute paths.
    """
    chosen = variables.get("LOCALMATTE_HOME")
    if chosen:
        home = Path(chosen).expanduser().absolute()
        return Places(home, home, home / "config", home / "cache", home / "logs")
    return _FOLDERS.get(platform, _linux)(variables)


def _linux(variables: Mapping[str, str]) -> Places:
    found = _unix(variables, data="~/.local/share", config="~/.config", cache="~/.cache")
    return replace(found, logs=_base(variables, "XDG_STATE_HOME", "~/.local/state") / NAME / "log")


def _macos(variables: Mapping[str, str]) -> Places:
    support = "~/Library/Application Support"
    found = _unix(variables, data=support, config=support, cache="~/Library/Caches")
    return replace(found, logs=Path("~/Library/Logs").expanduser() / NAME)


def _windows(variables: Mapping[str, str]) -> Places:
    local = Path(variables.get("LOCALAPPDATA") or Path("~/AppData/Local").expanduser()) / NAME
    return Places(None, local, local, local / "Cache", local / "Logs")


_FOLDERS = {"darwin": _macos, "win32": _windows}


def _unix(variables: Mapping[str, str], *, data: str, config: str, cache: str) -> Places:
    kept = _base(variables, "XDG_DATA_HOME", data) / NAME
    settings = _base(variables, "XDG_CONFIG_HOME", config) / NAME
    made_again = _base(variables, "XDG_CACHE_HOME", cache) / NAME
    return Places(None, kept, settings, made_again, made_again)


def _base(variables: Mapping[str, str], variable: str, default: str) -> Path:
    # The XDG specification has relative paths ignored.
    chosen = variables.get(variable, "")
    return Path(chosen) if chosen.startswith("/") else Path(default).expanduser()
