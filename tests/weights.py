"""Real weights for the tests, fetched once by the store itself and kept outside the checkout."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

from localmatte import store
from localmatte.models import catalogue
from tests.editors.rootfs import cache_folder


def cached(model: str) -> Path:
    """A model's verified file in the tests' cache, fetched first where it is not there yet."""
    with mock.patch.dict(os.environ, {"LOCALMATTE_HOME": str(cache_folder() / "localmatte")}):
        return store.pull(catalogue.get(model))


def place(model: str, home: Path) -> Path:
    """Put a model into the cache of a LOCALMATTE_HOME, as if it had been pulled there."""
    source = cached(model)
    target = home / "models" / source.name
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        target.write_bytes(source.read_bytes())
    return target
