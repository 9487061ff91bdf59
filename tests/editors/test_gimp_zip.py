"""GIMP with the plug-in as a release's zip, and nothing else."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import DIALOG, OpenPhoto
from tests.editors.screen import Screen
from tests.editors.zip_setup import (
    Wheels,
    has_begun,
    stop,
    unpack,
    wait_for_the_engine,
    wait_until_it_failed,
    wait_until_packages_come,
    with_the_model,
)

pytestmark = pytest.mark.gimp

WINDOW = "Set Up localmatte"


@pytest.fixture
def with_the_zip(engine: InstalledEngine, editor_workspace: Path) -> Iterator[tuple[Gimp, Wheels]]:
    """An account whose GIMP has the zip's folder among its plug-ins, and no wheels yet."""
    user = editor_workspace / "gimp-zip"
    shutil.rmtree(user, ignore_errors=True)
    (user / "run").mkdir(parents=True, mode=0o700)
    wheels = Wheels(engine, editor_workspace, user)
    for profile in (engine.user / ".config/GIMP").glob("3.*"):
        unpack("gimp", user / ".config/GIMP" / profile.name / "plug-ins", user / "zips")
    language = {**engine.language, **wheels.variables}
    account = dataclasses.replace(engine, user=user, language=language)
    screen = Screen(engine.machine)
    host = Gimp(account, screen)
    yield host, wheels
    host.close()
    screen.close()


def test_from_a_releases_zip_alone_set_up_ends_with_a_mask(
    with_the_zip: tuple[Gimp, Wheels], engine: InstalledEngine, photo: Path, editor_workspace: Path
) -> None:
    pictures = editor_workspace / "screenshots"
    pictures.mkdir(exist_ok=True)
    (gimp, wheels), screen = with_the_zip, with_the_zip[0].screen
    data = with_the_model(gimp.engine.user)
    opened = OpenPhoto(gimp, photo)
    before = opened.state()
    opened.choose("r")
    screen.focus(screen.wait_for(WINDOW))
    screen.shoot(pictures / "gimp-set-up.png")
    screen.keys("Escape")
    screen.wait_gone(WINDOW)
    opened.wait_for_the_end()
    assert opened.state() == before
    assert [path.name for path in data.iterdir()] == ["models"]

    opened.choose("r")
    screen.focus(screen.wait_for(WINDOW))
    screen.keys("Return")
    wait_until_it_failed(data)
    time.sleep(1)
    screen.shoot(pictures / "gimp-set-up-error.png")
    wheels.bring()
    # The same window tries again.
    screen.focus(screen.wait_for(WINDOW))
    screen.keys("Return")
    while not has_begun(data, 3):
        screen.keys("Return")
    wait_until_packages_come(data)
    screen.shoot(pictures / "gimp-set-up-progress.png")
    wait_for_the_engine(data)
    # It goes on to what the user had asked for.
    screen.wait_gone(WINDOW)
    screen.focus(screen.wait_for(DIALOG))
    opened.confirm()
    assert opened.layer_state()["pixels"] == before["layers"][0]["pixels"]
    opened.close()
    stop(engine, data, gimp.engine.user)
