"""A user's way through the adapter over PyQt6; run by tests/test_krita_six.py.

The adapter lies in the folder that is the first argument, the simulated Krita in the path.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt6 import QtCore, QtWidgets

PATIENCE_SECONDS = 20.0
CLEAN = 200, 40, 20
PRESETS = Path(os.environ["LOCALMATTE_HOME"]) / "presets.json"
RAMP = bytes(index % 256 for index in range(64 * 32))


def until(holds: Callable[[], Any]) -> None:
    """Let Qt's loop turn until something holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        QtWidgets.QApplication.processEvents()
        time.sleep(0.005)


def boxes() -> list[QtWidgets.QMessageBox]:
    """The message boxes in sight."""
    found = QtWidgets.QApplication.topLevelWidgets()
    return [w for w in found if isinstance(w, QtWidgets.QMessageBox) and w.isVisible()]


def button(inside: Any, text: str) -> Any:
    """The button with that text."""
    found = inside.findChildren(QtWidgets.QPushButton)
    return next(b for b in found if b.text().replace("&", "").startswith(text))


def choose(docker: Any, key: str) -> None:
    """Choose a row of the list that has it."""
    lists = docker.findChildren(QtWidgets.QComboBox)
    found = next(one for one in lists if one.findData(key) >= 0)
    found.setCurrentIndex(found.findData(key))
    found.activated.emit(found.currentIndex())


def kept() -> dict[str, Any]:
    """The presets in the file that the editors share."""
    presets: dict[str, Any] = json.loads(PRESETS.read_text(encoding="utf-8"))["presets"]
    return presets


def left_over() -> list[Any]:
    """The jobs, and those who asked for them, that are still held by something."""
    kinds = ("Job", "Removal", "Errand", "WholeLayer", "Layer", "Mask")
    return [found for found in gc.get_objects() if type(found).__name__ in kinds]


def main() -> None:
    gc.disable()
    application = QtWidgets.QApplication([])
    failures: list[BaseException] = []

    def note(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        failures.append(error)
        sys.__excepthook__(kind, error, trace)

    # PyQt6 ends the process where a slot raises and nobody hooks in.
    sys.excepthook = note

    import krita  # type: ignore[import-not-found, unused-ignore]  # the simulated one

    sys.path.insert(0, sys.argv[1])
    __import__("localmatte")
    assert "PyQt5" not in sys.modules
    app = krita.Krita.instance()
    # As Krita's settings and GIMP's dialog left them.
    app.writeSetting("localmatte", "presets", '{"skin": {"shift": 2.0}, "wrong": 1}')
    in_gimp = {"fur": {"feather": 1.5, "contrast": 0.0}, "skin": {"shift": -2.0}}
    PRESETS.write_text(json.dumps({"format": 1, "presets": in_gimp}))
    window, document = app.window, app.document
    window.qwindow().show()
    layer = document.layer
    pixels = bytes(layer.pixelData(0, 0, 64, 32))

    # Without the docker, a click shows its progress in a window of its own, and makes a mask.
    window.actions["localmatte_remove_background"].trigger()
    until(layer.childNodes)
    (mask,) = layer.childNodes()
    assert bytes(mask.pixelData(0, 0, 64, 32)) == RAMP
    until(lambda: document.activeNode() == mask)
    assert window.activeView().messages == ["The background is hidden by a mask."]

    # What was painted on the mask is finished, and the finished mask takes its place.
    mask.setPixelData(bytes(64) + RAMP[64:], 0, 0, 64, 32)
    window.actions["localmatte_finish_painted_edges"].trigger()
    until(lambda: layer.childNodes() and layer.childNodes() != [mask])
    (mask,) = layer.childNodes()
    assert bytes(mask.pixelData(0, 0, 64, 32)) == RAMP
    assert window.activeView().messages.pop() == "The painted edges are finished."

    # The docker shows the models and runs, too; the earlier mask makes way.
    window.actions["localmatte_models"].trigger()
    docker = window.qwindow().findChild(QtWidgets.QDockWidget, "localmatte_docker")
    assert docker.isVisible()
    models = docker.findChild(QtWidgets.QComboBox, "localmatte_models")
    until(lambda: models.currentData() == "u2netp")
    button(docker, "Run").click()
    until(lambda: layer.childNodes() and layer.childNodes() != [mask])
    assert len(layer.childNodes()) == 1

    # A selection, and the other outputs.
    choose(docker, "selection")
    button(docker, "Run").click()
    until(document.selection)
    assert bytes(document.selection().pixelData(0, 0, 64, 32)) == RAMP
    choose(docker, "layer")
    until(button(docker, "Run").isEnabled)
    button(docker, "Run").click()
    until(lambda: len(document.rootNode().childNodes()) == 2)
    copy = document.rootNode().childNodes()[1]
    assert copy.name() == "layer cut out"
    # The selection that was made above limits it to what was selected.
    assert bytes(copy.childNodes()[0].pixelData(0, 0, 64, 32)) == RAMP
    until(button(docker, "Run").isEnabled)
    choose(docker, "mask")

    # Clean colours are at the soft edges of a new layer, and none where its mask hides it.
    choose(docker, "colours")
    document.setActiveNode(layer)
    button(docker, "Run").click()
    until(lambda: len(document.rootNode().childNodes()) == 3)
    clean = document.rootNode().childNodes()[1]
    found = bytes(clean.pixelData(0, 0, 64, 32))
    assert (found[:4], found[4:8]) == (b"\0\0\0\xff", bytes([*reversed(CLEAN), 255]))
    until(button(docker, "Run").isEnabled)
    choose(docker, "mask")

    # What is selected is looked at again, and put into the mask that is there.
    document.setActiveNode(layer)
    window.actions["localmatte_refine_inside_selection"].trigger()
    until(lambda: layer.childNodes() and button(docker, "Run").isEnabled())
    assert bytes(layer.childNodes()[0].pixelData(0, 0, 64, 32)) == RAMP
    chosen, document.chosen = document.chosen, None
    window.actions["localmatte_refine_inside_selection"].trigger()
    until(boxes)
    assert boxes()[0].text() == "There is no selection."
    boxes()[0].close()
    document.chosen = chosen

    # Several layers get a mask each; of an animated one that is said.
    layer.enableAnimation()
    document.setActiveNode(layer)
    document.several = [layer, copy]
    button(docker, "Run").click()
    until(lambda: "“layer”: Only the current frame" in window.activeView().messages[-1])
    assert window.activeView().messages[-1].startswith("Done: 2 layers.")
    assert [len(node.childNodes()) for node in (layer, copy)] == [1, 1]

    # The preview follows the controls.
    head = next(b for b in docker.findChildren(QtWidgets.QToolButton) if b.text() == "Edges")
    head.click()
    view = next(w for w in docker.findChildren(QtWidgets.QWidget) if hasattr(w, "show_frame"))
    until(lambda: view.frame.matte is not None and not view.frame.busy)
    assert view.frame.matte.pixelColor(1, 0).alpha() == 1
    contrast = docker.findChildren(QtWidgets.QDoubleSpinBox)[0]
    before = view.frame.matte
    contrast.setValue(0.5)
    until(lambda: view.frame.matte is not before and not view.frame.busy)
    for name in ("transparency", "black", "colour", "overlay", "matte", "original"):
        view.view = name
        view.grab()
    button(docker, "Run").click()
    until(button(docker, "Run").isEnabled)
    assert app.readSetting("localmatte", "edges", "") == '{"contrast": 0.5}'
    # Edges are saved under a name and taken from there again.
    add = next(b for b in docker.findChildren(QtWidgets.QToolButton) if b.text() == "+")
    add.click()
    until(lambda: window.qwindow().findChildren(QtWidgets.QInputDialog))
    (dialog,) = window.qwindow().findChildren(QtWidgets.QInputDialog)
    dialog.setTextValue("hair")
    dialog.accept()
    presets = docker.findChild(QtWidgets.QComboBox, "localmatte_presets")
    assert app.readSetting("localmatte", "presets", "") == ""
    assert list(kept()) == ["fur", "skin", "skin 2", "hair"]
    assert (kept()["skin"], kept()["skin 2"]) == (in_gimp["skin"], {"shift": 2.0})
    until(lambda: presets.currentData() == "hair")
    button(docker, "Reset").click()
    assert (contrast.value(), presets.currentData()) == (0, "")
    choose(docker, "hair")
    assert contrast.value() == 0.5
    next(b for b in docker.findChildren(QtWidgets.QToolButton) if b.text() == "−").click()
    assert presets.findData("hair") < 0
    choose(docker, "fur")
    feather = docker.findChildren(QtWidgets.QDoubleSpinBox)[1]
    assert (contrast.value(), feather.value()) == (0, 1.5)
    # Another window has deleted one, and saved one.
    PRESETS.write_text(json.dumps({"presets": {"fur": {}, "new": {"smooth": 3}}}))
    choose(docker, "skin 2")
    until(boxes)
    assert boxes()[0].text() == "The preset “skin 2” was deleted in the meantime."
    boxes()[0].close()
    assert (feather.value(), presets.findData("skin 2")) == (1.5, -1)
    assert presets.findData("new") > 0
    # A damaged file is told, and stays as it is; what is saved then is not lost unsaid.
    PRESETS.write_text("damaged")
    app.writeSetting("localmatte", "presets", '{"late": {"shift": 1.0}}')
    feather.setValue(2.0)
    said = [label.text() for label in docker.findChildren(QtWidgets.QLabel)]
    assert any(text.startswith(f"Cannot read the presets in {PRESETS}.") for text in said)
    add.click()
    window.qwindow().findChildren(QtWidgets.QInputDialog)[-1].setTextValue("hair")
    window.qwindow().findChildren(QtWidgets.QInputDialog)[-1].accept()
    until(boxes)
    assert boxes()[0].text() == f"Cannot read the presets in {PRESETS}."
    boxes()[0].close()
    assert PRESETS.read_text() == "damaged"
    assert "late" in app.readSetting("localmatte", "presets", "")
    PRESETS.unlink()
    button(docker, "Reset").click()
    assert (list(kept()), app.readSetting("localmatte", "presets", "")) == (["late"], "")
    head.click()

    # Terms are shown before a download; refusing them ends it.
    choose(docker, "rmbg-1.4-int8")
    button(docker, "Download").click()
    until(boxes)
    assert "you must accept its licence" in boxes()[0].text()
    button(boxes()[0], "Cancel").click()
    until(lambda: not boxes() and button(docker, "Run").isEnabled())
    assert window.activeView().messages[-1] == "Nothing was downloaded."

    # An accepted download that fails says why.
    button(docker, "Download").click()
    until(boxes)
    button(boxes()[0], "Accept").click()
    until(lambda: boxes() and "There is no such request" in boxes()[0].text())
    boxes()[0].close()
    until(lambda: not boxes() and button(docker, "Run").isEnabled())

    # Removing a model is asked first; the file chooser's file is what the engine is asked for.
    choose(docker, "u2netp")
    button(docker, "Remove…").click()
    until(boxes)
    assert boxes()[0].text() == "Remove U²-Net portable from this computer?"
    button(boxes()[0], "Cancel").click()
    until(lambda: not boxes() and button(docker, "Run").isEnabled())
    button(docker, "Import…").click()
    until(lambda: window.qwindow().findChildren(QtWidgets.QFileDialog))
    (files,) = window.qwindow().findChildren(QtWidgets.QFileDialog)
    files.setDirectory(str(Path(__file__).parent))
    files.selectFile(Path(__file__).name)
    files.accept()
    until(lambda: boxes() and "There is no such request" in boxes()[0].text())
    boxes()[0].close()
    until(lambda: not boxes() and button(docker, "Run").isEnabled())

    # An empty layer is refused with a sentence.
    layer.setPixelData(b"", 0, 0, 0, 0)
    document.setActiveNode(layer)
    button(docker, "Run").click()
    until(boxes)
    assert "This layer is empty." in boxes()[0].text()
    boxes()[0].close()
    layer.setPixelData(pixels, 0, 0, 64, 32)

    # A preview that nobody sees holds nothing, either.
    docker.hide()
    # Who asked is let go of at once, not when Python looks for cycles in whatever thread.
    until(lambda: not left_over())

    app.notifier().applicationClosing.emit()
    QtCore.QTimer.singleShot(0, application.quit)
    application.exec()
    assert not failures, failures
    print("DONE")


main()
