"""What many tests need: a home of their own, real weights, real photos."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import localmatte
from localmatte_bridge import Client, Installation
from tests import parts, weights
from tests.commands import localmatte as command
from tests.workers import until

PHOTOS = ("astronaut", "chelsea", "coffee", "rocket", "hubble_deep_field")
"""Photographs that scikit-image ships under free licences."""


def pytest_configure() -> None:
    """Let what the tests start hear Ctrl+C.

    A shell has what runs in the background ignore it, and programs hand that on to those that
    they start: `localmatte cut` then finished the batch that a test had interrupted.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what other parts of the tests run."""
    mine = parts.share_of({item.path for item in items})
    config.hook.pytest_deselected(items=[item for item in items if item.path not in mine])
    items[:] = [item for item in items if item.path in mine]


@pytest.fixture(scope="module", autouse=True)
def no_network_stays() -> Iterator[None]:
    """Drop the library's engine after each module: a large network takes more than a gigabyte."""
    yield
    localmatte._engine.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests write without a home of their own does not come into the user's folders."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALMATTE_HOME", str(tmp_path_factory.mktemp("nobody")))
        yield


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A LOCALMATTE_HOME with nothing in it."""
    home = tmp_path / "home"
    monkeypatch.setenv("LOCALMATTE_HOME", str(home))
    return home


@pytest.fixture
def home(empty_home: Path) -> Path:
    """A LOCALMATTE_HOME that holds the default model."""
    weights.place("u2netp", empty_home)
    return empty_home


@pytest.fixture
def place(home: Path) -> Iterator[Installation]:
    """An engine with the default model; its worker is ended afterwards."""
    engine = Installation(sys.executable, str(home / "run"), str(home), localmatte.__version__)
    yield engine
    command("stop", LOCALMATTE_HOME=str(home))
    until(lambda: Client.connect_running(engine) is None)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Real photographs as PNG files."""
    from PIL import Image
    from skimage import data

    folder = tmp_path_factory.mktemp("photos")
    saved = {}
    for name in PHOTOS:
        saved[name] = folder / f"{name}.png"
        Image.fromarray(getattr(data, name)()).save(saved[name])
    return saved
