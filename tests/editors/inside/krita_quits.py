"""Quits Krita at a stage of a removal that LOCALMATTE_STAGE names, with the picture still open."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

from tests.editors.inside import krita_docker as docker
from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Steps, quit_krita, run, turns
from tests.editors.inside.krita_qt import QtCore, QtWidgets

STAGE = os.environ["LOCALMATTE_STAGE"]
DOCKER = os.environ["LOCALMATTE_DOCKER"]
WIDTH, HEIGHT = (int(side) for side in os.environ["LOCALMATTE_SIZE"].split("x"))
_kept: list[Any] = []


def hidden() -> bool:
    """The docker is out of sight."""
    docker.hide_docker()
    return not docker.seen(docker.docker())


def behind_a_tab() -> bool:
    """The docker is behind another one's tab."""
    window: QtWidgets.QMainWindow = docker.window()
    other = window.findChild(QtWidgets.QDockWidget, "KisLayerBox")
    docker.docker().show()
    window.tabifyDockWidget(docker.docker(), other)
    other.show()
    other.raise_()
    return docker.seen(other) and not docker.seen(docker.docker())


def in_sight() -> bool:
    """The docker is seen."""
    docker.show_docker()
    return docker.seen(docker.docker())


PLACES: dict[str, Callable[[], bool]] = {
    "hidden": hidden,
    "tab": behind_a_tab,
    "seen": in_sight,
}


def discard() -> None:
    """Answer Krita's question about what is not saved."""
    for box in QtWidgets.QApplication.topLevelWidgets():
        if isinstance(box, QtWidgets.QMessageBox) and box.isVisible():
            button = box.button(QtWidgets.QMessageBox.StandardButton.Discard)
            button = button or box.button(QtWidgets.QMessageBox.StandardButton.No)
            if button:
                button.click()


def leave() -> None:
    """Quit as the user would, and answer the question that comes."""
    timer = QtCore.QTimer()
    timer.timeout.connect(discard)
    timer.start(50)
    _kept.append(timer)
    quit_krita()


def case_krita_ends(facts: dict[str, Any]) -> Steps:
    """The chain does not end here; the test outside sees how Krita ends."""
    document = hand.new_document(WIDTH, HEIGHT)
    layer = document.topLevelNodes()[0]
    yield hand.chosen(document, layer)
    yield PLACES[DOCKER]
    yield docker.quiet
    if STAGE == "waiting":
        hand.click()
        yield under_way
        leave()
    elif STAGE == "at once":
        hand.click()
        leave()
    else:
        when_it_is_put_in(int(STAGE))
        hand.click()
    while True:
        yield from turns(100)


def under_way() -> bool:
    """Whether the progress is shown somewhere."""
    return hand.progress() is not None or docker.state()["done"] is not None


def when_it_is_put_in(milliseconds: int) -> None:
    """Quit so long after the mask begins to be put in."""
    mask: Any = importlib.import_module("localmatte.document.mask")
    add = mask.add

    def at_the_moment(*arguments: Any) -> Any:
        QtCore.QTimer.singleShot(milliseconds, leave)
        return add(*arguments)

    mask.add = at_the_moment


run(dict(globals()))
