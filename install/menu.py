"""Says why the plug-in is not in an editor's menu, by what lies on the disk."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from . import adapters, files, kritarc, source
from .editors import Editor, Host
from .editors.base import PLUGIN

AGAIN = "run 'localmatte install', then restart the editor"
DEEPEST = 4
"""How many folders down from the editor's own a plug-in is looked for that went astray."""

MAIN = {Host.GIMP: "localmatte.py", Host.KRITA: "__init__.py"}
"""What the editor starts, in the plug-in's folder."""

MARK = {Host.GIMP: "localmatte.py", Host.KRITA: "unusable.py"}
"""What tells the plug-in's folder, whatever its name is."""

OLDEST_KRITA = (5, 2)
LIBRARY = re.compile(rb"^X-KDE-Library=(.*?)\s*$", re.MULTILINE)
DEFINITION = re.compile(
    r'\(plug-in-def "[^"]*\blocalmatte\.py" (?P<time>\d+)(?P<rest>.*?)(?=^\(|\Z)',
    re.MULTILINE | re.DOTALL,
)
PROCEDURE = re.compile(r'\(proc-def "(localmatte-[\w-]+)"')
OFFERED = re.compile(r'^    "(localmatte-[\w-]+)": \(Gimp\.', re.MULTILINE)
TRACEBACK = re.compile(r"^Traceback .*\n(?:[ \t]+.*\n)+(?P<error>\S.*)", re.MULTILINE)
QUIT_AT_ONCE = ("-i", "-d", "-f", "-s", "--quit")
START_SECONDS = 60.0


def absent_because(editor: Editor, found: Iterable[Editor] = ()) -> str:
    """Find out why the plug-in is not in an editor's menu.

    Args:
        editor: The editor.
        found: All that are on this computer.

    Returns:
        The first reason that holds, with what to do; empty where none is known: it is in the menu,
        or will be when the editor is started again.
    """
    others = [other for other in found if other.host is editor.host and other != editor]
    reasons: Iterator[str] = (check(editor, others) for check in CHECKS[editor.host])
    return next(filter(None, reasons), "")


def _cannot(editor: Editor, others: Sequence[Editor]) -> str:
    return editor.obstacle


def _elsewhere(editor: Editor, others: Sequence[Editor]) -> str:
    """It is in a wrong folder, has a wrong name, is another packaging's, or is nowhere."""
    if (editor.plugin / MAIN[editor.host]).is_file():
        return ""
    astray = _astray(editor)
    if astray:
        return f"it is in {astray}, but must be in {editor.plugin}: {AGAIN}"
    for other in others:
        if other.placed:
            return f"it is installed for {other.name} only: {AGAIN}"
    return f"it is not installed: {AGAIN}"


def _astray(editor: Editor) -> Path | None:
    """Our plug-in's folder in another place inside the editor's own."""
    patterns = ("*/" * depth + MARK[editor.host] for depth in range(DEEPEST + 1))
    found = next((mark for pattern in patterns for mark in editor.folder.glob(pattern)), None)
    # A program that lies among the folders of the others is in none of its own.
    return found.parent if found and found.parent != editor.folder else found


def _incomplete(editor: Editor, others: Sequence[Editor]) -> str:
    """Files are missing; which ones there must be is known of this version only."""
    here = source.find()
    if editor.placed_version not in ("", here.version):
        return ""
    missing = [path for path in adapters.places(editor, here) if not path.exists()]
    return f"{missing[0]} is missing: {AGAIN}" if missing else ""


def _not_executable(editor: Editor, others: Sequence[Editor]) -> str:
    main = editor.plugin / MAIN[Host.GIMP]
    if sys.platform == "win32" or os.access(main, os.X_OK):
        return ""
    return f"{main} is not executable, so GIMP ignores it: run 'chmod +x {main}', then restart GIMP"


def _remembered(editor: Editor, others: Sequence[Editor]) -> str:
    """GIMP goes by what it wrote down of the file when its date was last another one."""
    main = editor.plugin / MAIN[Host.GIMP]
    cache = editor.folder.parent / "pluginrc"
    content = files.read(cache)
    if content is None:
        return ""
    definition = DEFINITION.search(content.decode("utf-8", "replace"))
    if definition is None:
        tried = cache.stat().st_mtime > main.stat().st_mtime
        return _failure_in_gimp(editor) if tried else ""
    offered = set(OFFERED.findall(main.read_text(encoding="utf-8", errors="replace")))
    known = set(PROCEDURE.findall(definition["rest"]))
    if int(definition["time"]) != int(main.stat().st_mtime) or offered <= known:
        return ""
    return f"GIMP remembers an older version of it: delete {cache}, then restart GIMP"


def _failure_in_gimp(editor: Editor) -> str:
    """What GIMP's log says of the plug-in, which is started for it where that can be."""
    error = ""
    if editor.console:
        try:
            done = subprocess.run(
                [*editor.console, *QUIT_AT_ONCE],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=START_SECONDS,
                text=True,
                errors="replace",
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        said = (match for match in TRACEBACK.finditer(done.stderr) if PLUGIN in match[0])
        error = next((match["error"] for match in said), "")
    why = f"GIMP could not load it: {error}" if error else "GIMP could not load it when it started"
    return f"{why}: {AGAIN}"


def _no_desktop_file(editor: Editor, others: Sequence[Editor]) -> str:
    """Krita lists what its .desktop files name, and nothing else."""
    described = editor.folder / "pykrita" / f"{PLUGIN}.desktop"
    library = LIBRARY.search(files.read(described) or b"")
    if library and library[1] == PLUGIN.encode():
        return ""
    return f"{described} is missing or not localmatte's: {AGAIN}"


def _too_old(editor: Editor, others: Sequence[Editor]) -> str:
    version = tuple(map(int, re.findall(r"\d+", editor.version)[:2]))
    if not version or version >= OLDEST_KRITA:
        return ""
    return f"Krita {editor.version} is too old: update it to 5.2 or newer"


def _disabled(editor: Editor, others: Sequence[Editor]) -> str:
    content = files.read(editor.settings) if editor.settings else b""
    if editor.settings is None or kritarc.enabled(content):
        return ""
    return f"it is disabled in {editor.settings}: {kritarc.TICK_IT}"


def _failure_in_krita(editor: Editor, others: Sequence[Editor]) -> str:
    """What the plug-in wrote down when Krita could not load it."""
    content = files.read(editor.settings) if editor.settings else None
    failure = kritarc.failure(content or b"")
    return f"Krita could not load it: {failure}: {AGAIN}" if failure else ""


Check = Callable[[Editor, Sequence[Editor]], str]

CHECKS: dict[Host, tuple[Check, ...]] = {
    Host.GIMP: (_cannot, _elsewhere, _incomplete, _not_executable, _remembered),
    Host.KRITA: (
        _cannot,
        _elsewhere,
        _no_desktop_file,
        _incomplete,
        _too_old,
        _disabled,
        _failure_in_krita,
    ),
}
"""What can be wrong with each editor, in the order in which it is looked at."""
