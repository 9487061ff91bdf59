"""The titles of GIMP's windows: a message is not called what the window behind it is called."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

UI = Path(__file__).parents[1] / "gimp_plugin/localmatte/localmatte_gimp/ui"
WINDOWS = ("Dialog", "__init__", "FileChooserNative")
MESSAGES = ("MessageDialog", "explain", "_explained")


def titles(*functions: str) -> Iterator[str]:
    """The texts for users in calls of functions of these names, as `title=` or in turn."""
    for path in UI.glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and named(call.func) in functions:
                given = [key.value for key in call.keywords if key.arg == "title"]
                for text in [*call.args, *given]:
                    if isinstance(text, ast.Call) and named(text.func) == "_":
                        yield ast.literal_eval(text.args[0])


def named(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def test_no_message_has_a_window_s_title() -> None:
    windows, messages = set(titles(*WINDOWS)), set(titles(*MESSAGES))
    assert {"Remove Background", "Edges Again", "Models"} <= windows
    assert {"Nothing Left", "Download Failed"} <= messages
    assert not windows & messages
