"""A person's clicks, step by step: the test outside holds the mouse, the keys and the camera.

Each step writes what the other side needs into LOCALMATTE_STEPS/<step>.json and goes on when
<step>.done is there.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from krita import Krita

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Condition, Steps, run
from tests.editors.inside.krita_qt import QtWidgets

STEPS = Path(os.environ["LOCALMATTE_STEPS"])
ENTRIES = [
    "Remove Background",
    "Edges Again…",
    "Refine Inside Selection",
    "Finish Painted Edges",
    "Keep What Is Selected",
    "Remove What Is Selected",
    "Models…",
    "Settings…",
]
ACTIONS = (
    "localmatte_remove_background",
    "localmatte_edges_again",
    "localmatte_refine_inside_selection",
    "localmatte_finish_painted_edges",
    "localmatte_keep_selected",
    "localmatte_remove_selected",
    "localmatte_models",
    "localmatte_settings",
)
app = Krita.instance()


def tell(step: str, **facts: Any) -> Condition:
    """Hand over to the other side; true when it has done its part."""
    unfinished = STEPS / f"{step}.part"
    unfinished.write_text(json.dumps(facts))
    unfinished.replace(STEPS / f"{step}.json")
    return (STEPS / f"{step}.done").exists


def middle(menu: QtWidgets.QMenu | QtWidgets.QMenuBar, text: str) -> tuple[int, int]:
    """Where on the screen a menu's entry is, found by the text that the user reads."""
    for action in menu.actions():
        if _said(action) == text:
            place = menu.mapToGlobal(menu.actionGeometry(action).center())
            return place.x(), place.y()
    raise AssertionError(f"{text} is not among {entries(menu)}")


def open_menu() -> QtWidgets.QMenu | None:
    """The menu that is dropped down, if any."""
    menu = QtWidgets.QApplication.activePopupWidget()
    return menu if isinstance(menu, QtWidgets.QMenu) else None


def entries(menu: QtWidgets.QMenu | QtWidgets.QMenuBar | None) -> list[str]:
    """What the user reads in a menu."""
    return [_said(action) for action in menu.actions()] if menu else []


def _said(action: Any) -> str:
    """An entry's text without its mnemonic and its keys."""
    return str(action.text()).replace("&", "").partition("\t")[0]


def stopped_under_way() -> bool:
    """Stop the worker as soon as it has something to say, before it can be done."""
    under_way = hand.under_way()
    if under_way:
        hand.stop_worker()
    return under_way


def case_from_the_menu_to_the_mask_and_back(facts: dict[str, Any]) -> Steps:
    document = hand.open_document(os.environ["LOCALMATTE_PHOTO"])
    layer = document.topLevelNodes()[0]
    before = hand.state(document)
    for name in ACTIONS:
        # So they are found by that word in Krita's list of shortcuts.
        assert "background" in app.action(name).text().replace("&", "").lower(), name
    assert not app.action("localmatte_remove_background").icon().pixmap(16).isNull()
    window = app.activeWindow().qwindow()
    window.showMaximized()
    yield lambda: window.width() == QtWidgets.QApplication.primaryScreen().geometry().width()
    yield hand.chosen(document, layer)
    app.action("zoom_to_100pct").trigger()
    # Krita enables what needs a layer a moment after there is one.
    yield app.action(hand.ACTION).isEnabled
    yield tell("tools", at=middle(window.menuBar(), "Tools"))
    yield open_menu
    menu = open_menu()
    assert menu is not None
    yield tell("submenu", at=middle(menu, "Remove Background"))
    yield lambda: entries(open_menu()) == ENTRIES
    submenu = open_menu()
    assert submenu is not None
    yield tell("entry", at=middle(submenu, "Remove Background"))
    yield stopped_under_way
    yield hand.progress_is_visible
    yield tell("progress")
    hand.continue_worker()
    yield hand.masked(document, layer)
    after = hand.state(document)
    yield tell("result")
    yield tell("undo")
    yield hand.bare(layer)
    assert hand.state(document) == before
    assert not document.modified()
    yield tell("redo")
    yield lambda: layer.childNodes()
    assert hand.state(document) == after


run(dict(globals()))
