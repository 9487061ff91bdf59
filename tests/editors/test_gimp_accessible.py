"""What a screen reader says of the dialog."""

from __future__ import annotations

import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.gimp_window import OpenPhoto
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.gimp

CONTROLS = {
    "Model:",
    "Output:",
    "Refine edges",
    "Best edges",
    "Only inside the selection",
    "Contrast",
    "Feather (px)",
    "Shift edge (px)",
    "Threshold",
    "Preview",
    "View",
    "Zoom in",
    "Zoom out",
    "Fit",
    "1:1",
    "Help",
    "OK",
    "Cancel",
}

SAID = {"Preview", "View", "Zoom in", "Zoom out", "Fit", "1:1", "Contrast", "Threshold"}
"""What does not explain itself by its name."""


def test_every_control_has_a_name_and_what_needs_it_a_description(
    open_photo: OpenPhoto, ramp_worker: RampWorker, engine: InstalledEngine
) -> None:
    (plug_in,) = (engine.user / ".config" / "GIMP").glob("3.*/plug-ins/localmatte")
    found = open_photo.gimp.call(
        "gimp_accessible.controls", plug_in=str(plug_in), layer=open_photo.layer
    )
    assert [control for control in found if not control["name"]] == []
    assert {control["name"] for control in found} >= CONTROLS
    said = {control["name"] for control in found if control["says"]}
    assert said >= SAID
    assert not [control for control in found if "id of the" in control["tooltip"]]
    unusable = {control["name"] for control in found if not control["usable"]}
    assert {"Threshold", "Only inside the selection"} <= unusable
    assert "Contrast" not in unusable
