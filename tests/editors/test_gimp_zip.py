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
    WITHOUT_PYTHON,
    Supply,
    built,
    has_begun,
    stop,
    supply,
    unpack,
    wait_for_the_engine,
    wait_until_it_failed,
    wait_until_packages_come,
    with_the_model,
)

pytestmark = pytest.mark.gimp

WINDOW = "Set Up localmatte"
GIMPS_OWN = "python3=/usr/bin/python3\n"
"""Where a GIMP whose PATH leads to no Python finds the one of its plug-ins."""


@pytest.fixture
def with_the_zip(
    engine: InstalledEngine, suite: str, editor_workspace: Path
) -> Iterator[tuple[Gimp, Supply]]:
    """An account whose GIMP has the zip's folder among its plug-ins, and no engine yet."""
    user = editor_workspace / "gimp-zip"
    shutil.rmtree(user, ignore_errors=True)
    (user / "run").mkdir(parents=True, mode=0o700)
    for profile in (engine.user / ".config/GIMP").glob("3.*"):
        own = user / ".config/GIMP" / profile.name
        unpack(built("gimp", user / "zips"), own / "plug-ins")
        if suite in WITHOUT_PYTHON:
            (own / "interpreters").mkdir()
            (own / "interpreters/python.interp").write_text(GIMPS_OWN)
    screen = Screen(engine.machine)
    with supply(engine, suite, editor_workspace, user) as supplied:
        variables = {**engine.language, **supplied.variables}
        account = dataclasses.replace(
            engine, machine=supplied.machine, user=user, language=variables
        )
        host = Gimp(account, screen)
        yield host, supplied
        host.close()
    screen.close()


def test_from_a_releases_zip_alone_set_up_ends_with_a_mask(
    with_the_zip: tuple[Gimp, Supply], engine: InstalledEngine, photo: Path, editor_workspace: Path
) -> None:
    pictures = editor_workspace / "screenshots"
    pictures.mkdir(exist_ok=True)
    (gimp, supplied), screen = with_the_zip, with_the_zip[0].screen
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
    supplied.bring()
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
    assert (data / "python").exists() != supplied.has_python
    opened.close()
    stop(engine, data, gimp.engine.user)
