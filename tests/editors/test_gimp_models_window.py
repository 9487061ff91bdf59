"""The window of Models… in GIMP: download with progress and cancel, and remove."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.gimp_window import MENU, OpenPhoto, eventually
from tests.editors.mirrored_worker import listed, stands_still
from tests.editors.ramp_worker import MODELS, RampWorker
from tests.editors.screen import Screen
from tests.servers import files

pytestmark = pytest.mark.gimp

WINDOW = "Models"
SLOW = files.paced(600_000)


@pytest.fixture
def window(open_photo: OpenPhoto, mirror: files.Server) -> Iterator[Screen]:
    """The window, with the default model chosen, which is not here but on the mirror."""
    screen = open_photo.gimp.screen
    screen.keys(*MENU, "m")
    screen.focus(screen.wait_for(WINDOW))
    # The first row is the name of the model's tier.
    screen.keys("Home", "Down")
    yield screen
    screen.keys("Escape")
    screen.wait_gone(WINDOW)
    open_photo.wait_for_the_end()


def present(engine: InstalledEngine) -> bool:
    (row,) = (row for row in listed(engine) if row["default"])
    return bool(row["present"])


def test_a_model_is_fetched_and_taken_away_again(
    window: Screen, open_photo: OpenPhoto, engine: InstalledEngine, mirror: files.Server
) -> None:
    before = open_photo.state()
    window.keys("alt+d")
    eventually(lambda: present(engine))
    assert mirror.sent == len(*mirror.files.values())
    # The window learns of it a moment later.
    eventually(lambda: _taken_away(window, engine))
    assert open_photo.state() == before


def test_cancel_stops_a_download_and_the_next_one_goes_on_from_there(
    window: Screen, engine: InstalledEngine, mirror: files.Server
) -> None:
    mirror.behaviour = SLOW
    window.keys("alt+d")
    eventually(lambda: mirror.sent > 200_000)
    window.keys("alt+n")
    eventually(lambda: stands_still(mirror))
    assert mirror.sent < len(*mirror.files.values())
    assert not present(engine)
    mirror.behaviour = files.honest
    window.keys("alt+d")
    eventually(lambda: present(engine))
    assert [request.start > 0 for request in mirror.requests] == [False, True]


def test_closing_the_window_stops_a_download(
    open_photo: OpenPhoto, engine: InstalledEngine, mirror: files.Server
) -> None:
    screen = open_photo.gimp.screen
    mirror.behaviour = SLOW
    screen.keys(*MENU, "m")
    screen.focus(screen.wait_for(WINDOW))
    screen.keys("Home", "Down", "alt+d")
    eventually(lambda: mirror.sent > 200_000)
    screen.keys("Escape")
    screen.wait_gone(WINDOW)
    eventually(lambda: stands_still(mirror))
    assert mirror.sent < len(*mirror.files.values())
    assert not present(engine)


def _taken_away(window: Screen, engine: InstalledEngine) -> bool:
    window.keys("alt+r")
    return not present(engine)


def test_an_answer_that_makes_no_sense_is_told_and_the_buttons_come_back(
    open_photo: OpenPhoto, engine: InstalledEngine
) -> None:
    screen = open_photo.gimp.screen
    engine.end_worker()
    worker = RampWorker(engine.home, [{**MODELS[0], "present": False}])
    screen.keys(*MENU, "m")
    screen.focus(screen.wait_for(WINDOW))
    screen.keys("Home", "Down")
    for worker.nonsense in (True, False):
        screen.keys("alt+d")
        screen.wait_for("Download Failed")
        worker.nonsense = False
        screen.keys("Return")
        screen.wait_gone("Download Failed")
        screen.focus(screen.wait_for(WINDOW))
    screen.keys("Escape")
    screen.wait_gone(WINDOW)
    open_photo.wait_for_the_end()
    worker.close()


def test_a_file_is_imported_by_the_file_chooser(
    window: Screen, engine: InstalledEngine, mirror: files.Server
) -> None:
    (content,) = mirror.files.values()
    path = engine.user / "a model of mine.onnx"
    path.write_bytes(content)
    window.keys("alt+i")
    window.focus(window.wait_for("Import Model"))
    # The first stroke opens the field for a path, and only then is one typed.
    window.keys("slash")
    time.sleep(1)
    window.text(str(path)[1:])
    window.keys("Return")
    eventually(lambda: present(engine))
    assert mirror.requests == []
    path.unlink()
