"""Calls functions of the modules beside it for a test outside, each in a turn of Krita's main loop.

A request is the file LOCALMATTE_CALLS/<number>.call, {"call": "module.function",
"arguments": {...}}; its answer is <number>.answer, {"value": ...} or {"error": traceback}.
"""

from __future__ import annotations

import importlib
import json
import os
import traceback
from pathlib import Path
from typing import Any

from tests.editors.inside.krita_qt import QtCore

CALLS = Path(os.environ["LOCALMATTE_CALLS"])
TURN_MS = 10

_running: list[QtCore.QTimer] = []


def serve() -> None:
    """Answer until Krita quits."""
    timer = QtCore.QTimer()
    timer.setInterval(TURN_MS)
    timer.timeout.connect(_turn)
    timer.start()
    # Qt does not hold the timer.
    _running.append(timer)


def _turn() -> None:
    for request in sorted(CALLS.glob("*.call")):
        answer = _answer(json.loads(request.read_text()))
        request.unlink()
        unfinished = request.with_suffix(".part")
        unfinished.write_text(json.dumps(answer))
        unfinished.replace(request.with_suffix(".answer"))


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    module, function = request["call"].split(".")
    try:
        found = importlib.import_module(f"tests.editors.inside.{module}")
        return {"value": getattr(found, function)(**request["arguments"])}
    except Exception:
        return {"error": traceback.format_exc()}


if __name__ == "__main__":
    # As a module of its own it stays, with all that Qt calls; a script's names go when it ends.
    importlib.import_module("tests.editors.inside.krita_server").serve()
