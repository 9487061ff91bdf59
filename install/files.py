"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from .errors import InstallError, writing


def read(path: Path) -> bytes | None:
    """The file's bytes, or None where there is no such file."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def beside(path: Path) -> Path:
    """Where the file is written before it takes its name."""
    return path.with_name(f".{path.name}.localmatte-new")


def write(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write a file beside its place and rename it; one that has these bytes is left alone.

    Args:
        path: Its place.
        content: Its bytes.
        mode: Its permissions; None keeps those of the file that is there, or the default.

    Raises:
        InstallError: The folder cannot be written, or the disk is full.
    """
    if read(path) == content:
        if mode is not None and path.stat().st_mode & 0o777 != mode:
            path.chmod(mode)
        return
    new = beside(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with new.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if mode is None and path.exists():
                mode = path.stat().st_mode & 0o777
            if mode is not None:
                new.chmod(mode)
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise


def link(path: Path, target: Path) -> None:
    """Make a path a link; one that leads to the target already is left alone.

    Args:
        path: Its place; a file or another link that is there is replaced, a folder is not.
        target: Where it leads to.

    Raises:
        InstallError: There cannot be a link.
    """
    if path.is_symlink() and path.readlink() == target:
        return
    new = beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        new.symlink_to(target, target_is_directory=target.is_dir())
        new.replace(path)
    except OSError as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        reason = error.strerror or type(error).__name__
        raise InstallError(
            f"Cannot create the link {path}: {reason}.", "Run this again without --link."
        ) from error


def missing_folders(path: Path) -> list[Path]:
    """`path` and those above it that are not there yet, the outermost first."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    return missing[::-1]


def remove(path: Path) -> None:
    """Remove a file, and what an interrupted write left beside it.

    Raises:
        InstallError: It cannot be removed.
    """
    with writing(path):
        for name in (path, beside(path)):
            try:
                name.unlink(missing_ok=True)
            except NotADirectoryError:
                continue


def remove_empty(folders: Iterable[Path]) -> list[Path]:
    """Remove those folders that are empty, the innermost first; returns those that are not."""
    kept = []
    for folder in sorted(folders, key=lambda folder: len(folder.parts), reverse=True):
        try:
            folder.rmdir()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            kept.append(folder)
    return kept
