"""Where localmatte keeps what it writes.

`LOCALMATTE_HOME` puts everything under one folder; otherwise platformdirs names the user's
folders, for example `~/.local/share/localmatte` on Linux.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

NAME = "localmatte"


def home() -> Path | None:
    """The folder that LOCALMATTE_HOME names, or None when it is not set."""
    chosen = os.environ.get("LOCALMATTE_HOME")
    return Path(chosen).expanduser().absolute() if chosen else None


def data() -> Path:
    """What must last: models, the private environment; e.g. `~/.local/share/localmatte`."""
    return home() or Path(platformdirs.user_data_dir(NAME, appauthor=False))


def models() -> Path:
    """The model cache; e.g. `~/.local/share/localmatte/models`."""
    return data() / "models"


def environment() -> Path:
    """The engine's private Python environment; e.g. `~/.local/share/localmatte/environment`."""
    return data() / "environment"


def run() -> Path:
    """The worker's socket, key and lock; e.g. `~/.local/share/localmatte/run`."""
    return data() / "run"


def config() -> Path:
    """Settings and accepted licences; e.g. `~/.config/localmatte`."""
    base = home()
    return base / "config" if base else Path(platformdirs.user_config_dir(NAME, appauthor=False))


def logs() -> Path:
    """The log of unexpected errors; e.g. `~/.local/state/localmatte/log`."""
    base = home()
    return base / "logs" if base else Path(platformdirs.user_log_dir(NAME, appauthor=False))


def cache() -> Path:
    """What can be made again: optimised graphs, provider verdicts; e.g. `~/.cache/localmatte`."""
    base = home()
    return base / "cache" if base else Path(platformdirs.user_cache_dir(NAME, appauthor=False))
