"""Machines with real editors, the engine installed on them, and real photos."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors import engine as engines
from tests.editors import rootfs, workspace
from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import OpenPhoto
from tests.editors.krita_host import Krita
from tests.editors.machine import Host, Machine, RootFs
from tests.editors.ramp_worker import RampWorker
from tests.editors.screen import Screen

ON_HOST = os.environ.get("LOCALMATTE_TEST_EDITORS") == "host"
LARGE = (5000, 5000)
LARGE_BYTES = LARGE[0] * LARGE[1] * 3
SUITES = ["host"] if ON_HOST else list(rootfs.RECIPES)


@pytest.fixture(scope="session", params=SUITES)
def suite(request: pytest.FixtureRequest) -> str:
    """Which set of editors: a Debian release's, or this machine's own ("host")."""
    return str(request.param)


@pytest.fixture(scope="session")
def editor_workspace(suite: str) -> Iterator[Path]:
    """A folder that tests and editors see at the same path; kept warm between runs."""
    with workspace.claim(suite) as folder:
        yield folder


@pytest.fixture(scope="session")
def editor_machine(suite: str, editor_workspace: Path) -> Iterator[Machine]:
    """Where the editors run; it sees the checkout, and may write to the workspace alone."""
    shared, read_only = [editor_workspace], [engines.CHECKOUT]
    machine = Host() if suite == "host" else RootFs(suite, shared, read_only)
    yield machine
    machine.close()


@pytest.fixture(scope="session")
def engine(editor_machine: Machine, editor_workspace: Path) -> Iterator[InstalledEngine]:
    """The engine and the adapters, installed on the machine by the installer."""
    installed = engines.install(editor_machine, editor_workspace)
    yield installed
    installed.end_worker()


@pytest.fixture
def ramp_worker(engine: InstalledEngine) -> Iterator[RampWorker]:
    """A worker whose mattes are ramps, in the place of the real one."""
    engine.end_worker()
    worker = RampWorker(engine.home)
    yield worker
    worker.close()


@pytest.fixture(scope="session")
def photo(editor_workspace: Path) -> Path:
    """A real photo, 512 × 512 RGB: an astronaut before a flag (NASA, public domain)."""
    return _save_photo("astronaut", editor_workspace)


@pytest.fixture(scope="session")
def cat_photo(editor_workspace: Path) -> Path:
    """A real photo, 451 × 300 RGB: a cat (Stéfan van der Walt, CC0)."""
    return _save_photo("chelsea", editor_workspace)


@pytest.fixture(scope="session")
def large_photo(photo: Path) -> Path:
    """A picture that keeps the engine busy for a while: 25 megapixels, RGB."""
    from PIL import Image

    path = photo.with_name("large.png")
    Image.open(photo).resize(LARGE).save(path, compress_level=1)
    return path


def _save_photo(name: str, folder: Path) -> Path:
    from PIL import Image
    from skimage import data

    path = folder / f"{name}.png"
    Image.fromarray(getattr(data, name)()).save(path)
    return path


@pytest.fixture(scope="session")
def live_gimp(engine: InstalledEngine) -> Iterator[Gimp]:
    """A GIMP on a screen of its own, with the plug-in that the installer placed."""
    screen = Screen(engine.machine)
    host = Gimp(engine, screen)
    yield host
    host.close()
    screen.close()


@pytest.fixture(scope="session")
def krita(engine: InstalledEngine, suite: str, editor_workspace: Path) -> Iterator[Krita]:
    """A user's account with Krita and a screen, with the plug-in that the installer placed."""
    screen = Screen(engine.machine)
    yield Krita(engine, screen, suite, editor_workspace / "krita")
    screen.close()


@pytest.fixture
def gimp(live_gimp: Gimp) -> Iterator[Gimp]:
    """The live GIMP, for one test; messages that the test caused are closed after it."""
    yield live_gimp
    live_gimp.close_messages()


@pytest.fixture
def open_photo(gimp: Gimp, photo: Path) -> Iterator[OpenPhoto]:
    """The photo in a window of the live GIMP, for one test."""
    opened = OpenPhoto(gimp, photo)
    yield opened
    opened.close()
