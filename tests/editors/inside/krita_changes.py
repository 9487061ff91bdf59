"""What can change in a document while the docker is open, as a user or a script does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from krita import Krita, Selection

from tests.editors.inside import krita_docker as docker
from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_qt import QtCore, QtWidgets

app = Krita.instance()
SIZE = 320, 240
_kept: dict[str, Any] = {}


def begin() -> None:
    """A document with two layers of different colours, the upper one active."""
    document = hand.new_document(*SIZE)
    lower = document.topLevelNodes()[0]
    lower.setPixelData(_pixels(40), 0, 0, *SIZE)
    upper = hand.new_layer(document, name="upper")
    upper.setPixelData(_pixels(200), 0, 0, *SIZE)
    hand.settle(document)
    keep(document, upper, lower)


def keep(document: Any, upper: Any, lower: Any = None) -> None:
    """Let these be what is changed."""
    _kept.update(document=document, lower=lower, upper=upper)


def ready() -> bool:
    """Whether the upper layer is the active one."""
    return hand.chosen(_kept["document"], _kept["upper"])()


def change(name: str) -> None:
    """Make a change by its name."""
    CHANGES[name](_kept["document"])


def kept(name: str) -> Any:
    """The "document", its "lower" or its "upper" layer."""
    return _kept[name]


def _pixels(level: int) -> bytes:
    width, height = SIZE
    return bytes([level, 255 - level, 90, 255]) * (width * height)


def _select(document: Any) -> None:
    selection = Selection()
    selection.select(20, 30, 200, 120, 255)
    document.setSelection(selection)


def _select_less(document: Any) -> None:
    selection = Selection()
    selection.select(20, 30, 200, 120, 255)
    selection.select(40, 40, 20, 20, 0)
    document.setSelection(selection)


def _paint(document: Any) -> None:
    _kept["upper"].setPixelData(bytes([0, 0, 255, 255]) * 4000, 50, 60, 80, 50)


def _fill(document: Any) -> None:
    app.action("fill_selection_foreground_color").trigger()


def _other_document(document: Any) -> None:
    other = hand.new_document(200, 100)
    other.topLevelNodes()[0].setPixelData(bytes([9, 99, 199, 255]) * 20000, 0, 0, 200, 100)
    hand.settle(other)
    _kept["other"] = other


def _show(document: Any) -> None:
    app.setActiveDocument(document)
    window = app.activeWindow()
    view = next(v for v in window.views() if v.document() == document)
    window.showView(view)
    view.setVisible()


def _close(document: Any) -> None:
    document.setModified(False)
    document.close()


def _float(document: Any) -> None:
    docker.docker().setFloating(True)


def _left(document: Any) -> None:
    docker.docker().setFloating(False)
    docker.window().addDockWidget(QtCore.Qt.DockWidgetArea.LeftDockWidgetArea, docker.docker())


def _right(document: Any) -> None:
    docker.window().addDockWidget(QtCore.Qt.DockWidgetArea.RightDockWidgetArea, docker.docker())


def _behind_a_tab(document: Any) -> None:
    other = docker.window().findChild(QtWidgets.QDockWidget, "KisLayerBox")
    docker.window().tabifyDockWidget(docker.docker(), other)
    other.raise_()


def _before_its_tab(document: Any) -> None:
    docker.docker().raise_()


CHANGES: dict[str, Callable[[Any], None]] = {
    "another layer": lambda document: document.setActiveNode(_kept["lower"]),
    "the first layer again": lambda document: document.setActiveNode(_kept["upper"]),
    "a selection": _select,
    "less selected": _select_less,
    "nothing selected": lambda document: document.setSelection(None),
    "all selected": lambda document: app.action("select_all").trigger(),
    "painted by a script": _paint,
    "filled": _fill,
    "undone": lambda document: hand.undo(document),
    "moved": lambda document: _kept["upper"].move(15, 10),
    "moved back": lambda document: _kept["upper"].move(0, 0),
    "another document": _other_document,
    "the first document again": _show,
    "the other document again": lambda document: _show(_kept["other"]),
    "the other document closed": lambda document: _close(_kept["other"]),
    "cropped": lambda document: document.crop(0, 0, 300, 200),
    "emptied": lambda document: app.action("clear").trigger(),
    "deleted": lambda document: _kept["upper"].remove(),
    "closed": _close,
    "floating": _float,
    "on the left": _left,
    "on the right": _right,
    "behind a tab": _behind_a_tab,
    "before its tab": _before_its_tab,
}
