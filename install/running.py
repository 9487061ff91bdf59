"""Tells whether a program runs on this computer."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .process import answer


def runs(name: str) -> bool:
    """Whether this user runs a program of that name, e.g. "krita"."""
    if sys.platform == "win32":
        program = f"{name}.exe"
        return program in answer(["tasklist", "/FI", f"IMAGENAME eq {program}"]).lower()
    if sys.platform == "darwin":
        return bool(answer(["pgrep", "-x", "-i", "-U", str(os.getuid()), name]))
    return any(_is(process, name) for process in Path("/proc").glob("[0-9]*"))


def _is(process: Path, name: str) -> bool:
    try:
        mine = process.stat().st_uid == os.getuid()
        return mine and (process / "comm").read_text(errors="replace").strip() == name
    except OSError:  # it ended meanwhile
        return False
