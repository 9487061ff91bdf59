"""The models in Krita's docker: what it lists, how one is fetched and used, what forbids that."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.editors import rootfs
from tests.editors.docked_krita import DockedKrita, State
from tests.editors.engine import InstalledEngine
from tests.editors.gimp_window import eventually
from tests.editors.mirrored_worker import COMMERCIAL, SIZES, listed, stands_still, worker_with
from tests.editors.ramp_worker import MODELS, REFINER, RampWorker
from tests.editors.suggested import BETTER, SAID, suggesting
from tests.servers import files

pytestmark = pytest.mark.krita

NON_COMMERCIAL = "rmbg-1.4-int8"
NOT_HERE = "modnet"
OTHER = "isnet-quint8"
SLOW = files.paced(200_000)
REFINE = "Refine edges"
BEST = "Best edges"
FILE_CHOOSER = "Import Model"
PROMISE = "Everything stays on this computer."


@pytest.fixture
def docker(live: DockedKrita, photo: Path) -> Iterator[DockedKrita]:
    """The docker beside a photo."""
    live.open_beside_the_docker(photo)
    live.choose("u2netp")
    yield live
    time.sleep(0.5)
    live.call("krita_docker.close_all")


@pytest.fixture
def other(engine: InstalledEngine) -> Iterator[files.Server]:
    """A mirror of another model, which is not here; the worker knows the mirror."""
    row = row_of(engine, OTHER)
    kept = rootfs.cache_folder() / "localmatte" / "models" / f"{row['sha256']}.onnx"
    lying = {f"/{row['sha256']}": kept.read_bytes()}
    with (
        files.serving(lying, files.paced(10e6)) as mirror,
        worker_with(engine, LOCALMATTE_MIRROR=mirror.address),
    ):
        yield mirror
    engine.localmatte("models", "remove", OTHER)


def row_of(engine: InstalledEngine, model: str) -> dict[str, object]:
    (row,) = (row for row in listed(engine) if row["id"] == model)
    return row


def expected(engine: InstalledEngine, photo: Path, model: str) -> np.ndarray:
    """The mask that the command line writes."""
    path = photo.with_name(f"{model}-mask.png")
    engine.localmatte("cut", photo, "--mask", "--model", model, "-o", path, "--overwrite")
    return np.asarray(Image.open(path))


def test_the_docker_lists_what_the_command_line_lists(
    docker: DockedKrita, engine: InstalledEngine
) -> None:
    rows = [row for row in listed(engine) if not row["refines"]]
    state = docker.call("krita_docker.state")
    shown = [(model, text) for model, text in state["models"] if model]
    tiers = [text for model, text in state["models"] if not model]
    assert tiers == list(dict.fromkeys(row["tier"] for row in rows))
    assert [model for model, _ in shown] == [row["id"] for row in rows]
    for (_, text), row in zip(shown, rows, strict=True):
        assert text.startswith(row["title"])
        assert ("not downloaded" in text) != row["present"]
        assert (", downloaded" in text) == row["present"]
        assert ("untested" in text) != row["tested"]
        assert row["licence"] in text
        assert COMMERCIAL[row["commercial"]] in text
        assert SIZES.get(row["id"], "B") in text
    assert PROMISE in state["texts"]


def test_the_chosen_model_is_explained_with_its_licence(
    docker: DockedKrita, engine: InstalledEngine
) -> None:
    for model in (NON_COMMERCIAL, "isnet-fp16", "u2netp"):
        docker.choose(model)
        row = row_of(engine, model)
        said = "\n".join(docker.call("krita_docker.state")["texts"])
        for part in ("licence", "licence_link"):
            assert str(row[part]) in said
        assert COMMERCIAL[str(row["commercial"])] in said


def test_run_fetches_a_model_that_is_not_here_and_shows_its_result_first(
    docker: DockedKrita, engine: InstalledEngine, other: files.Server, photo: Path
) -> None:
    docker.choose(OTHER)
    docker.eventually("krita_docker.preview", lambda shown: "Download" in shown["message"])
    before = docker.call("krita_docker.picture")
    docker.press("Run")
    docker.eventually(
        "krita_docker.state",
        lambda state: (
            (state["done"] or 0) > 0.4 and any("Downloading" in text for text in state["texts"])
        ),
    )
    assert not docker.call("krita_docker.progress_window")
    docker.eventually(
        "krita_docker.state",
        lambda state: any(id_ == OTHER and ", downloaded" in text for id_, text in state["models"]),
    )
    assert other.sent == row_of(engine, OTHER)["bytes"]
    docker.preview()
    docker.wait_until_idle()
    assert docker.call("krita_docker.picture") == before

    docker.press("Run")
    found = docker.mask()
    docker.wait_until_idle()
    np.testing.assert_array_equal(found, expected(engine, photo, OTHER))
    assert (found != expected(engine, photo, "u2netp")).any()
    docker.wait_for(lambda state: any("Takes about" in text for text in state["texts"]))


def test_the_menu_fetches_a_model_and_uses_it_where_no_preview_is_seen(
    docker: DockedKrita, engine: InstalledEngine, mirror: files.Server, photo: Path
) -> None:
    docker.look_again(lambda state: "Download" in state["offers"])
    docker.call("krita_docker.hide_docker")
    docker.call("krita_docker.click_in_the_menu")
    found = docker.mask()
    assert mirror.sent == len(*mirror.files.values())
    np.testing.assert_array_equal(found, expected(engine, photo, "u2netp"))
    docker.call("krita_docker.show_docker")
    docker.wait_until_idle()


def test_cancel_ends_the_download_and_the_next_one_resumes_it(
    docker: DockedKrita, engine: InstalledEngine, mirror: files.Server, photo: Path
) -> None:
    docker.look_again(lambda state: "Download" in state["offers"])
    size = len(*mirror.files.values())
    before = docker.call("krita_docker.picture")
    mirror.behaviour = SLOW
    docker.press("Download")
    eventually(lambda: mirror.sent > 200_000)
    docker.press("Cancel")
    docker.wait_until_idle()
    eventually(lambda: stands_still(mirror))
    assert mirror.sent < size
    assert not row_of(engine, "u2netp")["present"]
    mirror.behaviour = files.honest
    docker.press("Run")
    docker.preview()
    docker.wait_until_idle()
    docker.press("Run")
    found = docker.mask()
    assert [request.start > 0 for request in mirror.requests] == [False, True]
    np.testing.assert_array_equal(found, expected(engine, photo, "u2netp"))
    assert before != docker.call("krita_docker.picture")


def test_a_refused_licence_downloads_nothing_and_an_accepted_one_is_recorded(
    docker: DockedKrita, engine: InstalledEngine, mirror: files.Server, no_acceptance: Path
) -> None:
    row = row_of(engine, NON_COMMERCIAL)
    mirror.files[f"/{row['sha256']}"] = bytes(int(str(row["bytes"])))
    mirror.behaviour = SLOW
    before = docker.call("krita_docker.picture")
    docker.choose(NON_COMMERCIAL)
    docker.press("Run")
    question = docker.eventually("krita_docker.message")
    assert str(row["licence"]) in question
    assert str(row["licence_link"]) in question
    docker.press("Cancel")
    docker.wait_until_idle()
    assert mirror.requests == []
    assert not no_acceptance.exists()

    docker.press("Download")
    docker.eventually("krita_docker.message")
    docker.press("Accept")
    eventually(lambda: mirror.sent > 0)
    docker.press("Cancel")
    docker.wait_until_idle()
    eventually(lambda: stands_still(mirror))
    assert {request.path for request in mirror.requests} == {f"/{row['sha256']}"}
    assert json.loads(no_acceptance.read_text())[NON_COMMERCIAL]["licence"] == row["licence"]
    assert docker.call("krita_docker.picture") == before

    asked = len(mirror.requests)
    docker.look_again(lambda state: "Download" in state["offers"])
    docker.press("Download")
    eventually(lambda: len(mirror.requests) > asked)
    assert not docker.call("krita_docker.message")
    docker.press("Cancel")
    docker.wait_until_idle()
    eventually(lambda: stands_still(mirror))
    engine.localmatte("models", "remove", NON_COMMERCIAL)


def test_a_file_is_imported_by_the_file_chooser_and_removed_once_that_is_confirmed(
    docker: DockedKrita, engine: InstalledEngine, mirror: files.Server
) -> None:
    docker.look_again(lambda state: "Download" in state["offers"])
    before = used(docker)
    (content,) = mirror.files.values()
    path = engine.user / "mine.onnx"
    path.write_bytes(content)
    choose_file(docker, path)
    docker.wait_for(lambda state: "Remove…" in state["offers"])
    assert row_of(engine, "u2netp")["present"]
    assert mirror.requests == []
    assert path.read_bytes() == content
    assert before < used(docker) < before + 10

    docker.press("Remove…")
    assert "Remove U²-Net portable" in docker.eventually("krita_docker.message")
    docker.press("Cancel")
    docker.wait_for(lambda state: "Remove…" in state["offers"])
    assert row_of(engine, "u2netp")["present"]
    docker.press("Remove…")
    docker.eventually("krita_docker.message")
    docker.press("Remove")
    docker.wait_for(lambda state: "Download" in state["offers"])
    assert not row_of(engine, "u2netp")["present"]
    assert used(docker) == before
    assert path.read_bytes() == content
    path.unlink()


def test_a_file_that_is_no_model_is_refused_in_words_for_people(
    docker: DockedKrita, engine: InstalledEngine
) -> None:
    path = engine.user / "picture.onnx"
    path.write_bytes(b"no model" * 100)
    models = [row["id"] for row in listed(engine)]
    choose_file(docker, path)
    said = docker.eventually("krita_docker.message")
    assert str(path) in said
    assert "localmatte models" not in said
    docker.press("OK")
    docker.wait_until_idle()
    assert [row["id"] for row in listed(engine)] == models
    path.unlink()


def choose_file(docker: DockedKrita, path: Path) -> None:
    """Press Import… and type the file's name into the chooser."""
    docker.press("Import…")
    docker.screen.focus(docker.screen.wait_for(FILE_CHOOSER))
    docker.screen.text(str(path))
    docker.screen.keys("Return")
    docker.screen.wait_gone(FILE_CHOOSER)


def used(docker: DockedKrita) -> float:
    """The megabytes that the models take, as the docker says it."""
    (said,) = (text for text in docker.state["texts"] if text.startswith("Space used: "))
    number, unit = said.removeprefix("Space used: ").split()
    return float(number) * {"MB": 1, "GB": 1000}[unit]


def test_an_engine_that_did_not_start_gets_another_chance_with_the_next_picture(
    docker: DockedKrita, engine: InstalledEngine, photo: Path
) -> None:
    def fails(state: State) -> bool:
        return any("engine" in text for text in state["texts"])

    engine.end_worker()
    aside = engine.python.rename(engine.python.with_name("aside"))
    try:
        docker.look_again(fails)
    finally:
        aside.rename(engine.python)
    docker.call("krita_docker.open_photo", path=str(photo))
    docker.wait_for(lambda state: not fails(state))


def test_offline_is_explained_and_what_is_here_can_still_be_used(
    docker: DockedKrita, engine: InstalledEngine, photo: Path
) -> None:
    with (
        files.serving({}) as mirror,
        worker_with(engine, LOCALMATTE_MIRROR=mirror.address, LOCALMATTE_OFFLINE="1"),
    ):
        docker.choose(NOT_HERE)
        docker.press("Run")
        said = docker.eventually("krita_docker.message")
        assert "LOCALMATTE_OFFLINE forbids" in said
        assert "Or choose a model that is already downloaded." in said
        docker.press("OK")
        docker.wait_until_idle()
        assert docker.call("krita_docker.mask") is None
        docker.choose("u2netp")
        docker.press("Run")
        found = docker.mask()
        assert mirror.requests == []
    np.testing.assert_array_equal(found, expected(engine, photo, "u2netp"))


@pytest.mark.parametrize("another", [True, False])
def test_where_no_other_model_is_here_none_is_offered_instead(
    docker: DockedKrita, engine: InstalledEngine, another: bool
) -> None:
    engine.end_worker()
    rows: list[dict[str, object]] = [
        {"present": False},
        {"id": "another", "default": False, "present": another},
    ]
    worker = RampWorker(engine.home, [{**MODELS[0], **row} for row in rows])
    docker.look_again(lambda state: "Download" in state["offers"])
    docker.press("Download")
    said = docker.eventually("krita_docker.message")
    assert ("choose a model that is already downloaded" in said) == another
    docker.press("OK")
    docker.wait_until_idle()
    worker.close()
    docker.look_again(lambda state: "Remove…" in state["offers"])


def test_best_edges_fetch_their_model_first_and_are_asked_for_then(
    docker: DockedKrita, engine: InstalledEngine
) -> None:
    engine.end_worker()
    refiner = dict(REFINER)
    worker = RampWorker(engine.home, [MODELS[0], refiner])
    docker.look_again(lambda state: [model for model, _ in state["models"] if model] == ["u2netp"])
    docker.check(BEST, True)
    docker.wait_for(
        lambda state: (
            "Download" in state["offers"]
            and any("Best edges needs Refiner" in text for text in state["texts"])
        )
    )
    docker.press("Run")
    # This worker fetches nothing.
    assert "There is no such request" in docker.eventually("krita_docker.message")
    docker.press("OK")
    docker.wait_until_idle()
    assert docker.call("krita_docker.mask") is None

    refiner["present"] = True
    docker.look_again(lambda state: "Download" not in state["offers"])
    docker.press("Run")
    docker.mask()
    assert worker.requests[-1][0]["best_edges"] is True
    docker.wait_until_idle()
    docker.check(BEST, False)
    worker.close()
    docker.look_again(lambda state: "Remove…" in state["offers"])


def test_the_menu_uses_the_choices_too(docker: DockedKrita, ramp_worker: RampWorker) -> None:
    docker.check(REFINE, False)
    docker.call("krita_docker.click_in_the_menu")
    docker.mask()
    header, _ = ramp_worker.requests[-1]
    assert (header["model"], header["refine"]) == ("u2netp", False)
    docker.wait_until_idle()
    docker.check(REFINE, True)


def test_a_more_accurate_model_is_suggested_once_and_a_click_fetches_it(
    docker: DockedKrita, engine: InstalledEngine
) -> None:
    def says_it(state: State) -> bool:
        return any(SAID in text for text in state["texts"])

    docker.preview()
    before = docker.call("krita_docker.picture")
    with suggesting(engine) as mirror:
        docker.look_again(says_it)
        assert mirror.requests == []
        docker.press("Download It (176 MB)")
        eventually(lambda: mirror.sent > 0)
        docker.wait_for(lambda state: state["chosen"] == BETTER and not says_it(state))
        docker.press("Cancel")
        docker.wait_until_idle()
        docker.choose("u2netp")
        docker.look_again(lambda state: "Run" in state["offers"])
        docker.eventually("krita_docker.quiet")
        assert not says_it(docker.state)
    assert docker.call("krita_docker.picture") == before
