"""Edge settings that are kept by name in GIMP's dialog."""

from __future__ import annotations

import json
import time

import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.gimp_window import DIALOG, OpenPhoto, eventually
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.gimp

NAMING = "Save Preset"


def choose(opened: OpenPhoto, *keys: str) -> None:
    """Open the menu and choose what keys lead to."""
    opened.gimp.screen.keys("alt+p")
    time.sleep(1)
    opened.gimp.screen.keys(*keys, "Return")


def test_a_preset_is_saved_used_and_deleted(
    open_photo: OpenPhoto, ramp_worker: RampWorker, engine: InstalledEngine
) -> None:
    screen = open_photo.gimp.screen
    (folder,) = (engine.user / ".config" / "GIMP").glob("3.*")
    old = folder / "localmatte-presets.json"
    file = engine.home / "presets.json"
    file.unlink(missing_ok=True)
    old.write_text(json.dumps({"format": 1, "presets": {}}))

    def kept() -> dict[str, dict[str, float]]:
        presets: dict[str, dict[str, float]] = json.loads(file.read_text())["presets"]
        return presets

    open_photo.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    screen.keys("alt+e", "alt+e", "Tab", "Up", "Up", "Up")
    eventually(lambda: ramp_worker.edges[-1:] == [{"contrast": 0.03}])
    choose(open_photo, "Down")
    screen.focus(screen.wait_for(NAMING))
    screen.text("hair")
    screen.keys("Return")
    screen.wait_gone(NAMING)
    eventually(file.exists)
    assert kept()["hair"]["contrast"] == pytest.approx(0.03)
    assert not old.exists(), "presets lie in two places"

    screen.focus(screen.wait_for(DIALOG))
    screen.keys("alt+e", "alt+e", "Tab", "Down", "Down", "Down")
    eventually(lambda: ramp_worker.edges[-1] == {})
    choose(open_photo, "Down")
    eventually(lambda: ramp_worker.edges[-1] == {"contrast": 0.03})
    choose(open_photo, "Up", "Right")
    eventually(lambda: kept() == {})
    screen.keys("Escape")
    screen.wait_gone(DIALOG)
    open_photo.wait_for_the_end()
    file.unlink()
