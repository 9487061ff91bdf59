"""Ends the engine's worker, once it has finished what it is at."""

from __future__ import annotations

import time
from pathlib import Path

from . import engine, lock
from .console import Console
from .errors import InstallError
from .places import Places

LOCK = "worker.lock"
PATIENCE_SECONDS = 600.0


def finish(python: Path, places: Places, console: Console) -> None:
    """Ask the worker to end, and wait for it: what is under way is not to lose its modules.

    Args:
        python: The engine's Python; where it is not there, no worker is asked.
        places: Where the worker's lock lies.
        console: Told what is waited for.

    Raises:
        InstallError: It still works after ten minutes.
    """
    if not python.exists():
        return
    console.stage("Stopping the engine")
    if engine.call(python, console, "stop").status != 0:
        # It does not run, or cannot be reached by anybody.
        return
    end = time.monotonic() + PATIENCE_SECONDS
    while lock.taken(places.run / LOCK):
        if time.monotonic() > end:
            raise InstallError(
                "localmatte's engine is still working.",
                "Wait until it has finished, then run this again.",
            )
        console.moving("waiting for the engine to finish")
        time.sleep(0.1)
