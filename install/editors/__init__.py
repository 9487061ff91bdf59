"""Finds the editors on this computer and the folders that their plug-ins belong in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..errors import InstallError
from . import appimage, flatpak, linux, macos, macos_store, snap, windows, windows_store
from .base import Editor, Finder, Host, Machine

__all__ = ["Editor", "Host", "Machine", "choose", "find"]

PACKAGINGS: dict[str, tuple[Finder, ...]] = {
    "darwin": (macos.find, macos_store.find),
    "linux": (linux.find, flatpak.find, snap.find, appimage.find),
    "win32": (windows.find, windows_store.find),
}


def find(machine: Machine | None = None) -> list[Editor]:
    """Every GIMP and Krita here that localmatte has an adapter for.

    Where two share a folder, the first packaging names it.
    """
    machine = machine or Machine()
    finders = PACKAGINGS.get(machine.platform, PACKAGINGS["linux"])
    return _one_a_folder(editor for finder in finders for editor in finder(machine))


def choose(found: list[Editor], wanted: list[str]) -> list[Editor]:
    """Pick the editors that the user named.

    Args:
        found: What `find` found.
        wanted: "gimp", "krita", or folders: GIMP's plug-ins folder or Krita's resource folder.
            An empty list means all.

    Returns:
        All of `found` that a program's name stands for, and an editor for each folder, whether
        `find` found it or not.

    Raises:
        InstallError: A folder is neither.
    """
    if not wanted:
        return found
    chosen: list[Editor] = []
    for word in wanted:
        if word in list(Host):
            chosen += [editor for editor in found if editor.host == word]
        else:
            chosen.append(_in_folder(Path(word).expanduser().absolute()))
    return _one_a_folder(chosen)


def _one_a_folder(editors: Iterable[Editor]) -> list[Editor]:
    by_folder: dict[Path, Editor] = {}
    for editor in editors:
        by_folder.setdefault(editor.folder, editor)
    return list(by_folder.values())


def _in_folder(folder: Path) -> Editor:
    if folder.name == "plug-ins":
        return Editor(Host.GIMP, folder.parent.name, "chosen folder", folder)
    if (folder / "plug-ins").is_dir():
        return Editor(Host.GIMP, folder.name, "chosen folder", folder / "plug-ins")
    if folder.name == "pykrita":
        return Editor(Host.KRITA, "", "chosen folder", folder.parent)
    if folder.name.lower() == "krita" or (folder / "pykrita").is_dir():
        return Editor(Host.KRITA, "", "chosen folder", folder)
    raise InstallError(
        f"{folder} is neither GIMP's plug-ins folder nor Krita's resource folder.",
        "GIMP shows its folder under Preferences ▸ Folders, Krita under Manage Resources.",
        exit_status=2,
    )
