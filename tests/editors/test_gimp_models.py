"""The models in GIMP's dialog: what it lists, how one is fetched, what forbids that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from localmatte_bridge.models import duration
from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import DIALOG, OpenPhoto, board, eventually
from tests.editors.mirrored_worker import COMMERCIAL, SIZES, listed, stands_still, worker_with
from tests.editors.suggested import BETTER, record, suggesting
from tests.servers import files

pytestmark = pytest.mark.gimp

LICENCE = "Licence"
NO_DOWNLOAD = "Download Failed"
NON_COMMERCIAL = "rmbg-1.4-int8"
NOT_HERE = "modnet"
SLOW = files.paced(600_000)


def choose(opened: OpenPhoto, engine: InstalledEngine, model: str) -> None:
    """Choose a model in the open dialog's list."""
    place = [row["id"] for row in listed(engine)].index(model)
    screen = opened.gimp.screen
    # After a message of its own the dialog comes back without the keyboard for a moment.
    screen.focus(screen.wait_for(DIALOG))
    screen.keys("alt+m", "Home", *["Down"] * place)


def pressed(opened: OpenPhoto, keys: str, title: str) -> bool:
    """Press keys, and say whether a window of that title is there."""
    opened.gimp.screen.keys(keys)
    return title in opened.gimp.screen.windows().values()


def plug_in(engine: InstalledEngine) -> str:
    """The folder where the installer put it."""
    (folder,) = (engine.user / ".config" / "GIMP").glob("3.*/plug-ins/localmatte")
    return str(folder)


def test_the_dialog_lists_what_the_command_line_lists(gimp: Gimp, engine: InstalledEngine) -> None:
    shown = gimp.call("gimp_models.listed", plug_in=plug_in(engine))
    rows = [row for row in listed(engine) if not row["refines"]]
    assert [model for model, _ in shown] == [row["id"] for row in rows]
    for (_, text), row in zip(shown, rows, strict=True):
        assert text.startswith(f"{row['tier']}: {row['title']}")
        assert row["licence"] in text
        assert COMMERCIAL[row["commercial"]] in text
        assert ("not downloaded" in text) != row["present"]
        assert (", downloaded " in text) == row["present"]
        assert ("untested)" in text) != row["tested"]
        assert ("(recommended" in text) == row["tier_default"]
        assert SIZES.get(row["id"], "B") in text


def test_the_dialog_says_what_a_model_takes_here(
    gimp: Gimp, engine: InstalledEngine, photo: Path
) -> None:
    engine.localmatte("cut", photo, "--mask", "-o", photo.with_name("timed.png"), "--overwrite")
    (model,) = (row for row in listed(engine) if row["default"])
    (costs,) = (
        text
        for text in gimp.call("gimp_models.said", plug_in=plug_in(engine), model=model["id"])
        if "of memory" in text
    )
    assert f"Takes about {duration(model['seconds'])} on this computer." in costs
    others = gimp.call("gimp_models.said", plug_in=plug_in(engine), model=NOT_HERE)
    assert not any("on this computer" in text for text in others)


def test_a_model_that_is_not_here_is_downloaded_in_the_dialog_and_seen_before_ok(
    open_photo: OpenPhoto, mirror: files.Server, editor_workspace: Path
) -> None:
    screen = open_photo.gimp.screen
    before = open_photo.state()
    open_photo.open_dialog()
    # OK does nothing unseen.
    screen.keys("alt+o")
    screen.keys("alt+w")
    eventually(lambda: mirror.sent == len(*mirror.files.values()))
    screen.wait_for(DIALOG)
    eventually(lambda: board(open_photo, editor_workspace) > 1000)
    assert open_photo.state() == before
    screen.keys("alt+o")
    screen.wait_gone(DIALOG)
    open_photo.wait_for_the_end()
    after = open_photo.layer_state()
    assert after["mask"] is not None
    assert after["pixels"] == before["layers"][0]["pixels"]


def test_cancel_and_closing_end_the_download_and_the_next_one_resumes_it(
    open_photo: OpenPhoto, mirror: files.Server
) -> None:
    screen = open_photo.gimp.screen
    size = len(*mirror.files.values())
    before = open_photo.state()
    mirror.behaviour = SLOW
    open_photo.open_dialog()
    screen.keys("alt+w")
    eventually(lambda: mirror.sent > 200_000)
    screen.keys("alt+n")
    eventually(lambda: stands_still(mirror))
    sent = mirror.sent
    screen.keys("alt+w")
    eventually(lambda: mirror.sent > sent)
    screen.keys("Escape")
    screen.wait_gone(DIALOG)
    eventually(lambda: stands_still(mirror))
    assert mirror.sent < size
    assert open_photo.state() == before
    mirror.behaviour = files.honest
    open_photo.open_dialog()
    screen.keys("alt+w")
    eventually(lambda: mirror.sent >= size)
    screen.keys("Escape")
    screen.wait_gone(DIALOG)
    open_photo.wait_for_the_end()
    assert [request.start > 0 for request in mirror.requests] == [False, True, True]


def test_a_refused_licence_downloads_nothing_and_an_accepted_one_is_recorded(
    open_photo: OpenPhoto, engine: InstalledEngine, mirror: files.Server, no_acceptance: Path
) -> None:
    (row,) = (row for row in listed(engine) if row["id"] == NON_COMMERCIAL)
    path = f"/{row['sha256']}"
    mirror.files[path] = bytes(row["bytes"])
    mirror.behaviour = SLOW
    before = open_photo.state()
    screen = open_photo.gimp.screen
    open_photo.open_dialog()
    choose(open_photo, engine, NON_COMMERCIAL)
    screen.keys("alt+w")
    screen.wait_for(LICENCE)
    screen.keys("Escape")
    screen.wait_gone(LICENCE)
    assert mirror.requests == []
    assert not no_acceptance.exists()

    screen.focus(screen.wait_for(DIALOG))
    screen.keys("alt+w")
    screen.wait_for(LICENCE)
    screen.keys("alt+a")
    eventually(lambda: mirror.sent > 0)
    assert {request.path for request in mirror.requests} == {path}
    assert json.loads(no_acceptance.read_text())[NON_COMMERCIAL]["licence"] == row["licence"]
    screen.focus(screen.wait_for(DIALOG))
    screen.keys("Escape")
    screen.wait_gone(DIALOG)
    assert open_photo.state() == before
    eventually(lambda: stands_still(mirror))
    engine.localmatte("models", "remove", NON_COMMERCIAL)


def test_offline_is_explained_and_what_is_here_can_still_be_chosen(
    open_photo: OpenPhoto, engine: InstalledEngine
) -> None:
    screen = open_photo.gimp.screen
    with (
        files.serving({}) as mirror,
        worker_with(engine, LOCALMATTE_MIRROR=mirror.address, LOCALMATTE_OFFLINE="1"),
    ):
        open_photo.open_dialog()
        choose(open_photo, engine, NOT_HERE)
        # The button comes with the choice.
        eventually(lambda: pressed(open_photo, "alt+w", NO_DOWNLOAD))
        screen.keys("Return")
        screen.wait_gone(NO_DOWNLOAD)
        choose(open_photo, engine, "u2netp")
        screen.keys("alt+o")
        screen.wait_gone(DIALOG)
        open_photo.wait_for_the_end()
        assert open_photo.layer_state()["mask"] is not None
        assert mirror.requests == []


def test_a_script_never_downloads_and_is_told_how_to(
    gimp: Gimp, mirror: files.Server, photo: Path
) -> None:
    image, layer = gimp.call("gimp_documents.open_file", path=str(photo))
    before = gimp.call("gimp_documents.state", image=image)
    answer = gimp.call("gimp_commands.remove_background", layer=layer)
    assert answer["status"] == "execution-error"
    assert "The model u2netp is not downloaded." in answer["error"]
    assert "'localmatte models pull u2netp'" in answer["error"]
    assert mirror.requests == []
    assert gimp.call("gimp_documents.state", image=image) == before


def test_a_picture_without_a_subject_is_told_in_the_window_and_asked_about(
    gimp: Gimp, engine: InstalledEngine, editor_workspace: Path
) -> None:
    path = editor_workspace / "flat.png"
    Image.new("RGB", (200, 150), (120, 130, 140)).save(path)
    opened = OpenPhoto(gimp, path)
    before = opened.state()
    opened.open_dialog()
    gimp.screen.keys("Return")
    gimp.screen.wait_for("Nothing Left")
    gimp.screen.keys("Escape")
    opened.wait_for_the_end()
    assert opened.state() == before
    opened.close()


def test_a_script_is_told_that_a_picture_has_no_subject(
    gimp: Gimp, engine: InstalledEngine, editor_workspace: Path
) -> None:
    path = editor_workspace / "flat.png"
    Image.new("RGB", (200, 150), (120, 130, 140)).save(path)
    _image, layer = gimp.call("gimp_documents.open_file", path=str(path))
    with gimp.messages_in_the_log() as log:
        gimp.call("gimp_commands.remove_background", layer=layer)
        eventually(lambda: "No clear subject was found in this image." in log())


def test_a_more_accurate_model_is_suggested_once_and_one_key_fetches_it(
    open_photo: OpenPhoto, engine: InstalledEngine
) -> None:
    screen = open_photo.gimp.screen
    before = open_photo.state()

    def asked(mirror: files.Server) -> bool:
        screen.keys("alt+n")
        return mirror.sent > 0

    with suggesting(engine) as mirror:
        open_photo.open_dialog()
        assert json.loads(record(engine).read_text()) == [BETTER]
        assert mirror.requests == []
        eventually(lambda: asked(mirror))
        screen.keys("Escape")
        screen.wait_gone(DIALOG)
        eventually(lambda: stands_still(mirror))
        begun = len(mirror.requests)

        open_photo.open_dialog()
        screen.keys("alt+n")
        eventually(lambda: stands_still(mirror))
        screen.keys("Escape")
        screen.wait_gone(DIALOG)
        assert len(mirror.requests) == begun
    assert open_photo.state() == before
