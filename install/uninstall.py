"""Takes away everything that the installer and the engine have written, and nothing else."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from . import editor_setup, environment, files, worker
from .console import Console
from .errors import InstallError, writing
from .manifest import Manifest
from .places import Places
from .running import krita_with

SHA256 = "[0-9a-f]{64}"
# What the installer and the engine write; whatever else lies there is the user's.
OWN_FILES = {
    "data": r"install\.log|setup\.lock|\.?presets(-.+|\.json)",
    "proof": r"ball\.png|ball-cutout\.png",
    "models": rf"\.?{SHA256}\..+",
    "damaged": rf"[0-9-]+-{SHA256}\.onnx",
    "run": r"worker\..+|key|\.?elsewhere.*",
    "sockets": r"worker\.sock",
    "config": r"\.?accepted-licences\..+",
    "cache": r"\.?(providers|seconds)\.json.*|tensorrt_.+",
    "logs": r"errors\.log(\.1)?",
}

UVS_OWN = re.compile(r"cpython-.+|\.(lock|temp|gitignore)")
"""What uv lays into its folder of Pythons."""


@dataclass(frozen=True)
class Leftovers:
    """Folders that may be empty by now.

    Attributes:
        kept: Plug-ins' folders that are not.
        own: localmatte's own.
        around: Those around them that were not there before.
    """

    kept: list[Path]
    own: set[Path]
    around: set[Path]


def everything(places: Places, console: Console, *, keep_models: bool = False) -> Leftovers:
    """Remove the plug-ins, the environment, the models, the settings and the caches.

    Args:
        places: Where they lie; files of the user's among them stay.
        console: Told what happens.
        keep_models: Leave the models for a later installation.

    Returns:
        What is left for `remove_folders`.

    Raises:
        InstallError: Something cannot be removed; run again, it goes on from there.
    """
    _check_not_inside(places.environment)
    manifest = Manifest.load(places.manifest)
    _check_krita(manifest)
    worker.finish(environment.python_of(places.environment), places, console)
    kept = plugins(manifest, [], console)
    console.stage(
        "Removing the engine and its settings"
        if keep_models
        else "Removing the engine, its models and its settings"
    )
    environment.remove(places.environment)
    _remove_set_up(places)
    own = {
        "damaged": places.models / "damaged",
        "models": places.models,
        "proof": places.proof,
        "run": places.run,
        "sockets": places.sockets,
        "config": places.config,
        "cache": places.cache,
        "logs": places.logs,
        "data": places.data,
    }
    if keep_models:
        del own["models"], own["damaged"]
    for name, folder in own.items():
        _remove_own(folder, re.compile(OWN_FILES[name]))
    files.remove(places.manifest)
    folders = set(own.values()) - ({places.data} if keep_models else set())
    return Leftovers(kept, folders, set(map(Path, manifest.folders)))


def remove_folders(places: Places, left: Leftovers) -> list[Path]:
    """Remove the lock, which nobody must hold any more, and the folders that are empty.

    Args:
        places: Where the lock lies.
        left: What `everything` returned.

    Returns:
        localmatte's folders that stay, because something of the user's lies in them.

    Raises:
        InstallError: The lock cannot be removed.
    """
    files.remove(places.lock)
    kept = files.remove_empty(left.own)
    files.remove_empty(left.around)
    return left.kept + kept


def plugins(manifest: Manifest, wanted: list[str], console: Console) -> list[Path]:
    """Remove the plug-ins from the editors named, or from all.

    Args:
        manifest: What was placed; changed and saved.
        wanted: "gimp", "krita" or an editor's folder; an empty list means all.
        console: Told what happens.

    Returns:
        The folders that stay because something else lies in them.

    Raises:
        InstallError: Krita is running with settings that were changed, or something cannot be
            removed.
    """
    _check_krita(manifest)
    kept: list[Path] = []
    folders = {str(Path(word).expanduser().absolute()) for word in wanted}
    for record in list(manifest.placed.values()):
        if not wanted or record.host in wanted or record.folder in folders:
            console.stage(f"Removing the plug-in from {record.folder}")
            kept += editor_setup.take_away(record, manifest)
    return kept


def _check_not_inside(folder: Path) -> None:
    if sys.platform == "win32" and Path(sys.prefix) == folder:
        raise InstallError(
            "On Windows, a running program cannot remove itself.",
            "Run 'python install --uninstall' in localmatte's folder instead.",
        )


def _check_krita(manifest: Manifest) -> None:
    changed = [Path(record.settings) for record in manifest.placed.values() if record.undo]
    if any(krita_with(settings) for settings in changed):
        raise InstallError(
            "Krita is running, and its settings refer to the plug-in.",
            "Close Krita, then run this again.",
        )


def _remove_set_up(places: Places) -> None:
    """Remove what a set-up from inside an editor has brought, or an interrupted one has left."""
    with writing(places.data):
        if places.setup.is_dir():
            shutil.rmtree(places.setup)
        brought = list(places.python.iterdir()) if places.python.is_dir() else []
        if all(UVS_OWN.fullmatch(path.name) for path in brought):
            shutil.rmtree(places.python, ignore_errors=not brought)


def _remove_own(folder: Path, own: re.Pattern[str]) -> None:
    with writing(folder):
        found = list(folder.iterdir()) if folder.is_dir() else []
        for path in found:
            if own.fullmatch(path.name) and (path.is_socket() or path.is_file()):
                path.unlink()
