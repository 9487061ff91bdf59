"""Machines with real editors, the engine installed on them, and real photos."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.editors import engine as engines
from tests.editors import rootfs, workspace
from tests.editors.docked_krita import DockedKrita, running
from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import OpenPhoto
from tests.editors.krita_host import Krita
from tests.editors.machine import Host, Machine, RootFs
from tests.editors.mirrored_worker import listed, without, worker_with
from tests.editors.ramp_worker import RampWorker
from tests.editors.screen import Screen
from tests.servers import files

LARGE = (5000, 5000)
LARGE_BYTES = LARGE[0] * LARGE[1] * 3
FAILED = pytest.StashKey[bool]()
SUITES = os.environ.get("LOCALMATTE_TEST_EDITORS", " ".join(rootfs.RECIPES)).split()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of an editor that a suite does not have."""
    without = [item for item in items if _has_no_editor(item)]
    config.hook.pytest_deselected(items=without)
    items[:] = [item for item in items if item not in without]


def _has_no_editor(item: pytest.Item) -> bool:
    called = getattr(item, "callspec", None)
    suite = called.params.get("suite", "host") if called else "host"
    return suite != "host" and any(
        item.get_closest_marker(editor) and suite not in rootfs.suites_with(editor)
        for editor in ("gimp", "krita")
    )


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
    try:
        machine = Host() if suite == "host" else RootFs(suite, shared, read_only)
    except (OSError, RuntimeError) as error:
        pytest.exit(f"The editors of Debian {suite} cannot be had: {error}", returncode=1)
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


@pytest.fixture(scope="module")
def stand_in(editor_workspace: Path) -> Iterator[RampWorker]:
    """A worker whose mattes are ramps, under a LOCALMATTE_HOME of its own."""
    home = editor_workspace / "ramp"
    python = home / "environment" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.touch()
    worker = RampWorker(home)
    yield worker
    worker.close()


@pytest.fixture
def mirror(engine: InstalledEngine) -> Iterator[files.Server]:
    """A mirror of the default model, which is not here; the worker knows the mirror."""
    (default,) = (row for row in listed(engine) if row["default"])
    with without(engine, default["id"]) as content:
        lying = {f"/{default['sha256']}": content}
        with (
            files.serving(lying) as server,
            worker_with(engine, LOCALMATTE_MIRROR=server.address),
        ):
            yield server


@pytest.fixture
def no_acceptance(engine: InstalledEngine) -> Iterator[Path]:
    """Where accepted licences are recorded; there is no record before and after the test."""
    record = engine.home / "config" / "accepted-licences.json"
    record.unlink(missing_ok=True)
    yield record
    record.unlink(missing_ok=True)


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
    # A Krita that was killed in a long session leaves one, and the next Krita asks about it.
    path.with_name(f"{path.name}-autosave.kra").unlink(missing_ok=True)
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


@pytest.fixture(scope="session")
def docked(engine: InstalledEngine, suite: str, editor_workspace: Path) -> Iterator[Krita]:
    """Another such account, whose Krita keeps a layout with the docker in it."""
    screen = Screen(engine.machine)
    yield Krita(engine, screen, suite, editor_workspace / "krita-docked")
    screen.close()


@pytest.fixture(scope="module")
def live(docked: Krita, engine: InstalledEngine) -> Iterator[DockedKrita]:
    """A running Krita of a module's own, with the docker."""
    engine.end_worker()
    with running(docked) as live:
        yield live


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep in a test's item whether a part of it has failed, for the fixtures that end with it."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def gimp(live_gimp: Gimp, request: pytest.FixtureRequest) -> Iterator[Gimp]:
    """The live GIMP, for one test; the next one meets no message and no window of this one's."""
    yield live_gimp
    if request.node.stash.get(FAILED, False):
        live_gimp.restart()
    else:
        live_gimp.close_messages()


@pytest.fixture
def open_photo(gimp: Gimp, photo: Path, request: pytest.FixtureRequest) -> Iterator[OpenPhoto]:
    """The photo in a window of the live GIMP, for one test."""
    opened = OpenPhoto(gimp, photo)
    yield opened
    if not request.node.stash.get(FAILED, False):
        opened.close()
