"""A result that shows nothing of a layer, in a real GIMP: it is said, and not made unasked."""

from __future__ import annotations

import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import OpenPhoto, eventually
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.gimp

QUESTION = "Nothing Left"
REFINE = "localmatte-refine-inside-selection"
TOLD = "Nothing of “{}” is clearly visible in the result.\nUse Edit > Undo to restore it."


@pytest.mark.parametrize("level", [0, 57, 84])
def test_a_veil_is_made_only_when_the_user_wants_it(
    open_photo: OpenPhoto, ramp_worker: RampWorker, level: int
) -> None:
    screen, before = open_photo.gimp.screen, open_photo.state()
    ramp_worker.level = level
    open_photo.choose("l")
    screen.wait_for(QUESTION)
    assert open_photo.state() == before
    screen.keys("Return")
    screen.wait_gone(QUESTION)
    open_photo.wait_for_the_end()
    assert open_photo.state() == before
    open_photo.choose("l")
    screen.wait_for(QUESTION)
    screen.keys("alt+a")
    screen.wait_gone(QUESTION)
    open_photo.wait_for_the_end()
    assert open_photo.layer_state()["mask"] is not None
    assert open_photo.layer_state()["pixels"] == before["layers"][0]["pixels"]
    screen.focus(open_photo.window)
    screen.keys("ctrl+z")
    eventually(lambda: open_photo.state() == before, seconds=10)


def test_a_selection_that_cuts_it_all_away_is_asked_about(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    gimp = open_photo.gimp
    # The ramp's darker half is all that lies in it.
    gimp.call("gimp_kinds.select", image=open_photo.image, x=10, y=0, width=90, height=200)
    before = open_photo.state()
    open_photo.choose("l")
    gimp.screen.wait_for(QUESTION)
    gimp.screen.keys("Escape")
    open_photo.wait_for_the_end()
    assert open_photo.state() == before


@pytest.mark.parametrize("arguments", [{}, {"output": "layer"}, {"output": "selection"}])
def test_a_script_is_told_afterwards(
    gimp: Gimp, ramp_worker: RampWorker, arguments: dict[str, str]
) -> None:
    made = gimp.call("gimp_layers.veiled")
    with gimp.messages_in_the_log() as log:
        (layer,) = made["layers"]
        answer = gimp.call("gimp_commands.remove_background", layer=layer, **arguments)
        assert answer["status"] == "success"
        eventually(lambda: TOLD.format("layer") in log())


def test_an_existing_mask_that_hides_it_all_is_told(gimp: Gimp, ramp_worker: RampWorker) -> None:
    _image, layer = gimp.call("gimp_kinds.make", layer_type="rgb-image")
    gimp.call("gimp_kinds.add_plain_mask", layer=layer)
    with gimp.messages_in_the_log() as log:
        command = {"layer": layer, "existing-mask": "intersect"}
        assert gimp.call("gimp_commands.remove_background", **command)["status"] == "success"
        eventually(lambda: TOLD.format("kind") in log())


def test_what_is_clear_is_not_doubted(gimp: Gimp, ramp_worker: RampWorker) -> None:
    _image, layer = gimp.call("gimp_kinds.make", layer_type="rgb-image")
    ramp_worker.level = 200
    with gimp.messages_in_the_log() as log:
        for _ in range(2):
            answer = gimp.call("gimp_commands.remove_background", layer=layer)
            assert answer["status"] == "success"
    assert "clearly visible" not in log()


def test_of_several_layers_a_notice_names_those_that_it_is_about(
    gimp: Gimp, ramp_worker: RampWorker
) -> None:
    made = gimp.call("gimp_layers.several")
    command = {"name": "localmatte-remove-background", "drawables": made["drawables"]}
    ramp_worker.notices = ["", "No clear subject was found in this image.", ""]
    with gimp.messages_in_the_log() as log:
        assert gimp.call("gimp_commands.run_on_several", **command)["status"] == "success"
        eventually(lambda: "layer #1: No clear subject was found in this image." in log())
    ramp_worker.notices = ["The GPU failed."] * 3
    with gimp.messages_in_the_log() as log:
        assert gimp.call("gimp_commands.run_on_several", **command)["status"] == "success"
        eventually(lambda: "The GPU failed." in log())
    assert log().count("The GPU failed.") == 1
    assert "layer: The GPU failed." not in log()


def test_of_several_layers_an_error_names_the_one_that_it_is_about(
    gimp: Gimp, engine: InstalledEngine
) -> None:
    image, layer = gimp.call("gimp_kinds.make", layer_type="rgba-image")
    copy = gimp.call("gimp_kinds.add_copy", layer=layer)
    gimp.call("gimp_kinds.clear", layer=copy)
    before = gimp.call("gimp_documents.state", image=image)
    command = {"name": "localmatte-remove-background", "drawables": [layer, copy]}
    answer = gimp.call("gimp_commands.run_on_several", **command)
    assert "kind copy: All pixels are transparent" in answer["error"]
    assert gimp.call("gimp_documents.state", image=image) == before
