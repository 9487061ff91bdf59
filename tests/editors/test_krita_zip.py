"""The plug-in as a zip, through Krita's own “Import Python Plugin from File…”."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.editors.docked_krita import DockedKrita, Plane, running
from tests.editors.engine import CHECKOUT, InstalledEngine
from tests.editors.krita_host import Krita
from tests.editors.machine import run
from tests.editors.screen import Screen
from tests.editors.zip_setup import (
    Supply,
    built,
    has_begun,
    stop,
    supply,
    wait_for_the_engine,
    wait_until_it_failed,
    wait_until_packages_come,
    with_the_model,
)
from tests.installer import copy_of_checkout

pytestmark = pytest.mark.krita

FILE_DIALOG = "Import Plugin"
QUESTION = "Activate Plugins?"
REFUSED = "Error"
SOURCE_CODE = "This is the source code of localmatte, which Krita cannot import."


@pytest.fixture
def without_the_plugin(
    engine: InstalledEngine, suite: str, editor_workspace: Path
) -> Iterator[Krita]:
    """An account whose Krita has never had the plug-in."""
    screen = Screen(engine.machine)
    krita = Krita(engine, screen, suite, editor_workspace / "krita-zip")
    resources = krita.folder / ".local/share/krita"
    shutil.rmtree(resources / "pykrita/localmatte")
    (resources / "pykrita/localmatte.desktop").unlink()
    (resources / "actions/localmatte.action").unlink()
    settings = krita.folder / ".config/kritarc"
    settings.write_text(settings.read_text().replace("enable_localmatte=true\n", ""))
    yield krita
    screen.close()


def import_file(live: DockedKrita, file: Path) -> None:
    """Tools ▸ Scripts ▸ Import Python Plugin from File…, and the file in its dialog."""
    live.call("krita_docker.import_a_plugin")
    live.screen.focus(live.screen.wait_for(FILE_DIALOG))
    live.screen.text(str(file))
    live.screen.keys("Return")


def import_and_activate(live: DockedKrita, file: Path) -> None:
    """Import a zip, and let Krita activate the plug-in at its next start."""
    import_file(live, file)
    live.screen.focus(live.screen.wait_for(QUESTION))
    live.screen.keys("alt+y")
    live.screen.wait_gone(QUESTION)


def test_krita_imports_the_zip_but_no_source_code_and_the_plugin_works(
    without_the_plugin: Krita, engine: InstalledEngine, photo: Path, editor_workspace: Path
) -> None:
    krita = without_the_plugin
    (editor_workspace / "screenshots").mkdir(exist_ok=True)
    engine.end_worker()
    file = krita.folder / "localmatte.zip"
    command = ["python3", str(CHECKOUT / "install"), "--krita-zip", str(file)]
    done = run(engine.machine, command, engine.env)
    assert done.returncode == 0, done.stderr
    copy_of_checkout(krita.folder / "source" / "localmatte-main")
    archive = shutil.make_archive(str(file.with_name("source")), "zip", krita.folder / "source")
    with running(krita) as live:
        assert not live.call("krita_docker.is_loaded")
        import_file(live, Path(archive))
        live.screen.focus(live.screen.wait_for(REFUSED))
        assert SOURCE_CODE in live.call("krita_docker.message")
        live.screen.shoot(editor_workspace / "screenshots" / "krita-source-code.png")
        live.screen.keys("Return")
        live.screen.wait_gone(REFUSED)
        import_and_activate(live, file)
        live.quit()
    with running(krita) as live:
        assert live.call("krita_docker.is_loaded")
        live.open_beside_the_docker(photo)
        live.press("Run")
        found = live.mask()
        live.wait_until_idle()
        live.quit()
    path = photo.with_name("zip-mask.png")
    engine.localmatte("cut", photo, "--mask", "-o", path, "--overwrite")
    np.testing.assert_array_equal(found, np.asarray(Image.open(path)))


def test_from_a_releases_zip_alone_the_importer_and_set_up_lead_to_a_mask(
    without_the_plugin: Krita,
    engine: InstalledEngine,
    suite: str,
    photo: Path,
    editor_workspace: Path,
) -> None:
    krita = without_the_plugin
    pictures = editor_workspace / "screenshots"
    pictures.mkdir(exist_ok=True)
    file = built("krita", krita.folder / "zips")
    data = with_the_model(krita.folder)
    with running(krita) as live:
        import_and_activate(live, file)
        live.quit()
    with supply(engine, suite, editor_workspace, krita.folder) as supplied:
        krita.machine = supplied.machine
        found = set_up_in_krita(krita, supplied, data, photo, pictures)
        assert (data / "python").exists() != supplied.has_python
    stop(engine, data, krita.folder)
    path = photo.with_name("set-up-mask.png")
    engine.localmatte("cut", photo, "--mask", "-o", path, "--overwrite")
    np.testing.assert_array_equal(found, np.asarray(Image.open(path)))


def set_up_in_krita(
    krita: Krita, supplied: Supply, data: Path, photo: Path, pictures: Path
) -> Plane:
    """From the docker's Run, by way of an attempt that fails, to the mask of a photo."""
    with running(krita, **supplied.variables) as live:
        live.call("krita_docker.open_photo", path=str(photo))
        live.eventually("krita_docker.ready")
        live.call("krita_docker.show_docker")
        live.wait_for(
            lambda state: any("Run Remove Background to set it up." in t for t in state["texts"])
        )
        live.press("Run")
        live.screen.wait_for("Set Up localmatte")
        assert not (data / "setup").exists()
        live.screen.shoot(pictures / "krita-set-up.png")
        live.press("Set Up")
        wait_until_it_failed(data)
        live.eventually("krita_docker.message")
        live.screen.shoot(pictures / "krita-set-up-error.png")
        supplied.bring()
        live.press("OK")
        live.press("Run")
        live.screen.wait_for("Set Up localmatte")
        live.press("Set Up")
        live.wait_for(lambda state: state["done"] is not None)
        live.eventually("krita_docker.progress_is_seen")
        assert has_begun(data, 30)
        wait_until_packages_come(data)
        live.screen.shoot(pictures / "krita-set-up-progress.png")
        wait_for_the_engine(data)
        found = live.mask()
        live.wait_until_idle()
        live.quit()
    return found
