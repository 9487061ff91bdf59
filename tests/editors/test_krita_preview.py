"""The edges in Krita's docker: controls, the live preview, and the mask that comes of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests.editors.docked_krita import DockedKrita
from tests.editors.engine import InstalledEngine
from tests.editors.trace import traced

pytestmark = pytest.mark.krita

NOT_HERE = "modnet"
NOTE_SECONDS = 5
"""Until the note over the canvas is gone."""

SETTLE_SECONDS = 1.0
"""Until what the mouse did has come to the window."""

Plane = npt.NDArray[np.uint8]


@pytest.fixture
def docker(live: DockedKrita, photo: Path) -> Iterator[DockedKrita]:
    """The docker beside a photo, with the edges open."""
    live.open_beside_the_docker(photo)
    live.choose("u2netp")
    live.check("Edges", True)
    yield live
    live.press("Reset")
    live.check("Edges", False)
    live.eventually("krita_docker.quiet")
    # Krita 5.2 can crash where a picture is closed right after a change.
    time.sleep(0.5)
    live.call("krita_docker.close_all")


def softness(alpha: Plane) -> int:
    """How many pixels are neither shown nor hidden."""
    return int(((alpha > 0) & (alpha < 255)).sum())


def test_the_preview_is_the_matte_and_follows_the_controls_to_the_mask(
    docker: DockedKrita, engine: InstalledEngine, photo: Path, editor_workspace: Path
) -> None:
    """The photo is small enough for the preview to have its size."""
    mask = photo.with_name("preview-mask.png")
    engine.localmatte("cut", photo, "--mask", "-o", mask, "--overwrite")
    found = docker.preview()
    np.testing.assert_array_equal(found, np.asarray(Image.open(mask)))

    # Without contrast there is nothing that a threshold separates.
    assert not docker.call("krita_docker.usable", label="Threshold")
    docker.set_control("Contrast", "0.9")
    docker.eventually("krita_docker.usable", label="Threshold")
    hard = docker.preview(lambda alpha: softness(alpha) < softness(found) / 2)
    docker.press("Run")
    np.testing.assert_array_equal(docker.mask(), hard)
    docker.wait_for(lambda state: "Run" in state["offers"])
    time.sleep(NOTE_SECONDS)
    pictures = editor_workspace / "screenshots"
    pictures.mkdir(exist_ok=True)
    docker.screen.shoot(pictures / "krita-docker.png")

    docker.press("Reset")
    np.testing.assert_array_equal(docker.preview(lambda a: softness(a) > softness(hard)), found)


def test_the_preview_comes_back_after_the_worker_has_ended(
    docker: DockedKrita, engine: InstalledEngine
) -> None:
    found = docker.preview()
    engine.end_worker()
    docker.set_control("Feather", "6")
    soft = docker.preview(lambda alpha: softness(alpha) > softness(found))
    assert soft.shape == found.shape


def test_a_removal_connects_to_the_engine_and_to_no_other_computer(
    docker: DockedKrita, engine: InstalledEngine
) -> None:
    found = docker.preview()
    engine.end_worker()
    with traced(docker.krita.folder) as seen:
        docker.press("Run")
        assert docker.mask().shape == found.shape
    docker.wait_for(lambda state: "Run" in state["offers"])
    assert seen.reaching_out() == []
    assert "worker.sock" in seen.connected_to()
    assert seen.interfaces == {"lo"}


def test_the_preview_stays_inside_the_selection_where_the_cut_out_does(
    docker: DockedKrita,
) -> None:
    found = docker.preview()
    height, width = found.shape
    middle = width // 2
    assert found[:, :middle].any()
    assert found[:, middle:].any()
    docker.call("krita_docker.select", rect=[0, 0, middle, height])
    inside = docker.preview(lambda alpha: alpha.any() and not alpha[:, middle:].any())
    assert inside[:, :middle].any()
    docker.check("Only inside the selection", False)
    np.testing.assert_array_equal(docker.preview(lambda alpha: alpha[:, middle:].any()), found)
    docker.check("Only inside the selection", True)


def test_a_preview_that_cannot_be_had_says_why(
    docker: DockedKrita, engine: InstalledEngine
) -> None:
    docker.preview()
    docker.choose(NOT_HERE)
    docker.eventually(
        "krita_docker.preview", lambda state: "Download the model" in state["message"]
    )
    docker.choose("u2netp")
    docker.preview()


VIEWS = {
    "B": ("black", [0, 0, 0]),
    "W": ("white", [255, 255, 255]),
    "M": ("matte", [0, 0, 0]),
    "C": ("colour", [0, 177, 64]),
}
CORNER = 0.02
"""A place of the preview that shows the photo's background, as a share of its height."""


def test_keys_choose_how_the_result_is_seen_and_give_the_original_while_held(
    docker: DockedKrita,
) -> None:
    docker.preview()
    docker.screen.click(*docker.call("krita_docker.preview_at", x=0.5, y=0.5))
    docker.eventually("krita_docker.meant")
    docker.preview()
    for key, (name, colour) in VIEWS.items():
        docker.screen.keys(key.lower())
        docker.eventually("krita_docker.view", name.__eq__)
        assert docker.call("krita_docker.drawn", x=0.4, y=CORNER) == colour
    assert not docker.call("krita_docker.erases")
    docker.screen.hold("o")
    docker.eventually("krita_docker.view", "original".__eq__)
    time.sleep(SETTLE_SECONDS)
    docker.screen.let_go("o")
    docker.eventually("krita_docker.view", "colour".__eq__)
    docker.screen.keys("o")
    docker.eventually("krita_docker.view", "original".__eq__)
    docker.screen.keys("t", "Escape")
    docker.eventually("krita_docker.view", "transparency".__eq__)


def test_what_is_looked_at_closely_is_the_mask_of_a_run(
    docker: DockedKrita, engine: InstalledEngine, photo: Path
) -> None:
    large, mask = photo.with_name("twice.png"), photo.with_name("twice-mask.png")
    Image.open(photo).resize((1300, 1100)).save(large, compress_level=1)
    engine.localmatte("cut", large, "--mask", "-o", mask, "--overwrite")
    wanted = np.asarray(Image.open(mask)).astype(int)
    docker.call("krita_docker.close_all")
    docker.open_beside_the_docker(large)
    docker.preview()
    docker.press("1:1")
    (x, y, width, height), found = docker.close_up()
    assert docker.call("krita_docker.viewport")["scale"] == 1
    assert abs(found - wanted[y : y + height, x : x + width]).max() <= 1

    middle = docker.call("krita_docker.preview_at", x=0.5, y=0.5)
    before = docker.call("krita_docker.viewport")["seen"]
    docker.screen.drag(middle, (middle[0] + 60, middle[1] + 30))
    after = docker.eventually(
        "krita_docker.viewport", lambda view: view["seen"][0] == before[0] - 60
    )["seen"]
    assert after[1] == before[1] - 30
    docker.set_control("Contrast", "1")
    docker.close_up(lambda alpha: alpha.any() and softness(alpha) == 0)
    docker.press("Fit")
    docker.eventually("krita_docker.viewport", lambda view: view["zoom"] == 0)


def test_the_wheel_zooms_where_the_preview_has_the_keyboard(docker: DockedKrita) -> None:
    docker.preview()
    middle = docker.call("krita_docker.preview_at", x=0.5, y=0.5)
    docker.screen.click(*docker.call("krita_docker.choice_list", key="replace"))
    docker.screen.keys("Escape")
    docker.screen.wheel_up(*middle)
    time.sleep(SETTLE_SECONDS)
    assert docker.call("krita_docker.viewport")["zoom"] == 0
    docker.screen.click(*middle)
    docker.screen.wheel_up(*middle)
    docker.eventually("krita_docker.viewport", lambda view: view["zoom"] > 0)
    docker.screen.keys("0")
    docker.eventually("krita_docker.viewport", lambda view: view["zoom"] == 0)
    docker.screen.keys("1", "Escape")
    docker.eventually("krita_docker.viewport", lambda view: view["scale"] == 1)
    docker.press("Fit")


def test_the_preview_grows_with_the_docker(docker: DockedKrita) -> None:
    docker.preview()
    try:
        docker.call("krita_docker.float_at", height=1)
        docker.eventually("krita_docker.preview_size", lambda size: size[1] < 100)
        docker.call("krita_docker.float_at", height=700)
        docker.eventually("krita_docker.preview_size", lambda size: size[1] > 200)
    finally:
        docker.call("krita_docker.dock")


def test_nothing_found_is_said_in_the_place_of_the_result(docker: DockedKrita, photo: Path) -> None:
    plain = photo.with_name("plain.png")
    Image.new("RGB", (400, 300), (120, 130, 140)).save(plain)
    docker.call("krita_docker.close_all")
    docker.open_beside_the_docker(plain)
    docker.eventually("krita_docker.preview", lambda state: state["message"] and not state["busy"])
    said = docker.call("krita_docker.preview")
    assert "subject" in said["message"] or "clearly visible" in said["message"]
    assert said["picture"]


def test_the_wheel_changes_only_the_list_that_has_the_keyboard(docker: DockedKrita) -> None:
    at = docker.call("krita_docker.choice_list", key="replace")
    docker.screen.wheel(*at)
    docker.screen.wheel(*docker.call("krita_docker.slider", label="Feather"))
    docker.screen.wheel(*docker.call("krita_docker.number", label="Feather"))
    time.sleep(SETTLE_SECONDS)
    assert "replace" in docker.state["choices"]
    assert docker.call("krita_docker.value", label="Feather") == 0
    docker.screen.click(*docker.call("krita_docker.choice_list", key="replace"))
    docker.screen.keys("Escape")
    docker.eventually("krita_docker.has_keyboard", key="replace")
    docker.screen.wheel(*docker.call("krita_docker.choice_list", key="replace"))
    docker.wait_for(lambda state: "replace" not in state["choices"])
    docker.choose("replace")


def test_a_confirmed_number_gives_the_keys_back_to_the_tools(docker: DockedKrita) -> None:
    assert not docker.call("krita_docker.erases")
    docker.set_control("Feather", "2")
    docker.eventually("krita_docker.value", label="Feather")
    docker.screen.keys("e")
    docker.eventually("krita_docker.erases")
    docker.screen.keys("e")
    docker.eventually("krita_docker.erases", lambda erases: not erases)
