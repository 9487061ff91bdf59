"""Lets the engine suggest a more accurate model that is not here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localmatte.models import catalogue
from tests.editors.engine import InstalledEngine, suggest_nothing
from tests.editors.mirrored_worker import worker_with
from tests.servers import files

PRESENT, BETTER = "u2netp", "u2net"
SAID = "U²-Net is usually more accurate, and would take about 0.5 s on this computer (176 MB)."
SLOW = files.paced(600_000)


@contextmanager
def suggesting(engine: InstalledEngine) -> Iterator[files.Server]:
    """Let the better model have run here in half a second, and nobody know; yields its mirror."""
    better = catalogue.get(BETTER)
    with (
        files.serving({f"/{better.file.sha256}": bytes(better.bytes)}, SLOW) as mirror,
        worker_with(engine, LOCALMATTE_MIRROR=mirror.address),
    ):
        seconds = {PRESENT: 0.2, BETTER: 0.5}
        paces = engine.home / "cache" / "seconds.json"
        paces.parent.mkdir(parents=True, exist_ok=True)
        known = {f"{catalogue.get(name).file.sha256}|cpu": took for name, took in seconds.items()}
        paces.write_text(json.dumps(known))
        record(engine).unlink()
        yield mirror
    suggest_nothing(engine)
    engine.localmatte("models", "remove", BETTER)


def record(engine: InstalledEngine) -> Path:
    """Where it is kept of which models the user was told."""
    return engine.home / "config" / "suggested-models.json"
