"""GIMP as a person uses it: the menu, the dialog, undo, the brush, a message."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from localmatte_bridge import BridgeError
from tests.editors.conftest import LARGE_BYTES
from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import DIALOG, MENU, OpenPhoto, board, eventually
from tests.editors.ramp_worker import MODELS, REFINER, RampWorker

pytestmark = pytest.mark.gimp

ASIDE = (720, 783)
"""A place in the window without a tooltip."""


def test_from_the_menu_to_the_mask_to_the_brush(
    open_photo: OpenPhoto, engine: InstalledEngine, editor_workspace: Path
) -> None:
    screen = open_photo.gimp.screen
    pictures = editor_workspace / "screenshots"
    pictures.mkdir(exist_ok=True)
    before = open_photo.state()

    screen.keys(*MENU)
    time.sleep(1)
    screen.shoot(pictures / "gimp-menu.png")
    screen.keys("Escape", "Escape", "Escape")
    dialog = open_photo.open_dialog()
    screen.point(*ASIDE)
    eventually(lambda: board(open_photo, editor_workspace) > 1000)
    screen.shoot(pictures / "gimp-dialog.png")
    screen.focus(dialog)
    open_photo.confirm()
    cut = open_photo.state()
    assert cut["layers"][0]["edits_mask"]
    assert cut["layers"][0]["pixels"] == before["layers"][0]["pixels"]
    assert cut["selection"] == before["selection"]
    screen.point(*ASIDE)
    time.sleep(1)
    screen.shoot(pictures / "gimp-result.png")

    screen.focus(open_photo.window)
    screen.keys("ctrl+z")
    eventually(lambda: open_photo.state() == before)
    screen.keys("ctrl+y")
    eventually(lambda: open_photo.state() == cut)

    screen.keys("p", "d")
    screen.drag((520, 400), (620, 500))
    eventually(lambda: open_photo.layer_state()["mask"] != cut["layers"][0]["mask"])
    assert open_photo.layer_state()["pixels"] == before["layers"][0]["pixels"]
    screen.keys("ctrl+z")
    eventually(lambda: open_photo.state() == cut)
    screen.keys("ctrl+z")
    eventually(lambda: open_photo.state() == before)


def test_the_dialogs_choices_reach_the_engine(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    screen = open_photo.gimp.screen
    open_photo.open_dialog()
    screen.keys("alt+e")
    open_photo.confirm()
    assert ramp_worker.requests[-1][0]["refine"] is False
    # GIMP keeps what was chosen for the next time; two entries use it without asking.
    for keys in (["ctrl+f"], [*MENU, "l"]):
        ramp_worker.requests.clear()
        screen.focus(open_photo.window)
        screen.keys(*keys)
        eventually(lambda: len(ramp_worker.requests) == 1)
        open_photo.wait_for_the_end()
        assert ramp_worker.requests[0][0]["refine"] is False
    open_photo.open_dialog()
    screen.keys("alt+e")
    open_photo.confirm()
    assert ramp_worker.requests[-1][0]["refine"] is True


def test_best_edges_need_their_model_and_are_asked_for(
    open_photo: OpenPhoto, engine: InstalledEngine
) -> None:
    screen = open_photo.gimp.screen
    engine.end_worker()
    refiner = dict(REFINER)
    worker = RampWorker(engine.home, [MODELS[0], refiner])
    open_photo.open_dialog()
    eventually(lambda: len(worker.requests) == 1)
    screen.keys("alt+g")
    eventually(lambda: worker.requests[-1][0]["best_edges"] is True)
    # OK does nothing, and this worker downloads nothing.
    screen.keys("alt+o", "alt+w")
    screen.wait_for("Download Failed")
    refiner["present"] = True
    screen.keys("Return")
    screen.wait_gone("Download Failed")
    screen.focus(screen.wait_for(DIALOG))
    open_photo.confirm()
    assert worker.requests[-1][0]["best_edges"] is True
    open_photo.open_dialog()
    eventually(lambda: worker.requests[-1][0]["best_edges"] is True)
    screen.keys("alt+g")
    eventually(lambda: worker.requests[-1][0]["best_edges"] is False)
    open_photo.confirm()
    worker.close()


def test_one_undo_brings_an_old_mask_back(open_photo: OpenPhoto, ramp_worker: RampWorker) -> None:
    gimp = open_photo.gimp
    gimp.call("gimp_kinds.add_mask", layer=open_photo.layer)
    before = open_photo.layer_state()
    gimp.call("gimp_commands.remove_background", layer=open_photo.layer)
    assert open_photo.layer_state()["mask"] != before["mask"]
    gimp.screen.focus(open_photo.window)
    gimp.screen.keys("ctrl+z")
    eventually(lambda: open_photo.layer_state()["mask"] == before["mask"])


def test_the_dialog_asks_what_becomes_of_a_mask_that_is_there(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    gimp = open_photo.gimp
    gimp.call("gimp_kinds.add_mask", layer=open_photo.layer)
    before = open_photo.layer_state()
    open_photo.open_dialog()
    gimp.screen.keys("alt+x", "Down", "alt+o")
    # What black and the matte have in common is black, so nothing would be left.
    gimp.screen.wait_for("Nothing Left")
    gimp.screen.keys("alt+a")
    open_photo.wait_for_the_end()
    after = open_photo.layer_state()
    assert after["mask"] == before["mask"]
    assert after["applies_mask"]
    gimp.screen.focus(open_photo.window)
    gimp.screen.keys("ctrl+z")
    eventually(lambda: open_photo.layer_state() == before)
    # GIMP keeps the choice; the other tests expect the first one.
    open_photo.open_dialog()
    gimp.screen.keys("alt+x", "Home", "alt+o")
    open_photo.wait_for_the_end()
    assert open_photo.layer_state()["mask"] != before["mask"]


def test_the_dialog_asks_what_is_made_and_whether_the_selection_limits_it(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    gimp = open_photo.gimp
    gimp.call("gimp_kinds.select", image=open_photo.image, x=50, y=40, width=300, height=200)
    before = open_photo.state()
    open_photo.open_dialog()
    gimp.screen.keys("alt+u", "Down", "alt+i", "alt+o")
    open_photo.wait_for_the_end()
    assert ramp_worker.requests[-1][0]["selection"] is None
    assert [layer["name"] for layer in open_photo.state()["layers"]] == [
        "Background cut out",
        "Background",
    ]
    gimp.screen.focus(open_photo.window)
    gimp.screen.keys("ctrl+z")
    eventually(lambda: open_photo.state() == before)
    # GIMP keeps the choices; the other tests expect the first ones.
    open_photo.open_dialog()
    gimp.screen.keys("alt+u", "Home", "alt+i", "alt+o")
    open_photo.wait_for_the_end()
    assert ramp_worker.requests[-1][0]["selection"] == [50, 40, 300, 200]
    assert open_photo.state()["selection"] == before["selection"]


def test_all_selected_layers_are_cut_in_one_undo_step(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    gimp = open_photo.gimp
    gimp.call("gimp_kinds.add_copy", layer=open_photo.layer)
    before = open_photo.state()
    gimp.screen.focus(open_photo.window)
    open_photo.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    gimp.screen.keys("alt+o")
    open_photo.wait_for_the_end()
    after = open_photo.state()
    assert len(ramp_worker.requests) == 1 + 2
    for old, new in zip(before["layers"], after["layers"], strict=True):
        assert new["mask"] is not None
        assert new["edits_mask"]
        assert new["pixels"] == old["pixels"]
    gimp.screen.focus(open_photo.window)
    gimp.screen.keys("ctrl+z")
    eventually(lambda: open_photo.state() == before)
    gimp.screen.keys("ctrl+y")
    eventually(lambda: open_photo.state() == after)


def test_all_selected_layers_get_new_layers_whose_masks_are_painted(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    gimp = open_photo.gimp
    gimp.call("gimp_kinds.add_copy", layer=open_photo.layer)
    before = open_photo.state()["layers"]
    gimp.screen.focus(open_photo.window)
    open_photo.open_dialog()
    gimp.screen.keys("alt+u", "Down", "alt+o")
    open_photo.wait_for_the_end()
    after = open_photo.state()["layers"]
    assert after[1::2] == before
    assert [layer["edits_mask"] for layer in after] == [True, False, True, False]
    # GIMP keeps the choice; the other tests expect the first one.
    open_photo.open_dialog()
    gimp.screen.keys("alt+u", "Home", "alt+o")
    open_photo.wait_for_the_end()


def test_closing_the_dialog_changes_nothing(open_photo: OpenPhoto, ramp_worker: RampWorker) -> None:
    before = open_photo.state()
    open_photo.open_dialog()
    open_photo.gimp.screen.keys("Escape")
    open_photo.gimp.screen.wait_gone(DIALOG)
    assert open_photo.state() == before


def test_an_error_is_shown_in_gimps_own_message(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    before = open_photo.state()
    ramp_worker.failure = BridgeError(
        "model-missing",
        "The model u2netp is not downloaded.",
        "Download it with 'localmatte models pull u2netp'.",
    )
    open_photo.choose("r")
    open_photo.gimp.wait_for_message()
    assert open_photo.state() == before


def test_without_a_dialog_a_missing_model_is_told_with_where_to_get_it(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    gimp = open_photo.gimp
    before = open_photo.state()
    ramp_worker.failure = BridgeError(
        "model-missing",
        "The model u2netp is not downloaded.",
        "Download it with 'localmatte models pull u2netp'.",
    )
    with gimp.messages_in_the_log() as log:
        open_photo.choose("l")
        eventually(lambda: "Download it with Filters > Remove Background > Models…" in log())
    assert "models pull" not in log()
    assert open_photo.state() == before


def test_a_worker_killed_after_the_click_is_told_in_a_message(
    gimp: Gimp, engine: InstalledEngine, large_photo: Path
) -> None:
    opened = OpenPhoto(gimp, large_photo)
    before = opened.state()
    engine.end_worker()
    opened.open_dialog()
    # The worker that the dialog started has read no pixels yet.
    gimp.screen.keys("Return")
    os.kill(engine.wait_for_pixels(LARGE_BYTES), signal.SIGKILL)
    gimp.wait_for_message()
    assert opened.state() == before
    opened.close()


def test_gimps_cancel_button_ends_the_command_and_changes_nothing(
    gimp: Gimp, engine: InstalledEngine, large_photo: Path
) -> None:
    opened = OpenPhoto(gimp, large_photo)
    before = opened.state()
    engine.end_worker()
    opened.open_dialog()
    gimp.screen.keys("Return")
    worker = engine.wait_for_pixels(LARGE_BYTES)
    assert gimp.plug_in_runs()
    opened.cancel()
    assert opened.state() == before
    gimp.screen.focus(opened.window)
    opened.open_dialog()
    opened.confirm()
    assert engine.worker_pids() == [worker]
    opened.close()
