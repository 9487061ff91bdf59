"""Remembers how long the last run of each network took on this computer."""

from __future__ import annotations

import json
import math
import threading
from pathlib import Path
from typing import NamedTuple

from localmatte.system import paths
from localmatte.system.files import replacing
from localmatte_bridge import plain_file

NOTABLE = 0.1
"""By which part a run must differ from the one before it to be written down."""

_turn = threading.Lock()


class Run(NamedTuple):
    """A network's run.

    Attributes:
        provider: The name of what ran it.
        seconds: How long it took.
    """

    provider: str
    seconds: float


def remember(sha256: str, provider: str, seconds: float) -> None:
    """Keep how long a run took.

    Args:
        sha256: Of the network's file.
        provider: The name of what ran it.
        seconds: How long.
    """
    key = f"{sha256}|{provider}"
    with _turn:
        known = _known()
        last = next((name for name in reversed(known) if name.startswith(sha256)), None)
        if last == key and abs(seconds - known[key]) <= known[key] * NOTABLE:
            return
        known.pop(key, None)
        _write({**known, key: round(seconds, 3)})


def last(sha256: str) -> float:
    """How long the last run of a network took.

    Args:
        sha256: Of its file.

    Returns:
        Seconds; 0 where it never ran.
    """
    run = latest(sha256)
    return run.seconds if run else 0.0


def latest(sha256: str) -> Run | None:
    """The last run of a network.

    Args:
        sha256: Of its file.

    Returns:
        What ran it, and how long it took; None where it never ran.
    """
    known = _known()
    name = next((name for name in reversed(known) if name.startswith(sha256)), None)
    return Run(name.partition("|")[2], known[name]) if name else None


def _file() -> Path:
    return paths.cache() / "seconds.json"


def _known() -> dict[str, float]:
    """By file and provider, the one that ran last at the end."""
    try:
        stored = json.loads(plain_file.read(_file()))
        return {key: float(value) for key, value in stored.items() if _sound(value)}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        # Nothing has run yet, or the file is damaged: the next run says it again.
        return {}


def _sound(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value) and value > 0


def _write(known: dict[str, float]) -> None:
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        with replacing(_file()) as stream:
            stream.write(json.dumps(known, indent=1).encode())
    except OSError:
        # A read-only cache costs this figure, and nothing else.
        return
