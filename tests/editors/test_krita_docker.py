"""The docker's place in the window, and what of it outlives Krita."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from localmatte_bridge.presets import Presets
from tests.editors.docked_krita import DockedKrita, running
from tests.editors.engine import InstalledEngine
from tests.editors.krita_host import Krita
from tests.editors.screen import Screen

pytestmark = pytest.mark.krita

DOCKER = "localmatte_docker"
NAME_DIALOG = "Save Preset"
CHOSEN = ["modnet", "selection", "add"]
DEFAULTS = ["u2netp", "mask", "replace"]
BOXES = ["Refine edges", "Only inside the selection"]


def test_the_choices_outlive_krita(docked: Krita, engine: InstalledEngine, photo: Path) -> None:
    engine.end_worker()
    with running(docked) as first:
        first.open_beside_the_docker(photo)
        for choice in CHOSEN:
            first.choose(choice)
        for box in BOXES:
            first.check(box, False)
        first.quit()
    with running(docked) as second:
        second.open_beside_the_docker(photo)
        assert [second.state["chosen"], *second.state["choices"]] == CHOSEN
        for box in BOXES:
            assert not second.call("krita_docker.checked", text=box)
            second.check(box, True)
        for choice in DEFAULTS:
            second.choose(choice)
        second.quit()


def test_the_edges_outlive_krita(docked: Krita, engine: InstalledEngine, photo: Path) -> None:
    with running(docked) as first:
        first.open_beside_the_docker(photo)
        first.press("Edges")
        found = first.preview()
        first.set_control("Shift edge", "8")
        grown = first.preview(lambda alpha: alpha.sum() > found.sum() * 1.02)
        first.quit()
    with running(docked) as second:
        second.open_beside_the_docker(photo)
        second.press("Edges")
        np.testing.assert_array_equal(second.preview(), grown)
        second.press("Reset")
        second.quit()


def save_preset(live: DockedKrita, name: str) -> None:
    """Press + and give the edges a name."""
    live.press("+")
    live.screen.focus(live.screen.wait_for(NAME_DIALOG))
    live.screen.text(name)
    live.screen.keys("Return")
    live.screen.wait_gone(NAME_DIALOG)


def test_presets_are_shared_with_gimp_whatever_happens_to_their_file(
    docked: Krita, engine: InstalledEngine, photo: Path
) -> None:
    file = engine.home / "presets.json"
    presets = Presets(str(file))
    presets.save("skin", {"feather": 2.5, "contrast": 0.0})
    with running(docked) as live:
        live.call("krita_docker.keep_preset_as_before", name="skin", edges={"shift": 2.0})
        live.open_beside_the_docker(photo)
        live.press("Edges")
        live.click("krita_docker.choice_list", key="skin")
        live.screen.click(*live.eventually("krita_docker.choice_row", key="skin"))
        live.eventually("krita_docker.value", lambda value: value == 2.5, label="Feather")
        assert presets.names() == ["skin", "skin 2"]

        save_preset(live, "hair")
        live.eventually("krita_docker.preset", "hair".__eq__)
        assert presets.values("hair") == presets.values("skin")
        live.press("−")
        live.eventually("krita_docker.preset", "skin".__eq__)
        assert presets.names() == ["skin", "skin 2"]

        live.click("krita_docker.choice_list", key="skin 2")
        row = live.eventually("krita_docker.choice_row", key="skin 2")
        presets.remove("skin 2")
        live.screen.click(*row)
        gone = "The preset “skin 2” was deleted in the meantime."
        live.eventually("krita_docker.message", lambda said: said.startswith(gone))
        live.press("OK")

        file.write_text("damaged")
        save_preset(live, "hair")
        unread = f"Cannot read the presets in {file}."
        live.eventually("krita_docker.message", lambda said: said.startswith(unread))
        live.press("OK")
        assert file.read_text() == "damaged"
        live.press("Reset")
        live.wait_for(lambda state: any(text.startswith(unread) for text in state["texts"]))
        live.quit()
    file.unlink()


def test_the_docker_takes_no_room_until_it_is_asked_for(
    engine: InstalledEngine, suite: str, editor_workspace: Path, photo: Path
) -> None:
    """Neither where Krita starts for the first time nor where its layout is kept already."""
    screen = Screen(engine.machine)
    krita = Krita(engine, screen, suite, editor_workspace / "krita-layout")
    settings = krita.folder / ".config" / "kritarc"
    fresh = settings.read_text()
    for content in (fresh.replace("enable_localmatte=true", "enable_localmatte=false"), fresh):
        settings.write_text(content)
        with running(krita) as live:
            live.call("krita_docker.open_photo", path=str(photo))
            live.eventually("krita_docker.visible_dockers", lambda seen: "KisLayerBox" in seen)
            assert DOCKER not in live.call("krita_docker.visible_dockers")
            live.quit()
        fresh = settings.read_text().replace("enable_localmatte=false", "enable_localmatte=true")
    screen.close()


def test_the_menu_shows_the_right_part_of_the_docker_also_without_a_picture(
    docked: Krita, engine: InstalledEngine
) -> None:
    with running(docked) as live:
        live.call("krita_docker.hide_docker")
        live.eventually("krita_docker.visible_dockers", lambda seen: DOCKER not in seen)
        live.call("krita_docker.models_in_the_menu")
        live.eventually("krita_docker.visible_dockers", lambda seen: DOCKER in seen)
        live.wait_for(lambda state: state["chosen"])
        live.eventually("krita_docker.part_with_the_keyboard", "localmatte_models".__eq__)
        live.call("krita_docker.settings_in_the_menu")
        live.eventually("krita_docker.part_with_the_keyboard", "localmatte_settings".__eq__)
        live.call("krita_docker.models_in_the_menu")
        live.eventually("krita_docker.part_with_the_keyboard", "localmatte_models".__eq__)
        live.quit()


def test_the_docker_fits_at_twice_the_scale(
    docked: Krita, engine: InstalledEngine, photo: Path
) -> None:
    """A screen of 1280 × 800 has room for 640 × 400 logical pixels then."""
    wrong = []
    with running(docked, QT_SCALE_FACTOR="2") as live:
        live.open_beside_the_docker(photo)
        live.eventually("krita_docker.quiet_preview")
        live.call("krita_geometry.open_edges")
        for width, height in ((180, 300), (262, 150)):
            live.call("krita_geometry.place", width=width, height=height, floating=True)
            live.eventually("krita_docker.idle_for", wait=0.5)
            found = live.call("krita_geometry.faults")
            wrong += [f"{width} × {height}: {fault}" for fault in found]
        live.call("krita_docker.dock")
        live.quit()
    assert not wrong, "\n".join(wrong)
