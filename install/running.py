"""Tells whether Krita runs, which would write its own copy of the settings over ours."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .process import answer


def krita_with(settings: Path) -> bool:
    """Whether this user runs a Krita that uses these settings."""
    if sys.platform == "win32":
        return "krita.exe" in answer(["tasklist", "/FI", "IMAGENAME eq krita.exe"]).lower()
    if sys.platform == "darwin":
        return bool(answer(["pgrep", "-x", "-i", "-U", str(os.getuid()), "krita"]))
    return any(_uses(process, settings) for process in Path("/proc").glob("[0-9]*"))


def _uses(process: Path, settings: Path) -> bool:
    try:
        if (process / "comm").read_text(errors="replace").strip() != "krita":
            return False
        entries = (process / "environ").read_bytes().split(b"\0")
    except OSError:  # it has ended meanwhile, or is another user's
        return False
    variables = dict(os.fsdecode(entry).partition("=")[::2] for entry in entries)
    home = Path(variables.get("HOME", "/"))
    return Path(variables.get("XDG_CONFIG_HOME") or home / ".config") == settings.parent
