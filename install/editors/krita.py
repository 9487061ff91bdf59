"""What Krita's packagings have in common."""

from __future__ import annotations

import re
from pathlib import Path

from .base import Editor, Host

RESOURCE_FOLDER = re.compile(r"^ResourceDirectory=(.+?)\s*$", re.MULTILINE)
GROUP = re.compile(r"^\[", re.MULTILINE)


def editor(
    resources: Path, settings: Path, packaging: str, *, version: str = "", obstacle: str = ""
) -> Editor:
    """Describe a Krita, whose settings may choose another resource folder.

    Args:
        resources: The usual resource folder of this packaging.
        settings: Its kritarc, which need not exist.
        packaging: How it came here, e.g. "Flatpak".
        version: Its version; empty where it is unknown.
        obstacle: Why a plug-in cannot serve there; empty where it can.

    Returns:
        The editor; its folder is the chosen one where that exists.
    """
    folder = chosen_folder(settings) or resources
    return Editor(Host.KRITA, version, packaging, folder, settings, obstacle=obstacle)


def has_run(resources: Path, settings: Path) -> bool:
    """Look for what a Krita leaves when it has run.

    Args:
        resources: Its usual resource folder.
        settings: Its kritarc.

    Returns:
        Whether one of them exists.
    """
    return resources.is_dir() or settings.is_file()


def chosen_folder(settings: Path) -> Path | None:
    """The resource folder that the user chose in Krita's settings, or None.

    Krita writes it above the first group of kritarc, with backslashes doubled.
    """
    try:
        text = settings.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    found = RESOURCE_FOLDER.search(GROUP.split(text, maxsplit=1)[0])
    folder = Path(found[1].replace("\\\\", "\\")) if found else None
    return folder if folder and folder.is_dir() else None
