"""What the dialog shows is what OK does, whatever becomes of the document or of the engine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import DIALOG, MENU, OpenPhoto, eventually, place_of
from tests.editors.ramp_worker import RampWorker
from tests.editors.screen import Screen

pytestmark = pytest.mark.gimp

SELECTED = {"x": 50, "y": 40, "width": 300, "height": 200}
HELP = "Help on Remove Background"

LOOK_EVERY = 0.5
"""Seconds between two looks of the dialog at the document."""

GONE = "The layer or its image no longer exists.\nSelect a layer and run the command again."
DESKTOPS = {"1024x600": 1, "1920x1080": 2, "3840x2160": 3}
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


NEVER = object()
"""Of a change that asks for nothing new."""

CHANGES: tuple[tuple[str, dict[str, Any], Any], ...] = (
    ("gimp_kinds.select", {"image": None, **SELECTED}, {"selection": [50, 40, 300, 200]}),
    ("gimp_kinds.move", {"layer": None, "x": 10, "y": 5}, {"selection": [40, 35, 300, 200]}),
    ("gimp_kinds.select_nothing", {"image": None}, {"selection": None}),
    ("gimp_kinds.flip", {"layer": None}, {"width": 512}),
    ("gimp_kinds.add_plain_mask", {"layer": None}, {"width": 512}),
    ("gimp_kinds.remove_mask", {"layer": None}, {"width": 512}),
    ("gimp_kinds.give_other_look", {"layer": None}, NEVER),
    ("gimp_kinds.add_copy", {"layer": None}, NEVER),
    ("gimp_kinds.scale", {"layer": None, "width": 400, "height": 300}, {"width": 400}),
    ("gimp_kinds.grey", {"image": None}, {"width": 400}),
)
"""What becomes of the document, in turn, and what the next request says of it."""


def asked_since(worker: RampWorker, before: int, expected: dict[str, Any]) -> None:
    """Wait until a request after so many others says what is expected."""

    def said() -> bool:
        later = (header for header, _pixels in worker.requests[before:])
        return any({name: header[name] for name in expected} == expected for header in later)

    eventually(said)


def test_every_change_of_the_document_is_followed(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    gimp = open_photo.gimp
    dialog = open_photo.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    for call, arguments, expected in CHANGES:
        asked = len(ramp_worker.requests)
        ids = {"image": open_photo.image, "layer": open_photo.layer}
        gimp.call(call, **{name: ids.get(name, value) for name, value in arguments.items()})
        if expected is NEVER:
            time.sleep(3 * LOOK_EVERY)
            assert len(ramp_worker.requests) == asked, call
            continue
        asked_since(ramp_worker, asked, expected)
    flipped = [pixels for header, pixels in ramp_worker.requests if header["width"] == 512]
    assert len(set(flipped)) == 2
    gimp.screen.focus(dialog)
    gimp.screen.keys("Return")
    gimp.screen.wait_gone(DIALOG)
    open_photo.wait_for_the_end()
    values = gimp.call("gimp_documents.mask_bytes", layer=open_photo.layer, babl_format="Y u8")
    assert len(bytes.fromhex(values)) == 400 * 300


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


def test_help_opens_a_page_of_our_own_and_the_dialog_goes_on(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    screen = open_photo.gimp.screen
    open_photo.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    screen.keys("alt+h")
    screen.focus(screen.wait_for(HELP))
    screen.keys("Escape")
    screen.wait_gone(HELP)
    screen.focus(screen.wait_for(DIALOG))
    screen.keys("alt+e")
    eventually(lambda: ramp_worker.requests[-1][0]["refine"] is False)
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


def test_every_button_is_on_the_screen_and_every_pixel_can_be_seen(
    desktop: Gimp,
    ramp_worker: RampWorker,
    photo: Path,
    editor_workspace: Path,
    request: pytest.FixtureRequest,
) -> None:
    width, height = map(int, request.node.callspec.params["desktop"].split("x"))
    opened = OpenPhoto(desktop, photo)
    dialog = opened.open_dialog()
    eventually(lambda: len(ramp_worker.requests) == 1)
    _x, y, across, down = desktop.screen.geometry(dialog)
    assert across <= width
    assert y + down <= height
    # At 1:1 a pixel of the layer is one of the screen, not an enlarged one.
    desktop.screen.keys("o", "1")
    block = np.asarray(Image.open(photo).convert("RGB")).astype(np.int64)[250:262, 230:282]
    eventually(lambda: place_of(block, opened.dialog(editor_workspace)) is not None)
    desktop.screen.keys("alt+o")
    opened.wait_for_the_end()
    assert opened.layer_state()["mask"] is not None
