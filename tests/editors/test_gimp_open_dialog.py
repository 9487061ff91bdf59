"""What the dialog shows is what OK does, whatever becomes of the document or of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import DIALOG, MENU, OpenPhoto, eventually
from tests.editors.ramp_worker import RampWorker
from tests.editors.screen import Screen

pytestmark = pytest.mark.gimp

SELECTED = {"x": 50, "y": 40, "width": 300, "height": 200}
GONE = "The layer or its image no longer exists.\nSelect a layer and run the command again."
DESKTOPS = {"1024x600": 1, "1920x1080": 2, "1366x768": 1}
"""Screens' sizes in pixels, and how many of them GTK takes for one."""


def test_a_selection_that_is_made_while_it_is_open_limits_the_preview_and_the_mask(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    gimp = open_photo.gimp
    dialog = open_photo.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    assert ramp_worker.requests[0][0]["selection"] is None
    gimp.call("gimp_kinds.select", image=open_photo.image, **SELECTED)
    box = list(SELECTED.values())
    eventually(lambda: ramp_worker.requests[-1][0]["selection"] == box)
    gimp.screen.focus(dialog)
    # The control can be used now.
    gimp.screen.keys("alt+i")
    eventually(lambda: ramp_worker.requests[-1][0]["selection"] is None)
    gimp.screen.keys("alt+i")
    eventually(lambda: ramp_worker.requests[-1][0]["selection"] == box)
    open_photo.confirm()
    values = gimp.call("gimp_documents.mask_bytes", layer=open_photo.layer, babl_format="Y u8")
    mask = np.frombuffer(bytes.fromhex(values), np.uint8).reshape(512, 512)
    assert mask[40:240, 50:350].any()
    mask = mask.copy()
    mask[40:240, 50:350] = 0
    assert not mask.any()


def test_pixels_that_change_while_it_is_open_are_looked_at_again(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    gimp = open_photo.gimp
    open_photo.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    gimp.call("gimp_kinds.flip", layer=open_photo.layer)
    eventually(lambda: len(ramp_worker.requests) == 2)
    assert ramp_worker.requests[0][1] != ramp_worker.requests[1][1]
    gimp.screen.focus(gimp.screen.wait_for(DIALOG))
    open_photo.confirm()


@pytest.mark.parametrize("what", ["the image", "the layer"])
def test_ok_for_what_is_not_there_any_more_gives_one_sentence(
    open_photo: OpenPhoto, ramp_worker: RampWorker, what: str
) -> None:
    gimp = open_photo.gimp
    dialog = open_photo.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    with gimp.messages_in_the_log() as log:
        if what == "the image":
            other = gimp.call("gimp_kinds.make", layer_type="rgb-image")[0]
            display = gimp.call("gimp_documents.show", image=other)
            gimp.call("gimp_documents.close", display=open_photo.display)
            open_photo.display = display
        else:
            gimp.call("gimp_kinds.remove", layer=open_photo.layer)
        gimp.screen.focus(dialog)
        gimp.screen.keys("alt+o")
        gimp.screen.wait_gone(DIALOG)
        open_photo.wait_for_the_end()
        eventually(lambda: GONE in log())
    assert log().count("Error:") == 1, log()
    assert "invalid" not in log()
    assert len(ramp_worker.requests) == 1


def test_the_photo_is_shown_before_anything_is_found(
    open_photo: OpenPhoto, ramp_worker: RampWorker, editor_workspace: Path
) -> None:
    ramp_worker.gate.clear()
    open_photo.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    eventually(lambda: open_photo.previews(editor_workspace))
    ramp_worker.gate.set()
    open_photo.gimp.screen.keys("Escape")
    open_photo.gimp.screen.wait_gone(DIALOG)


def test_where_nothing_is_found_no_picture_is_shown(
    open_photo: OpenPhoto, ramp_worker: RampWorker, editor_workspace: Path
) -> None:
    ramp_worker.level = 60
    open_photo.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    eventually(lambda: not open_photo.previews(editor_workspace))
    ramp_worker.level = None
    open_photo.gimp.screen.keys("alt+e")
    eventually(lambda: open_photo.previews(editor_workspace))
    open_photo.gimp.screen.keys("alt+e", "Escape")
    open_photo.gimp.screen.wait_gone(DIALOG)


def test_an_answer_that_makes_no_sense_is_told_and_the_preview_goes_on(
    open_photo: OpenPhoto, ramp_worker: RampWorker, editor_workspace: Path
) -> None:
    open_photo.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    ramp_worker.nonsense = True
    open_photo.gimp.screen.keys("alt+e")
    eventually(lambda: not open_photo.previews(editor_workspace))
    ramp_worker.nonsense = False
    open_photo.gimp.screen.keys("alt+e")
    eventually(lambda: open_photo.previews(editor_workspace))
    open_photo.confirm()


def test_the_preview_grows_with_the_window(
    open_photo: OpenPhoto, ramp_worker: RampWorker, editor_workspace: Path
) -> None:
    screen = open_photo.gimp.screen
    dialog = open_photo.open_dialog()
    eventually(lambda: open_photo.previews(editor_workspace))
    small = coloured(open_photo, editor_workspace)
    screen.place(dialog, 0, 0, 1270, 770)
    eventually(lambda: coloured(open_photo, editor_workspace) > 1.3 * small)
    screen.place(dialog, 0, 0, 400, 400)
    eventually(lambda: coloured(open_photo, editor_workspace) < 0.7 * small)
    screen.focus(dialog)
    screen.keys("Escape")
    screen.wait_gone(DIALOG)


def coloured(opened: OpenPhoto, folder: Path) -> int:
    """How many pixels of the dialog have a colour."""
    return int((np.ptp(opened.dialog(folder), axis=2) > 30).sum())


def test_remove_background_comes_first_in_the_menu(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    screen = open_photo.gimp.screen
    screen.focus(open_photo.window)
    screen.keys(*MENU, "Home", "Return")
    screen.wait_for(DIALOG)
    screen.keys("Escape")
    screen.wait_gone(DIALOG)


def test_no_help_is_offered_that_does_not_exist(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    screen = open_photo.gimp.screen
    open_photo.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    before = screen.windows()
    # A help button would answer to this, and its key would not reach the control after it.
    screen.keys("alt+h", "alt+e")
    eventually(lambda: ramp_worker.requests[-1][0]["refine"] is False)
    assert screen.windows() == before
    screen.keys("alt+e", "Escape")
    screen.wait_gone(DIALOG)


@pytest.fixture(params=DESKTOPS)
def desktop(engine: InstalledEngine, request: pytest.FixtureRequest) -> Iterator[Gimp]:
    """A GIMP on a screen of its own."""
    screen = Screen(engine.machine, request.param)
    screen.env["GDK_SCALE"] = str(DESKTOPS[request.param])
    gimp = Gimp(engine, screen)
    yield gimp
    gimp.close()
    screen.close()


def test_every_button_is_on_the_screen(
    desktop: Gimp, ramp_worker: RampWorker, photo: Path, request: pytest.FixtureRequest
) -> None:
    width, height = map(int, request.node.callspec.params["desktop"].split("x"))
    opened = OpenPhoto(desktop, photo)
    dialog = opened.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    _x, y, across, down = desktop.screen.geometry(dialog)
    assert across <= width
    assert y + down <= height
    desktop.screen.keys("alt+o")
    opened.wait_for_the_end()
    assert opened.layer_state()["mask"] is not None
