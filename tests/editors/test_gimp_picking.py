"""Choosing the subject in GIMP's dialog: by clicks and boxes in the preview, and from a list."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import DIALOG, OpenPhoto, eventually, place_of
from tests.editors.pictures import read_png
from tests.editors.ramp_worker import RampWorker
from tests.two_subjects import Scene, before, cut_out, inmost, middle

pytestmark = pytest.mark.gimp

GREEN = (20, 150, 60)
"""What is behind the subjects: the only such colour in the dialog."""

HIGHLIGHT = (0x35, 0x84, 0xE4)
SHARE = 96 / 255
"""The colour that lies over the subject under the pointer, and how much of it."""

KEPT = (0x26, 0xA2, 0x69)
"""The colour of a click that keeps, which only such clicks have."""

MARK_PIXELS = 60
"""So many pixels of that colour a click has at least."""

STEPS = 5
SETTLE_SECONDS = 1.0

LIST_PIXELS = 2000
"""So many pixels of the screen a list covers at least."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    subjects = cut_out(tmp_path_factory.mktemp("home"))
    return before(Image.new("RGB", (8, 8), GREEN), subjects)


@pytest.fixture
def opened(gimp: Gimp, scene: Scene, editor_workspace: Path) -> Iterator[OpenPhoto]:
    path = editor_workspace / "two-subjects.png"
    Image.fromarray(scene[0]).save(path)
    photo = OpenPhoto(gimp, path)
    yield photo
    photo.close()


class Dialog:
    """The dialog's preview, in the picture's own pixels."""

    def __init__(self, opened: OpenPhoto, folder: Path, scene: Scene) -> None:
        self.screen = opened.gimp.screen
        opened.open_dialog()
        height, width = scene[0].shape[:2]
        corners: list[int] = []

        def seen() -> bool:
            green = abs(opened.dialog(folder) - GREEN).max(axis=2) <= 2
            rows, columns = np.flatnonzero(green.any(axis=1)), np.flatnonzero(green.any(axis=0))
            if len(rows):
                corners[:] = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
            return len(rows) > 0

        # The original is shown whatever was found.
        self.screen.keys("o")
        eventually(seen)
        left, top, right, bottom = corners
        self._scale = (right - left) / width
        assert abs((bottom - top) / height - self._scale) < 0.01
        self._corner = self._place(opened, folder, left, top)

    def _place(self, opened: OpenPhoto, folder: Path, left: int, top: int) -> tuple[int, int]:
        """Where on the screen a place of the dialog is, whatever its frame measures."""
        corner = opened.dialog(folder)[:60, :160]
        found = place_of(corner, self.seen(folder))
        assert found
        return found[0] + left, found[1] + top

    def seen(self, folder: Path) -> npt.NDArray[np.int64]:
        """What the whole screen shows, H×W×3 in 0..255, by way of a picture in a folder."""
        self.screen.shoot(folder / "screen.png")
        return np.asarray(Image.open(folder / "screen.png").convert("RGB")).astype(np.int64)

    def at(self, x: int, y: int) -> tuple[int, int]:
        """Where on the screen a pixel of the picture is."""
        left, top = self._corner
        return round(left + (x + 0.5) * self._scale), round(top + (y + 0.5) * self._scale)


def like(seen: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> bool:
    """Whether most of a picture is as it should be; a mark may lie over it."""
    return float((abs(seen - wanted).max(axis=2) < 8).mean()) > 0.6


def mask_of(opened: OpenPhoto, scene: Scene) -> npt.NDArray[np.uint8]:
    encoded = opened.gimp.call("gimp_documents.mask_bytes", layer=opened.layer, babl_format="Y u8")
    return np.frombuffer(bytes.fromhex(encoded), np.uint8).reshape(scene[0].shape[:2])


def test_a_click_keeps_one_subject_as_the_command_line_does(
    opened: OpenPhoto, scene: Scene, engine: InstalledEngine, editor_workspace: Path
) -> None:
    pixels = opened.layer_state()["pixels"]
    dialog = Dialog(opened, editor_workspace, scene)
    x, y = middle(scene[1]["coffee"])
    dialog.screen.click(*dialog.at(x, y))
    opened.confirm()
    assert opened.layer_state()["pixels"] == pixels
    target = editor_workspace / "picked.png"
    photo = editor_workspace / "two-subjects.png"
    engine.localmatte("cut", photo, "--mask", "--keep", f"{x},{y}", "--overwrite", "-o", target)
    found = mask_of(opened, scene)
    # The screen's pixels are coarser than the picture's, so the click can be a pixel off.
    np.testing.assert_allclose(found.astype(int), read_png(target)[..., 0], atol=8)
    assert (found[scene[1]["astronaut"]] > 127).mean() < 0.02
    assert (found[scene[1]["coffee"]] > 127).mean() > 0.9


def test_what_is_clicked_and_boxed_is_asked_for_and_can_be_taken_back(
    opened: OpenPhoto, scene: Scene, ramp_worker: RampWorker, editor_workspace: Path
) -> None:
    dialog = Dialog(opened, editor_workspace, scene)
    eventually(lambda: len(ramp_worker.requests) == 1)

    def asked(name: str) -> Any:
        return ramp_worker.requests[-1][0].get(name)

    def said() -> list[str]:
        return [name for name in ("keep", "remove", "box") if asked(name) is not None]

    dialog.screen.click(*dialog.at(200, 300))
    eventually(lambda: asked("keep") is not None)
    np.testing.assert_allclose(asked("keep"), [[200, 300]], atol=3)
    dialog.screen.hold("shift")
    dialog.screen.click(*dialog.at(700, 400))
    dialog.screen.let_go("shift")
    eventually(lambda: asked("remove") is not None)
    np.testing.assert_allclose(asked("remove"), [[700, 400]], atol=3)
    dialog.screen.drag(dialog.at(100, 100), dialog.at(500, 600))
    eventually(lambda: asked("box") is not None)
    np.testing.assert_allclose(asked("box"), [100, 100, 400, 500], atol=6)
    dialog.screen.shoot(editor_workspace / "gimp-picking.png")
    for left in (["keep", "remove"], ["keep"], []):
        dialog.screen.keys("BackSpace")
        eventually(lambda left=left: said() == left)  # type: ignore[misc]
    dialog.screen.keys("Escape")
    dialog.screen.wait_gone(DIALOG)


def test_a_subject_is_highlighted_under_the_pointer_and_chosen_from_a_list(
    opened: OpenPhoto, scene: Scene, editor_workspace: Path
) -> None:
    pixels = opened.layer_state()["pixels"]
    dialog = Dialog(opened, editor_workspace, scene)
    middles = {name: dialog.at(*inmost(mask)) for name, mask in scene[1].items()}

    def around(name: str, shot: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """What is seen of a subject beside the mark that a click in its middle leaves."""
        x, y = middles[name]
        return shot[y - 20 : y - 12, x - 20 : x + 20]

    def highlighted() -> set[str] | None:
        """Which subjects are; None while the picture is dimmed, or covered by a list."""
        shot = dialog.seen(editor_workspace)
        found = set()
        for name in middles:
            before, now = around(name, plain), around(name, shot)
            tinted = before + (np.array(HIGHLIGHT) - before) * SHARE
            if not like(now, before) and not like(now, tinted):
                return None
            if like(now, tinted):
                found.add(name)
        return found

    def marked() -> bool:
        seen = dialog.seen(editor_workspace)
        return int((seen == KEPT).all(axis=2).sum()) > MARK_PIXELS

    def list_is_open() -> bool:
        shot = dialog.seen(editor_workspace)
        return int((shot != plain).any(axis=2).sum()) > LIST_PIXELS

    def choose(subject: str) -> None:
        """Choose a subject in the list; a key can be lost while the list still opens."""
        dialog.screen.keys("alt+b")
        eventually(list_is_open)
        for _step in range(STEPS):
            dialog.screen.keys("Down")
            time.sleep(SETTLE_SECONDS)
            if highlighted() == {subject}:
                break
        assert highlighted() == {subject}
        dialog.screen.keys("Return")
        eventually(marked)

    beside = dialog.at(5, 5)
    dialog.screen.point(*beside)
    plain = dialog.seen(editor_workspace)
    for name, place in middles.items():
        dialog.screen.point(*place)
        eventually(lambda name=name: highlighted() == {name})  # type: ignore[misc]
    dialog.screen.point(*beside)
    eventually(lambda: highlighted() == set())
    dialog.screen.point(*middles["coffee"])
    eventually(lambda: highlighted() == {"coffee"})
    # Out of the preview, to where nothing is.
    dialog.screen.point(1, 1)
    eventually(lambda: highlighted() == set())
    plain = dialog.seen(editor_workspace)

    choose("coffee")
    opened.confirm()
    assert opened.layer_state()["pixels"] == pixels
    found = mask_of(opened, scene)
    assert (found[scene[1]["astronaut"]] > 127).mean() < 0.02
    assert (found[scene[1]["coffee"]] > 127).mean() > 0.9
