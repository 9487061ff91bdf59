"""Choosing the subject in Krita's docker: by clicks and boxes in the preview, and from a list."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.editors.docked_krita import DockedKrita
from tests.editors.engine import InstalledEngine
from tests.two_subjects import Scene, before, cut_out, inmost, middle

pytestmark = pytest.mark.krita

HIGHLIGHT = (0x35, 0x84, 0xE4)
SHARE = 96 / 255
"""The colour that lies over the subject under the mouse, and how much of it."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    subjects = cut_out(tmp_path_factory.mktemp("home"))
    return before(Image.new("RGB", (8, 8), (20, 150, 60)), subjects)


@pytest.fixture
def photo_of_two(scene: Scene, editor_workspace: Path) -> Path:
    path = editor_workspace / "two-subjects.png"
    Image.fromarray(scene[0]).save(path)
    return path


@pytest.fixture
def docker(live: DockedKrita, photo_of_two: Path) -> Iterator[DockedKrita]:
    """The docker beside a picture of two subjects."""
    live.open_beside_the_docker(photo_of_two)
    live.choose("u2netp")
    yield live
    live.eventually("krita_docker.quiet")
    # Krita 5.2 can crash where a picture is closed right after a change.
    time.sleep(0.5)
    live.call("krita_docker.close_all")


def meant(docker: DockedKrita, *named: str) -> dict[str, Any]:
    """What was said, once it holds what is named and nothing else."""
    found: dict[str, Any] = docker.eventually(
        "krita_docker.meant", lambda said: set(said) == set(named)
    )
    return found


def test_a_click_keeps_one_subject_as_the_command_line_does(
    docker: DockedKrita,
    scene: Scene,
    engine: InstalledEngine,
    photo_of_two: Path,
    editor_workspace: Path,
) -> None:
    docker.preview()
    asking = docker.call("krita_docker.asking")
    x, y = middle(scene[1]["coffee"])
    docker.screen.click(*docker.call("krita_docker.layer_at", x=x + 0.5, y=y + 0.5))
    docker.eventually("krita_docker.meant", lambda said: "keep" in said)
    docker.preview(lambda alpha: not alpha[:, : alpha.shape[1] // 3].any())
    assert set(docker.call("krita_docker.asking")) <= set(asking), "connected anew"
    docker.press("Run")
    found = docker.mask()
    docker.wait_until_idle()
    target = editor_workspace / "picked.png"
    engine.localmatte(
        "cut", photo_of_two, "--mask", "--keep", f"{x},{y}", "--overwrite", "-o", target
    )
    np.testing.assert_array_equal(found, np.asarray(Image.open(target)))
    assert (found[scene[1]["astronaut"]] > 127).mean() < 0.02
    assert (found[scene[1]["coffee"]] > 127).mean() > 0.9


def test_clicks_and_boxes_are_taken_back_and_belong_to_one_picture(
    docker: DockedKrita, photo: Path, editor_workspace: Path
) -> None:
    docker.preview()

    def at(x: int, y: int) -> tuple[int, int]:
        place: tuple[int, int] = tuple(docker.call("krita_docker.layer_at", x=x, y=y))
        return place

    docker.screen.click(*at(200, 300))
    np.testing.assert_allclose(meant(docker, "keep")["keep"], [[200, 300]], atol=4)
    docker.screen.hold("shift")
    docker.screen.click(*at(700, 400))
    docker.screen.let_go("shift")
    np.testing.assert_allclose(meant(docker, "keep", "remove")["remove"], [[700, 400]], atol=4)
    docker.screen.drag(at(100, 100), at(500, 600))
    said = meant(docker, "keep", "remove", "box")
    np.testing.assert_allclose(said["box"], [100, 100, 400, 500], atol=10)
    docker.preview()
    docker.screen.shoot(editor_workspace / "krita-picking.png")
    for left in (["keep", "remove"], ["keep"]):
        docker.screen.keys("BackSpace")
        meant(docker, *left)
    docker.call("krita_docker.open_photo", path=str(photo))
    docker.eventually("krita_docker.meant", lambda said: said == {})


def test_a_subject_is_highlighted_under_the_mouse_and_chosen_from_a_list(
    docker: DockedKrita, scene: Scene
) -> None:
    docker.preview()
    docker.wait_for(lambda state: "Choose Subject" in state["offers"])
    # Over the lower part of the preview lies what is said of the result.
    upper = np.arange(scene[0].shape[0])[:, None] < 380
    places = {
        name: dict(zip("xy", inmost(mask & upper), strict=True)) for name, mask in scene[1].items()
    }

    def point(name: str) -> None:
        docker.screen.point(*docker.call("krita_docker.layer_at", **places[name]))

    def is_drawn(name: str, colour: Any) -> None:
        docker.eventually(
            "krita_docker.drawn_of_layer",
            lambda seen: bool(abs(np.subtract(seen, colour)).max() < 8),
            **places[name],
        )

    docker.screen.point(1, 1)
    plain = {
        name: np.array(docker.call("krita_docker.drawn_of_layer", **places[name]))
        for name in places
    }
    tinted = {name: seen + (np.array(HIGHLIGHT) - seen) * SHARE for name, seen in plain.items()}
    for name, other in (("astronaut", "coffee"), ("coffee", "astronaut")):
        point(name)
        is_drawn(name, tinted[name])
        is_drawn(other, plain[other])
    docker.screen.point(1, 1)
    is_drawn("coffee", plain["coffee"])

    def choose(*keys: str) -> None:
        docker.press("Choose Subject")
        docker.eventually("krita_docker.subjects_are_listed")
        docker.screen.keys(*keys)

    # The astronaut is the larger one.
    choose("Down")
    is_drawn("astronaut", tinted["astronaut"])
    docker.screen.keys("Return")
    ((x, y),) = docker.eventually("krita_docker.meant", lambda said: "keep" in said)["keep"]
    assert scene[1]["astronaut"][y, x]
    docker.preview(lambda alpha: not alpha[:, -alpha.shape[1] // 3 :].any())
    choose("Up", "Return")
    docker.eventually("krita_docker.meant", lambda said: said == {})
    docker.preview()
