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
    live.press("Edges")
    yield live
    live.press("Reset")
    live.press("Edges")
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

    docker.set_control("Contrast", "0.9")
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
    docker.wait_until_idle()
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
    docker.press("Preview")
    inside = docker.preview(lambda alpha: alpha.any() and not alpha[:, middle:].any())
    assert inside[:, :middle].any()
    docker.check("Only inside the selection", False)
    docker.press("Preview")
    np.testing.assert_array_equal(docker.preview(lambda alpha: alpha[:, middle:].any()), found)
    docker.check("Only inside the selection", True)


def test_a_preview_that_cannot_be_had_says_why(
    docker: DockedKrita, engine: InstalledEngine
) -> None:
    docker.preview()
    docker.choose(NOT_HERE)
    docker.press("Preview")
    docker.eventually(
        "krita_docker.preview", lambda state: "Download the model" in state["message"]
    )
    docker.choose("u2netp")
    docker.press("Preview")
    docker.preview()


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
