"""Runs inside GIMP: calls functions of the modules beside it for a test outside.

GIMP's python-fu-eval is a process of its own, so that GIMP stays responsive while it waits.
A request is a line of JSON {"call": "module.function", "arguments": {...}}; an answer is
{"value": ...} or {"error": traceback}.
"""

from __future__ import annotations

import importlib
import json
import socket
import traceback
from typing import Any


def serve(address: str) -> None:
    """Answer one client until it closes the connection."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        client, _ = listener.accept()
    with client, client.makefile("rw", encoding="utf-8") as stream:
        for line in stream:
            stream.write(json.dumps(_answer(json.loads(line))) + "\n")
            stream.flush()


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    module, function = request["call"].split(".")
    try:
        return {"value": getattr(importlib.import_module(module), function)(**request["arguments"])}
    except Exception:
        return {"error": traceback.format_exc()}
