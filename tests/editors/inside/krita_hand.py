"""What a user does in Krita and what they see, for the scripts that run inside it."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from krita import InfoObject, Krita

from tests.editors.inside.krita_qt import QtGui, QtWidgets, sip

ACTION = "localmatte_remove_background"
SETTINGS = "localmatte"
DEFAULTS = {
    "best_edges": "false",
    "edges": "{}",
    "existing": "replace",
    "inside_selection": "true",
    "output": "mask",
    "refine": "true",
}
MASK = "Remove Background"
KEPT = "krita_attribute:localmatte-mask "
"""What a mask is kept as in a document, before the mask's id."""
SAMPLES = {"U8": "B", "U16": "H", "F16": "e", "F32": "f"}
WHITE = {"U8": 255, "U16": 65535, "F16": 1.0, "F32": 1.0}
STEADY_LOOKS = 10
"""Looks, one at each turn of the main loop, after which what was seen at all of them stays."""
CHANNELS = {"RGBA": 4, "GRAYA": 2, "CMYKA": 5, "LABA": 4, "XYZA": 4, "YCbCrA": 4}

app = Krita.instance()


def new_document(
    width: int, height: int, model: str = "RGBA", depth: str = "U8", profile: str = ""
) -> Any:
    """A document in the window, with one opaque grey layer."""
    document = app.createDocument(width, height, "case", model, depth, profile, 72.0)
    app.activeWindow().addView(document)
    (layer,) = children(document.rootNode())
    layer.setPixelData(pixels(width * height, model, depth), 0, 0, width, height)
    settle(document)
    return document


def open_document(path: str) -> Any:
    """A file in the window."""
    document = app.openDocument(path)
    app.activeWindow().addView(document)
    settle(document)
    return document


def settle(document: Any) -> None:
    """Wait for Krita's own work, and count what was done so far as saved."""
    document.refreshProjection()
    document.waitForDone()
    document.setModified(False)


def pixels(count: int, model: str = "RGBA", depth: str = "U8", alpha: float = 1.0) -> bytes:
    """So many pixels of a middle grey."""
    white = WHITE[depth]
    value = white // 2 if isinstance(white, int) else white / 2
    opacity = round(white * alpha) if isinstance(white, int) else white * alpha
    colour = [value] * (CHANNELS[model] - 1)
    return struct.pack(f"={CHANNELS[model]}{SAMPLES[depth]}", *colour, opacity) * count


def colours(count: int, model: str, depth: str) -> bytes:
    """So many opaque pixels of many colours."""
    white = WHITE[depth]
    levels = [(index * 37 % 101) / 100 for index in range(count * (CHANNELS[model] - 1))]
    values = [round(level * white) if isinstance(white, int) else level for level in levels]
    found = b""
    for start in range(0, len(values), CHANNELS[model] - 1):
        colour = values[start : start + CHANNELS[model] - 1]
        found += struct.pack(f"={CHANNELS[model]}{SAMPLES[depth]}", *colour, white)
    return found


def in_space(bgra: bytes, space: tuple[str, str, str]) -> bytes:
    """An sRGB pixel of 8 bits in another colour space, by a document of its own."""
    document = app.createDocument(1, 1, "", "RGBA", "U8", "", 72.0)
    layer = document.topLevelNodes()[0]
    layer.setPixelData(bgra, 0, 0, 1, 1)
    document.setColorSpace(*space)
    document.waitForDone()
    found = bytes(layer.pixelData(0, 0, 1, 1))
    document.close()
    return found


def close(one: bytes, other: bytes, depth: str) -> bool:
    """Whether two pixels are the same but for how their conversion was rounded."""
    pattern = f"={len(one) // struct.calcsize(SAMPLES[depth])}{SAMPLES[depth]}"
    first, second = struct.unpack(pattern, one), struct.unpack(pattern, other)
    return all(abs(a - b) <= WHITE[depth] / 1000 for a, b in zip(first, second, strict=True))


def projection(document: Any) -> bytes:
    """What Krita shows of a picture on a screen that is sRGB: four bytes a pixel, BGRA."""
    image = document.projection(0, 0, document.width(), document.height())
    image = image.convertToFormat(QtGui.QImage.Format.Format_ARGB32)
    data = image.constBits()
    data.setsize(image.sizeInBytes())
    return bytes(data)


def children(parent: Any) -> list[Any]:
    """The nodes in a node, whose handles end with the list: Krita 5.2 would keep them for good."""
    found: list[Any] = parent.childNodes()
    for node in found:
        sip.transferback(node)
    return found


def new_layer(document: Any, kind: str = "paintlayer", name: str = "layer") -> Any:
    """A layer on top of all, empty."""
    layer = document.createNode(name, kind)
    document.rootNode().addChildNode(layer, None)
    return layer


def chosen(document: Any, node: Any) -> Callable[[], bool]:
    """Make a node the active one; true when Krita, which takes its time, has done so."""

    def look() -> bool:
        app.setActiveDocument(document)
        document.setActiveNode(node)
        return bool(app.activeDocument() == document and document.activeNode() == node)

    return look


def all_selected(count: int) -> Callable[[], bool]:
    """Select all layers of the document in front; true once so many have stayed selected.

    Krita tells its list of layers of a new active node later, and that one alone is selected then.
    """
    looks = 0

    def look() -> bool:
        nonlocal looks
        selected = len(app.activeWindow().activeView().selectedNodes()) == count
        looks = looks + 1 if selected else 0
        if not selected:
            app.action("select_all_layers").trigger()
        return looks >= STEADY_LOOKS

    return look


@contextlib.contextmanager
def preferring(**choices: str) -> Iterator[None]:
    """The user's choices, as the docker keeps them, while the block runs."""
    before = {name: app.readSetting(SETTINGS, name, "") for name in choices}
    for name, choice in choices.items():
        app.writeSetting(SETTINGS, name, choice)
    try:
        yield
    finally:
        for name, choice in before.items():
            app.writeSetting(SETTINGS, name, choice or DEFAULTS[name])


def click() -> None:
    """Choose Tools ▸ Remove Background ▸ Remove Background as a shortcut would."""
    app.action(ACTION).trigger()


def bare(layer: Any) -> Callable[[], bool]:
    """Whether the layer has no mask any more."""
    return lambda: not children(layer)


def masks(layer: Any) -> list[Any]:
    """The masks of ours on a layer, the lowest first."""
    return [node for node in children(layer) if node.name() == MASK]


def masked(document: Any, layer: Any, count: int = 1) -> Callable[[], bool]:
    """Whether the layer has so many masks of ours by now, one of them active, and all is over.

    Krita's main loop may turn, and a test go on, before the document holds what the mask was.
    """

    def look() -> bool:
        active = document.activeNode()
        if len(masks(layer)) != count or active is None or active.name() != MASK:
            return False
        return KEPT + active.uniqueId().toString() in document.annotationTypes()

    return look


def progress() -> QtWidgets.QProgressDialog | None:
    """The progress window, if a removal is under way."""
    found = [
        w
        for w in QtWidgets.QApplication.topLevelWidgets()
        if isinstance(w, QtWidgets.QProgressDialog)
    ]
    alive = [window for window in found if window.windowTitle() == "Remove Background"]
    return alive[0] if alive else None


def under_way() -> bool:
    """Whether the engine works on a request by now."""
    window = progress()
    return window is not None and window.labelText() != "Starting…"


def shown() -> int:
    """How far the progress window's bar is; 0 when there is none."""
    window = progress()
    return window.value() if window else 0


def progress_is_visible() -> bool:
    """Whether the progress window can be seen, which takes a moment."""
    window = progress()
    return window is not None and bool(window.isVisible())


def press_cancel() -> None:
    """Press Cancel in the progress window."""
    window = progress()
    assert window is not None
    window.findChild(QtWidgets.QPushButton).click()


def workers() -> list[int]:
    """The ids of this account's worker and any process that it started."""
    mark = f"LOCALMATTE_HOME={Path.home().parent}/".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes().split(b"\0")
            ours = mark in (process / "environ").read_bytes()
            if ours and command[-4:-1] == [b"-m", b"localmatte", b"worker"]:
                found.append(int(process.name))
    return found


def worker() -> int:
    """The id of the worker's process, the oldest of them."""
    return min(workers())


def stop_worker() -> None:
    """Make the worker stand still in the middle of its work."""
    os.kill(worker(), signal.SIGSTOP)


def continue_worker() -> None:
    """Let the worker go on."""
    os.kill(worker(), signal.SIGCONT)


def message() -> str:
    """What the message box says; empty when there is none."""
    for widget in QtWidgets.QApplication.topLevelWidgets():
        if isinstance(widget, QtWidgets.QMessageBox) and widget.isVisible():
            return f"{widget.text()} {widget.informativeText()}"
    return ""


def floating_message() -> bool:
    """Whether Krita says something over the canvas."""
    widgets = QtWidgets.QApplication.allWidgets()
    return any(
        widget.metaObject().className() == "KisFloatingMessage" and widget.isVisible()
        for widget in widgets
    )


def press(button: str) -> None:
    """Press a button of the message box."""
    for widget in QtWidgets.QApplication.topLevelWidgets():
        if isinstance(widget, QtWidgets.QMessageBox) and widget.isVisible():
            found = widget.findChildren(QtWidgets.QPushButton)
            next(one for one in found if one.text().replace("&", "") == button).click()


@contextlib.contextmanager
def notes() -> Iterator[list[str]]:
    """What is said over the canvas meanwhile, where Krita shows it but does not tell of it."""
    removal: Any = importlib.import_module("localmatte.tasks.removal")
    show = removal.show_note
    said: list[str] = []

    def note(text: str) -> None:
        said.append(text)
        show(text)

    removal.show_note = note
    try:
        yield said
    finally:
        removal.show_note = show


def dismiss() -> None:
    """Close the message boxes."""
    for widget in QtWidgets.QApplication.topLevelWidgets():
        if isinstance(widget, QtWidgets.QMessageBox):
            widget.close()


def edges_window() -> Any:
    """The window of Edges Again; None where there is none."""
    found = [
        one
        for one in QtWidgets.QApplication.topLevelWidgets()
        if isinstance(one, QtWidgets.QDialog)
    ]
    alive = [one for one in found if one.windowTitle() == "Edges Again" and one.isVisible()]
    return alive[0] if alive else None


def press_ok() -> None:
    """Press OK in the window of Edges Again."""
    edges_window().findChild(QtWidgets.QDialogButtonBox).button(
        QtWidgets.QDialogButtonBox.StandardButton.Ok
    ).click()


def undo(document: Any) -> None:
    """Edit ▸ Undo, which Krita refuses while it is still drawing."""
    document.waitForDone()
    app.action("edit_undo").trigger()


def redo(document: Any) -> None:
    """Edit ▸ Redo, which Krita refuses while it is still drawing."""
    document.waitForDone()
    app.action("edit_redo").trigger()


def whole(node: Any, document: Any) -> bytes:
    """A node's pixels over the canvas."""
    return bytes(node.pixelData(0, 0, document.width(), document.height()))


def alpha(document: Any) -> list[float]:
    """The alpha of all that the document shows, in 0..255."""
    document.refreshProjection()
    document.waitForDone()
    model, depth = document.colorModel(), document.colorDepth()
    data = bytes(document.pixelData(0, 0, document.width(), document.height()))
    values = [value for (value,) in struct.iter_unpack(f"={SAMPLES[depth]}", data)]
    return [value * 255 / WHITE[depth] for value in values[CHANNELS[model] - 1 :: CHANNELS[model]]]


def export(document: Any, path: str) -> None:
    """File ▸ Export as PNG, without its dialog."""
    document.setBatchmode(True)
    assert document.exportImage(path, InfoObject())


def ramp(count: int) -> bytes:
    """What the stand-in worker answers for so many pixels."""
    return bytes(index % 256 for index in range(count))


def state(document: Any) -> list[Any]:
    """Every node with its place, its kind and its pixels: what must not change."""

    def walk(node: Any, path: str) -> list[Any]:
        bounds = node.bounds()
        rect = bounds.x(), bounds.y(), bounds.width(), bounds.height()
        found = [(path, node.name(), node.type(), node.visible(), bytes(node.pixelData(*rect)))]
        for number, child in enumerate(children(node)):
            found += walk(child, f"{path}/{number}")
        return found

    return walk(document.rootNode(), "")
