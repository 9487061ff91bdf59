"""The engine's private Python environment.

It is complete when its stamp says so. While it is made or changed it carries a mark, so that
one left half-made by an interruption is made anew.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from . import files, packages, pip
from .console import Console
from .errors import InstallError, writing
from .places import Places
from .process import Command, Finished, answer, follow
from .source import Source

STAMP = "localmatte.json"
UNFINISHED = "localmatte.unfinished"
NEEDED_BYTES = 700_000_000
INSTALLING = "Installing the engine in it, with onnxruntime, numpy, pillow and platformdirs"
UPDATING = "Updating the engine's environment"
WHOLE = "import PIL.Image, google.protobuf, localmatte, numpy, onnxruntime, platformdirs; print(1)"
NO_VENV = (
    "This Python cannot create an environment: its ensurepip module is missing, and neither pip "
    "nor uv is installed."
)


@dataclass(frozen=True)
class Stamp:
    """What a complete environment was made from.

    Attributes:
        version: localmatte's version.
        sources: The hash of its sources.
        webgpu: Whether the WebGPU provider is in it.
    """

    version: str
    sources: str
    webgpu: bool


def python_of(folder: Path) -> Path:
    """The environment's Python."""
    windows = sys.platform == "win32"
    return folder / ("Scripts/python.exe" if windows else "bin/python")


def stamp_of(folder: Path) -> Stamp | None:
    """What the environment was made from, or None where it is not whole."""
    written = files.read(folder / STAMP)
    if written is None or (folder / UNFINISHED).exists():
        return None
    try:
        return Stamp(**json.loads(written))
    except (ValueError, TypeError):
        return None


def is_ours(folder: Path) -> bool:
    """Whether the installer made this folder, whole or half; an empty one is nobody's."""
    if not folder.is_dir():
        return False
    marks = {STAMP, UNFINISHED, files.beside(folder / UNFINISHED).name}
    names = {path.name for path in folder.iterdir()}
    return not names or bool(names & marks)


def prepare(
    places: Places,
    source: Source,
    console: Console,
    *,
    force: bool,
    before_change: Callable[[], None],
) -> Stamp:
    """Make the environment, bring it up to date, or leave it as it is.

    Args:
        places: Where it belongs.
        source: The checkout that is built and installed.
        console: Told what happens.
        force: Make it anew even if it is up to date.
        before_change: Called before an environment that is in use changes.

    Returns:
        What the environment is made from now.

    Raises:
        InstallError: It cannot be made; what stood before stays usable where pip failed.
    """
    folder = places.environment
    stamp = stamp_of(folder)
    works = stamp is not None and bool(answer([python_of(folder), "-I", "-c", WHOLE]))
    digest = source.digest()
    if stamp and works and not force and stamp.sources == digest:
        console.stage("The engine's environment is up to date")
        return stamp
    if folder.exists():
        _check_ours(folder)
        before_change()
    keep = works and not force
    if not keep:
        _make(folder, console)
    mark = folder / UNFINISHED
    console.stage(UPDATING if keep else INSTALLING, "packages")
    files.write(mark, b"")
    assert source.checkout is not None
    webgpu, done = packages.install(python_of(folder), source.checkout, console, places.log)
    if done.status != 0:
        if keep:
            # pip undoes what it has begun, so the former engine is whole.
            files.remove(mark)
        raise pip.failure(done, places.log)
    stamp = Stamp(source.version, digest, webgpu)
    files.write(folder / STAMP, json.dumps(asdict(stamp), indent=2).encode())
    files.remove(mark)
    return stamp


def remove(folder: Path) -> None:
    """Remove the environment, if it is ours, so that nobody sees half of it.

    Raises:
        InstallError: It cannot be removed.
    """
    with writing(folder):
        if is_ours(folder):
            doomed = Path(tempfile.mkdtemp(prefix=".environment-", dir=folder.parent))
            folder.replace(doomed / "old")
        for leftover in folder.parent.glob(".environment-*"):
            shutil.rmtree(leftover)


def _check_ours(folder: Path) -> None:
    if not is_ours(folder):
        raise InstallError(
            f"{folder} was not created by localmatte.",
            "Move it away, or set LOCALMATTE_HOME to another folder.",
        )


def _make(folder: Path, console: Console) -> None:
    remove(folder)
    with writing(folder):
        free = shutil.disk_usage(folder.parent).free
    if free < NEEDED_BYTES:
        raise InstallError(
            f"The disk with {folder.parent} has {free // 1_000_000} MB free, but "
            f"{NEEDED_BYTES // 1_000_000} MB are needed.",
            "Free some space, or set LOCALMATTE_HOME to a folder on another disk.",
        )
    console.stage(f"Creating the engine's private environment in {folder}", "environment")
    files.write(folder / UNFINISHED, b"")
    if importlib.util.find_spec("ensurepip"):
        done = follow([sys.executable, "-I", "-m", "venv", folder], console)
    elif shutil.which("uv"):
        done = _with_uv(folder, console)
    elif importlib.util.find_spec("pip"):
        done = _with_outer_pip(folder, console)
    else:
        raise InstallError(NO_VENV, _how_to_get_venv())
    if done.status != 0:
        raise InstallError(f"Cannot create the environment: {done.last_line}.", _how_to_get_venv())


def _with_uv(folder: Path, console: Console) -> Finished:
    bare = follow(["uv", "venv", "--allow-existing", "--python", sys.executable, folder], console)
    if bare.status != 0:
        return bare
    inner: Command = ["uv", "pip", "install", "--python", python_of(folder)]
    return follow([*inner, *packages.locked("pip")], console)


def _with_outer_pip(folder: Path, console: Console) -> Finished:
    bare = follow([sys.executable, "-I", "-m", "venv", "--without-pip", folder], console)
    if bare.status != 0:
        return bare
    outer_pip: Command = [sys.executable, "-I", "-m", "pip", "--python", python_of(folder)]
    return follow([*outer_pip, "install", *packages.locked("pip")], console, pip.VARIABLES)


def _how_to_get_venv() -> str:
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if shutil.which("apt-get"):
        return f"Run 'sudo apt install {package}', then run this again."
    return f"Install your system's package for venv and pip ({package} on Debian), or uv."
