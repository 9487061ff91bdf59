"""What is installed from: a checkout, or the wheel that this package came in."""

from __future__ import annotations

import hashlib
import importlib.metadata
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import InstallError

HERE = Path(__file__).resolve().parent
IGNORED = {"__pycache__"}

PARTS = ("core", "gimp_plugin", "install", "krita_plugin")
ROOT_FILES = ("LICENSE", "README.md", "pyproject.toml")
"""What localmatte is built from, and the plug-ins are copied from."""


@dataclass(frozen=True)
class Source:
    """Where the parts lie.

    Attributes:
        version: localmatte's version.
        gimp_plugin: The folder with GIMP's adapter in it.
        krita_plugin: The folder with Krita's adapter in it.
        bridge: The package that is copied beside each adapter.
        checkout: The folder that pip builds from; None in a wheel.
    """

    version: str
    gimp_plugin: Path
    krita_plugin: Path
    bridge: Path
    checkout: Path | None

    def digest(self) -> str:
        """A hash of everything that is built and placed.

        Raises:
            InstallError: There is no checkout to hash.
        """
        if self.checkout is None:
            raise InstallError("The source code is not here.", "Use 'localmatte install'.")
        hashed = hashlib.sha256((self.checkout / "pyproject.toml").read_bytes())
        for part in PARTS:
            for path in files(self.checkout / part):
                hashed.update(f"\0{path.relative_to(self.checkout).as_posix()}\0".encode())
                hashed.update(path.read_bytes())
        return hashed.hexdigest()


def find() -> Source:
    """Find what is installed from: the checkout that this file lies in, or else the wheel's files.

    Returns:
        The source; its `checkout` is None in a wheel.

    Raises:
        InstallError: The checkout is not complete.
    """
    root = HERE.parent
    project = root / "pyproject.toml"
    if (HERE / "gimp_plugin").is_dir():
        version = importlib.metadata.version("localmatte")
        bridge = root / "localmatte_bridge"
        return Source(version, HERE / "gimp_plugin", HERE / "krita_plugin", bridge, None)
    if not project.is_file():
        raise InstallError(
            f"{root} is not a complete copy of localmatte.",
            "Download the complete repository or archive.",
        )
    version = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
    bridge = root / "core" / "localmatte_bridge"
    return Source(version, root / "gimp_plugin", root / "krita_plugin", bridge, root)


def files(folder: Path) -> Iterator[Path]:
    """The files of a folder tree in a fixed order, compiled Python left out."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not IGNORED.intersection(path.parts):
            yield path
