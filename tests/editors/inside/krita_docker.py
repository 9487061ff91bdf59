"""The docker as a user sees it, and what they do around it, for a test outside."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
import time
from typing import Any

from krita import Krita, Selection

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import quit_krita
from tests.editors.inside.krita_qt import QtCore, QtGui, QtWidgets

DOCKER = "localmatte_docker"
PREVIEW = "localmatte preview"
"""What the preview's threads are called."""

app = Krita.instance()


class Presses(QtCore.QObject):  # type: ignore[misc]
    """Counts the presses of the mouse that buttons get.

    An event filter, since a button that opens a menu says that it is pressed once that is closed.
    """

    count = 0

    def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802
        """Qt tells of an event before the button gets it."""
        self.count += event.type() == QtCore.QEvent.Type.MouseButtonPress
        return False


_presses = Presses()


def window() -> Any:
    """The window, as Qt sees it."""
    return app.activeWindow().qwindow()


def docker() -> Any:
    """The docker of the window."""
    found = window().findChild(QtWidgets.QDockWidget, DOCKER)
    assert found is not None, "there is no docker"
    return found


def begin() -> int:
    """Give the window the whole screen; returns the id of Krita's process."""
    window().showMaximized()
    return os.getpid()


def visible_dockers() -> list[str]:
    """The ids of the dockers in sight."""
    return [
        found.objectName() for found in window().findChildren(QtWidgets.QDockWidget) if seen(found)
    ]


def seen(widget: QtWidgets.QWidget) -> bool:
    """Whether any of a widget is in sight."""
    return not widget.visibleRegion().isEmpty()


def show_docker() -> None:
    """Settings ▸ Dockers ▸ Remove Background, in the place of the dockers that take its room."""
    for other in window().findChildren(QtWidgets.QDockWidget):
        if other.objectName() in ("PresetDocker", "ColorSelectorNg", "sharedtooldocker"):
            other.hide()
    if not docker().isVisible():
        docker().toggleViewAction().trigger()
    docker().raise_()


def hide_docker() -> None:
    """Close the docker."""
    docker().hide()


def quiet() -> bool:
    """Whether the plug-in asks the engine for nothing."""
    return all(thread.name != "localmatte" for thread in threading.enumerate())


def checked(text: str) -> bool:
    """Whether a check box is set, or a section open."""
    (box,) = [box for box in _buttons() if box.isCheckable() and _said(box) == text]
    return bool(box.isChecked())


def state() -> dict[str, Any]:
    """What the docker says and offers."""
    models = docker().findChild(QtWidgets.QComboBox, "localmatte_models")
    lists = docker().findChildren(QtWidgets.QComboBox)
    others = [found for found in lists if not found.objectName().startswith("localmatte")]
    bar = docker().findChild(QtWidgets.QProgressBar)
    texts = [label.text() for label in docker().findChildren(QtWidgets.QLabel) if label.isVisible()]
    return {
        "models": [[models.itemData(row), models.itemText(row)] for row in range(models.count())],
        "chosen": models.currentData(),
        "choices": [other.currentData() for other in others],
        "texts": texts,
        "offers": [_said(b) for b in _buttons() if b.isVisible() and b.isEnabled()],
        "done": bar.value() / bar.maximum() if bar.isVisible() else None,
    }


def preview() -> dict[str, Any]:
    """What the preview shows: its matte, as base64, or the sentence in its place."""
    frame = _view().frame
    shown: dict[str, Any] = {
        "message": frame.sentence,
        "stale": bool(frame.stale),
        "busy": frame.busy,
        "size": frame.size,
        "picture": frame.picture is not None,
        "alpha": None,
        "close": None,
    }
    if frame.matte is not None:
        shown.update(alpha=_bytes(frame.matte), width=frame.matte.width())
        shown.update(height=frame.matte.height())
    if frame.close is not None:
        shown.update(close=list(frame.close.part), close_alpha=_bytes(frame.close.matte))
    return shown


def _bytes(image: Any) -> str:
    alpha = image.convertToFormat(QtGui.QImage.Format.Format_Alpha8)
    rows = [alpha.constScanLine(row).asstring(alpha.width()) for row in range(alpha.height())]
    return base64.b64encode(b"".join(rows)).decode()


def quiet_preview() -> bool:
    """Whether the preview shows a result that is up to date."""
    frame = _view().frame
    return frame.matte is not None and not frame.stale and not frame.busy


_since: list[float] = []


def idle_for(wait: float) -> bool:
    """Whether so much time has passed since this was first asked."""
    _since[:] = _since or [time.monotonic()]
    if time.monotonic() - _since[0] < wait:
        return False
    _since.clear()
    return True


def preview_at(x: float, y: float) -> tuple[int, int]:
    """Where on the screen a place of the preview is, as shares of its width and its height."""
    view = _view()
    return _middle(view, QtCore.QPoint(int(view.width() * x), int(view.height() * y)))


def preview_size() -> tuple[int, int]:
    """The preview's width and height, in logical pixels."""
    return _view().width(), _view().height()


def float_at(height: int) -> None:
    """Take the docker out of the window, at a height in logical pixels or its least one."""
    docker().setFloating(True)
    docker().resize(400, height)


def dock() -> None:
    """Put the docker back where it was in the window, before the tabs there."""
    docker().setFloating(False)
    docker().raise_()


def viewport() -> dict[str, Any]:
    """What of the layer the preview shows."""
    found = _view().viewport
    return {"scale": found.scale, "zoom": found.zoom, "seen": list(found.seen())}


def layer_at(x: float, y: float) -> tuple[int, int]:
    """Where on the screen a place of the layer is in the preview."""
    view = _view()
    left, top = (part / view.devicePixelRatioF() for part in view.viewport.to_preview(x, y))
    return _middle(view, QtCore.QPoint(round(left), round(top)))


def meant() -> dict[str, Any]:
    """What the user said of which subject is meant, as a request has it."""
    fields: dict[str, Any] = _view().frame.prompts.fields()
    return fields


def asking() -> list[int | None]:
    """The threads that hold the preview's connections to the engine."""
    return [thread.ident for thread in threading.enumerate() if thread.name == PREVIEW]


def view() -> str:
    """The chosen way to look at the result."""
    return str(_view().view)


def drawn(x: float, y: float) -> list[int]:
    """The colour of a pixel that the preview draws, by its place as shares of its size."""
    view = _view()
    image = view.grab().toImage()
    colour = image.pixelColor(int(image.width() * x), int(image.height() * y))
    return [colour.red(), colour.green(), colour.blue()]


def drawn_of_layer(x: int, y: int) -> list[int]:
    """The colour that the preview draws at a pixel of the layer."""
    view, ratio = _view(), _view().devicePixelRatioF()
    left, top = (part / ratio for part in view.viewport.to_preview(x + 0.5, y + 0.5))
    return drawn(left / view.width(), top / view.height())


def subjects_are_listed() -> bool:
    """Whether the list of the subjects is open."""
    return bool(docker().findChild(QtWidgets.QMenu, "localmatte_subjects").isVisible())


def number(label: str) -> tuple[int, int]:
    """Where on the screen the number of a control of edges is."""
    found = _control(label)
    _bring_into_view(found)
    return _middle(found, found.rect().center())


def button(text: str) -> tuple[int, int]:
    """Where on the screen a button is: of the message box if there is one, else of the docker."""
    boxes = [
        w
        for w in QtWidgets.QApplication.topLevelWidgets()
        if isinstance(w, QtWidgets.QMessageBox) and seen(w)
    ]
    found = boxes[0].findChildren(QtWidgets.QAbstractButton) if boxes else _buttons()
    (one,) = [b for b in found if b.isVisible() and _said(b).startswith(text)]
    _bring_into_view(one)
    # One that is there already moves to the end.
    one.installEventFilter(_presses)
    # Beside a check box's text nothing takes the click.
    inside = (
        QtCore.QPoint(10, one.height() // 2)
        if isinstance(one, QtWidgets.QCheckBox)
        else one.rect().center()
    )
    return _middle(one, inside)


def presses() -> int:
    """How often buttons whose place was asked for were pressed."""
    return _presses.count


def choice_list(key: str) -> tuple[int, int]:
    """Where on the screen the list is that a model or another choice is in."""
    found = _list_with(key)
    _bring_into_view(found)
    return _middle(found, found.rect().center())


def choice_row(key: str) -> tuple[int, int] | None:
    """Where on the screen a choice's row in the dropped-down list is; None until it is there."""
    found = _list_with(key)
    view = found.view()
    if not view.isVisible():
        return None
    row = view.model().index(found.findData(key), 0)
    return _middle(view.viewport(), view.visualRect(row).center())


def open_photo(path: str) -> None:
    """Open a picture in the window."""
    document = hand.open_document(path)
    app.setActiveDocument(document)


def ready() -> bool:
    """Whether the picture's layer is the active one."""
    document = app.activeDocument()
    return document is not None and document.activeNode() == document.topLevelNodes()[0]


def close_all() -> None:
    """Close every picture."""
    for document in app.documents():
        document.waitForDone()
        document.setModified(False)
        document.close()


def picture() -> str:
    """A hash of all that the document holds."""
    document = app.activeDocument()
    document.waitForDone()
    return hashlib.sha256(repr(hand.state(document)).encode()).hexdigest()


def mask() -> dict[str, Any] | None:
    """The mask of the lowest layer over the canvas, as base64; None while there is none."""
    document = app.activeDocument()
    masks = hand.masks(document.topLevelNodes()[0])
    if not masks:
        return None
    pixels = base64.b64encode(hand.whole(masks[0], document)).decode()
    return {"width": document.width(), "height": document.height(), "pixels": pixels}


def click_in_the_menu() -> None:
    """Tools ▸ Remove Background ▸ Remove Background, as a shortcut would."""
    hand.click()


def models_in_the_menu() -> None:
    """Tools ▸ Remove Background ▸ Models…."""
    app.action("localmatte_models").trigger()


def settings_in_the_menu() -> None:
    """Tools ▸ Remove Background ▸ Settings…."""
    app.action("localmatte_settings").trigger()


def part_with_the_keyboard() -> str:
    """The name of the docker's widget that has the window's keyboard, if it is in sight."""
    found = window().focusWidget()
    return str(found.objectName()) if found and seen(found) else ""


def erases() -> bool:
    """Whether the brush erases, which the key E changes."""
    return bool(app.action("erase_action").isChecked())


def has_keyboard(key: str) -> bool:
    """Whether the list that a choice is in has the keyboard."""
    return bool(_list_with(key).hasFocus())


def value(label: str) -> float:
    """The number of a control of edges."""
    return float(_control(label).value())


def preset() -> str:
    """The chosen preset of edges; empty where there is none like them."""
    return str(docker().findChild(QtWidgets.QComboBox, "localmatte_presets").currentData())


def keep_preset_as_before(name: str, edges: dict[str, float]) -> None:
    """Write a preset where they were kept before all editors shared a file."""
    app.writeSetting("localmatte", "presets", json.dumps({name: edges}))


def usable(label: str) -> bool:
    """Whether a control of edges takes a number."""
    return bool(_control(label).isEnabled())


def slider(label: str) -> tuple[int, int]:
    """Where on the screen the slider of a control of edges is."""
    (found,) = [f for f in docker().findChildren(QtWidgets.QSlider) if f.accessibleName() == label]
    _bring_into_view(found)
    return _middle(found, found.rect().center())


def select(rect: list[int]) -> None:
    """Select a rectangle of the picture."""
    selection = Selection()
    selection.select(*rect, 255)
    app.activeDocument().setSelection(selection)


def is_loaded() -> bool:
    """Whether Krita knows the plug-in's entry."""
    return app.action("localmatte_remove_background") is not None


def import_a_plugin() -> None:
    """Tools ▸ Scripts ▸ Import Python Plugin from File…, which opens its dialog later."""
    QtCore.QTimer.singleShot(0, app.action("plugin_importer_file").trigger)


def message() -> str:
    """What the message box says; empty when there is none."""
    return hand.message()


def progress_is_seen() -> bool:
    """Whether the docker's own bar, and Cancel below it, are in sight."""
    cancel = next(b for b in _buttons() if _said(b) == "Cancel")
    return seen(docker().findChild(QtWidgets.QProgressBar)) and seen(cancel)


def progress_window() -> bool:
    """Whether the small progress window is there."""
    return hand.progress() is not None


def leave() -> None:
    """Quit as the user would, without a question."""
    quit_krita()


def _bring_into_view(widget: QtWidgets.QWidget) -> None:
    """Scroll as the user would."""
    for area in docker().findChildren(QtWidgets.QScrollArea):
        if area.isAncestorOf(widget):
            area.ensureWidgetVisible(widget)


def _view() -> Any:
    (found,) = [w for w in docker().findChildren(QtWidgets.QWidget) if hasattr(w, "show_frame")]
    return found


def _said(button: Any) -> str:
    """What is on a button, without mnemonics and breaks of lines."""
    return str(button.text()).replace("&", "").replace("\n", " ")


def _control(label: str) -> Any:
    (name,) = [found for found in docker().findChildren(QtWidgets.QLabel) if found.text() == label]
    return name.buddy()


def _list_with(key: str) -> Any:
    lists = docker().findChildren(QtWidgets.QComboBox)
    return next(found for found in lists if found.findData(key) >= 0)


def _buttons() -> list[QtWidgets.QAbstractButton]:
    return list(docker().widget().findChildren(QtWidgets.QAbstractButton))


def _middle(widget: QtWidgets.QWidget, point: Any) -> tuple[int, int]:
    place = widget.mapToGlobal(point)
    return place.x(), place.y()
