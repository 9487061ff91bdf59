"""The dialog on the desktops that people have: nothing is cut off, and all can be reached."""

from __future__ import annotations

from typing import Any

import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.gimp_window import OpenPhoto
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.gimp

SCREENS = {
    "1024x600": (1024, 560),
    "1366x768": (1366, 728),
    "1920x1080 at scale 2": (960, 500),
    "2560x1440": (2560, 1400),
    "3840x2160": (3840, 2120),
    "3840x2160 at scale 2": (1920, 1040),
    "3840x2160 at scale 3": (1280, 680),
}
"""The room that screens leave for windows, in logical pixels, below a panel of 40."""

LARGE_PRINT = "Sans 14"

DESKTOPS: list[dict[str, Any]] = [
    *({"name": name, "room": room} for name, room in SCREENS.items()),
    *(
        {"name": language, "room": SCREENS["1024x600"], "language": language}
        for language in ("de", "fr", "ja")
    ),
    {"name": "from the right", "room": SCREENS["1024x600"], "right": True},
    {"name": "high contrast", "room": SCREENS["1024x600"], "theme": "HighContrast"},
    {"name": "Adwaita", "room": SCREENS["1024x600"], "theme": "Adwaita"},
    {"name": "large print", "room": SCREENS["1366x768"], "font": LARGE_PRINT, "language": "de"},
]


def test_nothing_is_cut_off_and_everything_can_be_reached(
    open_photo: OpenPhoto, ramp_worker: RampWorker, engine: InstalledEngine
) -> None:
    (plug_in,) = (engine.user / ".config" / "GIMP").glob("3.*/plug-ins/localmatte")
    found = open_photo.gimp.call(
        "gimp_desktops.faults", plug_in=str(plug_in), layer=open_photo.layer, desktops=DESKTOPS
    )
    assert found == {desktop["name"]: [] for desktop in DESKTOPS}
