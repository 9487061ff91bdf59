"""The preview in GIMP's dialog: what it asks of the engine, what it shows, what it never does."""

from __future__ import annotations

from pathlib import Path

import pytest

from localmatte_bridge import BridgeError
from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import DIALOG, OpenPhoto, board, eventually
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.gimp

SIDE = 1000
CONTRAST_KEYS = ("alt+e", "alt+e", "Tab", "Up", "Up", "Up")
"""Refine off and on again, then the first slider, three steps up."""


def test_it_shows_what_the_real_model_finds_and_follows_the_controls(
    open_photo: OpenPhoto, engine: InstalledEngine, editor_workspace: Path
) -> None:
    screen = open_photo.gimp.screen
    before = open_photo.state()
    open_photo.open_dialog()
    eventually(lambda: open_photo.previews(editor_workspace))
    # The photo is there before anything is found.
    eventually(lambda: board(open_photo, editor_workspace) > 1000)
    found = board(open_photo, editor_workspace)
    # The third slider is the shift of the edge: inwards more of the background is seen.
    screen.keys("alt+e", "alt+e", "Tab", "Tab", "Tab")
    screen.keys("Next", "Next", "Next")
    eventually(lambda: board(open_photo, editor_workspace) > found + 1000)
    screen.keys("Escape")
    screen.wait_gone(DIALOG)
    open_photo.wait_for_the_end()
    assert open_photo.state() == before


def test_a_large_layer_is_looked_at_small_once_and_its_edges_without_another_look(
    gimp: Gimp, ramp_worker: RampWorker, large_photo: Path
) -> None:
    opened = OpenPhoto(gimp, large_photo)
    before = opened.state()
    opened.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    header, payload = ramp_worker.requests[0]
    assert (header["width"], header["height"], header["layout"]) == (SIDE, SIDE, "rgb8")
    assert len(set(payload)) > 100
    assert header["edges"] == {}
    gimp.screen.keys(*CONTRAST_KEYS)
    eventually(lambda: bool(ramp_worker.edges) and ramp_worker.edges[-1] == {"contrast": 0.03})
    looks = [header["refine"] for header, _ in ramp_worker.requests]
    assert looks[0] is looks[-1] is True
    gimp.screen.keys("Escape")
    gimp.screen.wait_gone(DIALOG)
    opened.wait_for_the_end()
    assert opened.state() == before
    opened.close()


def test_lengths_are_those_of_the_small_picture(
    gimp: Gimp, ramp_worker: RampWorker, large_photo: Path
) -> None:
    opened = OpenPhoto(gimp, large_photo)
    opened.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    gimp.screen.keys("alt+e", "alt+e", "Tab", "Tab", "Prior")
    eventually(lambda: bool(ramp_worker.edges) and ramp_worker.edges[-1] == {"feather": 0.2})
    gimp.screen.keys("Escape")
    gimp.screen.wait_gone(DIALOG)
    opened.close()


def test_only_the_selection_is_looked_at_where_that_is_chosen(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    gimp = open_photo.gimp
    gimp.call("gimp_kinds.select", image=open_photo.image, x=50, y=40, width=300, height=200)
    open_photo.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    assert ramp_worker.requests[0][0]["selection"] == [50, 40, 300, 200]
    gimp.screen.keys("alt+i")
    eventually(lambda: ramp_worker.requests[-1][0]["selection"] is None)
    gimp.screen.keys("Escape")
    gimp.screen.wait_gone(DIALOG)


def test_a_failure_is_told_in_its_place_and_the_dialog_still_works(
    open_photo: OpenPhoto, ramp_worker: RampWorker, editor_workspace: Path
) -> None:
    open_photo.open_dialog()
    eventually(lambda: open_photo.previews(editor_workspace))
    ramp_worker.failure = BridgeError("memory", "There is not enough memory.", "Close programs.")
    open_photo.gimp.screen.keys("alt+e")
    eventually(lambda: not open_photo.previews(editor_workspace))
    ramp_worker.failure = None
    open_photo.gimp.screen.keys("alt+e")
    eventually(lambda: open_photo.previews(editor_workspace))
    open_photo.confirm()
