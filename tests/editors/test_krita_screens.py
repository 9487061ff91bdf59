"""The docker on every desktop: nothing is cut off, too small or out of reach, by geometry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.editors.docked_krita import DockedKrita

pytestmark = pytest.mark.krita

TITLE_BAR = 30
"""What any docker takes, in logical pixels: its title and the gap above it."""

SIZES = ((180, 400), (180, 150), (262, 300), (420, 900))


THEMES: dict[str, Callable[[list[int]], bool]] = {
    "Krita bright": lambda lightness: lightness[0] > 128,
    "Krita dark": lambda lightness: lightness[0] < 128,
}
"""Those of Krita's own, with what the lightness of the window is under each."""

LIST = 0x2E
ROLES = {
    0x2B: "button",
    0x2C: "check box",
    LIST: "list",
    0x33: "slider",
    0x34: "number",
}
"""Qt's roles of what takes the keyboard, by their numbers."""

NAMES = {
    *("Preview", "View", "Original", "Fit", "1:1", "Undo"),
    *("Edges", "Preset", "Save preset", "Remove preset", "Contrast", "Threshold", "Reset"),
    *("Model", "Download", "Remove…", "Import…"),
    *("Refine edges", "Best edges", "Only inside the selection", "Output", "Existing mask"),
    *("Run", "Cancel"),
}


def test_a_screen_reader_finds_a_name_for_every_control_and_the_preview(
    live: DockedKrita, photo: Path
) -> None:
    live.open_beside_the_docker(photo)
    live.eventually("krita_docker.quiet_preview")
    rows = live.call("krita_accessible.read")
    controls = [row for row in rows if row["role"] in ROLES]
    assert {row["role"] for row in controls} == set(ROLES)
    # A list's own name is what is chosen in it.
    named = [row["label"] if row["role"] == LIST else row["name"] for row in controls]
    assert all(any(map(str.isalnum, name)) for name in named), controls
    names = {name.rstrip(":") for name in named} | {row["name"] for row in rows}
    assert names >= NAMES, NAMES - names
    (preview,) = (row for row in rows if row["name"] == "Preview")
    assert preview["description"]
    live.call("krita_docker.close_all")


def test_the_docker_fits_behind_tabs_and_follows_the_theme(live: DockedKrita, photo: Path) -> None:
    live.open_beside_the_docker(photo)
    live.eventually("krita_docker.quiet_preview")
    live.call("krita_geometry.open_edges")
    live.call("krita_geometry.put_behind_tabs")
    wrong = []
    for theme, seen in THEMES.items():
        live.call("krita_geometry.choose_theme", name=theme)
        live.eventually("krita_geometry.lightness", seen)
        live.eventually("krita_docker.idle_for", wait=0.5)
        lights = live.call("krita_geometry.lightness")
        wrong += [f"{theme}: a widget stays at {light}" for light in lights if not seen([light])]
        for faults in ("faults", "faint_buttons"):
            wrong += [f"{theme}: {fault}" for fault in live.call(f"krita_geometry.{faults}")]
    live.call("krita_docker.close_all")
    assert not wrong, "\n".join(wrong)


def test_the_docker_fits_at_any_size_in_any_language_and_direction(
    live: DockedKrita, photo: Path, editor_workspace: Path
) -> None:
    live.open_beside_the_docker(photo)
    without, with_it = live.call("krita_geometry.least_height")
    assert with_it - without <= TITLE_BAR
    live.eventually("krita_docker.quiet_preview")
    live.call("krita_geometry.open_edges")
    pictures = editor_workspace / "screenshots"
    pictures.mkdir(exist_ok=True)
    wrong = []
    for words in ("english", "longest"):
        if words == "longest":
            assert live.call("krita_geometry.speak_longest") > 10
        for right_to_left in (False, True):
            live.call("krita_geometry.turn", right_to_left=right_to_left)
            for floating in (True, False):
                for width, height in SIZES if floating else SIZES[:1]:
                    size = {"width": width, "height": height, "floating": floating}
                    live.call("krita_geometry.place", **size)
                    live.eventually("krita_docker.idle_for", wait=0.5)
                    name = f"{words}-{'rtl' if right_to_left else 'ltr'}-{width}x{height}"
                    name += "-floating" if floating else ""
                    live.screen.shoot(pictures / f"krita-docker-{name}.png")
                    real = live.call("krita_geometry.width")
                    if abs(real - width) > 2:
                        wrong.append(f"{name}: is {real} wide")
                    wrong += [f"{name}: {fault}" for fault in live.call("krita_geometry.faults")]
    live.call("krita_geometry.turn", right_to_left=False)
    live.call("krita_docker.close_all")
    assert not wrong, "\n".join(wrong)
