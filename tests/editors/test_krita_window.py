"""Krita as a person uses it: the menu, the progress window, undo and redo by the keys."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.krita_host import INSIDE, Krita

pytestmark = pytest.mark.krita

SETTLE_SECONDS = 1.5
"""Until a picture shows what the window has drawn."""

NOTE_SECONDS = 5
"""Until the note over the canvas is gone."""

ASIDE = (40, 680)
"""A place in the window where the pointer hides nothing."""


class Steps:
    """The other side of inside/krita_menu.py."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self._folder = folder
        self._process = process

    def wait(self, step: str, seconds: float = 60) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while not (self._folder / f"{step}.json").exists():
            assert self._process.poll() is None, "Krita ended"
            assert time.monotonic() < deadline, f"Krita did not come to the step {step!r}"
            time.sleep(0.05)
        facts: dict[str, Any] = json.loads((self._folder / f"{step}.json").read_text())
        return facts

    def done(self, step: str) -> None:
        (self._folder / f"{step}.done").touch()


def test_from_the_menu_to_the_mask_and_back(
    krita: Krita, engine: InstalledEngine, photo: Path, editor_workspace: Path
) -> None:
    screen = krita.screen
    folder = editor_workspace / "krita-steps"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    pictures = editor_workspace / "screenshots"
    pictures.mkdir(exist_ok=True)
    report = folder / "report.json"
    engine.end_worker()
    process = krita.start(
        INSIDE / "krita_menu.py",
        LOCALMATTE_REPORT=str(report),
        LOCALMATTE_STEPS=str(folder),
        LOCALMATTE_PHOTO=str(photo),
    )
    steps = Steps(folder, process)
    try:
        screen.click(*steps.wait("tools")["at"])
        steps.done("tools")
        screen.click(*steps.wait("submenu")["at"])
        steps.done("submenu")
        at = steps.wait("entry")["at"]
        screen.point(*at)
        time.sleep(SETTLE_SECONDS)
        screen.shoot(pictures / "krita-menu.png")
        screen.click(*at)
        screen.point(*ASIDE)
        steps.done("entry")
        steps.wait("progress")
        time.sleep(SETTLE_SECONDS)
        screen.shoot(pictures / "krita-progress.png")
        steps.done("progress")
        steps.wait("result")
        time.sleep(NOTE_SECONDS)
        screen.shoot(pictures / "krita-result.png")
        steps.done("result")
        steps.wait("undo")
        screen.keys("ctrl+z")
        steps.done("undo")
        steps.wait("redo")
        screen.keys("ctrl+shift+z")
        steps.done("redo")
        assert process.wait(60) == 0, krita.log()
    finally:
        process.kill()
        engine.end_worker()
    for name, outcome in json.loads(report.read_text()).items():
        assert outcome["error"] is None, f"{name}: {outcome['error']}"
