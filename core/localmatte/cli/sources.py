"""Which pictures the inputs of `localmatte cut` mean: files, streams, and what lies in folders."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from localmatte.errors import LocalmatteError, StorageError, UsageError

STREAM = "-"

SYSTEM_FOLDERS = frozenset(
    {"#recycle", "$recycle.bin", "@eadir", "__macosx", "lost+found", "system volume information"}
)
"""Folders that systems and network drives keep among the user's, e.g. with thumbnails."""

LINKED_TWICE = "a link to a folder that is included already"
OF_RESULTS = "the folder of the results"


@dataclass(frozen=True)
class Source:
    """A picture that is asked for.

    Attributes:
        path: Its file; None for stdin.
        place: Its path within the folder that was named; its name where it was named itself.
    """

    path: Path | None
    place: PurePath


@dataclass
class Listing:
    """What the inputs mean.

    Attributes:
        sources: The pictures; those of a folder in the order of their paths.
        passed_over: What lies among them and is no picture to cut, and why.
        failed: Folders that cannot be read, and why.
    """

    sources: list[Source] = field(default_factory=list)
    passed_over: list[tuple[Path, str]] = field(default_factory=list)
    failed: list[tuple[Path, LocalmatteError]] = field(default_factory=list)


def find(
    inputs: Sequence[str], output: str | None, *, recursive: bool, may_be_empty: bool = False
) -> Listing:
    """Find the pictures that a command line names.

    Args:
        inputs: Files, folders, and "-" for stdin.
        output: The results' folder, whose content is no input where it lies within one; or None.
        recursive: Whether to look in the folders' folders.
        may_be_empty: Whether a folder without pictures, or one that cannot be read for a while, is
            nothing to stop at.

    Returns:
        The pictures in the order of the inputs, and what is not cut.

    Raises:
        UsageError: A folder has no pictures.
        StorageError: A folder that was named cannot be read.
    """
    found = Listing()
    results = None if output is None else os.path.realpath(output)
    for name in inputs:
        path = Path(name)
        if name == STREAM:
            found.sources.append(Source(None, PurePath(name)))
        elif path.is_dir():
            pictures = _pictures_in(path, results, found, recursive=recursive)
            if pictures or may_be_empty:
                found.sources += pictures
                continue
            unread = dict(found.failed).get(path)
            if unread:
                raise unread
            hint = "" if recursive else ", or use --recursive"
            raise UsageError(f"There are no images in {path}.", f"Choose another folder{hint}.")
        else:
            found.sources.append(Source(path, PurePath(path.name)))
    return found


def _pictures_in(
    top: Path, results: str | None, found: Listing, *, recursive: bool
) -> list[Source]:
    """A folder's pictures; also those of kinds that only other programs read, which then fail."""
    from localmatte.imaging.reader import suffixes

    known, pictures = suffixes(), list[Source]()
    for path in sorted(_files_in(top, results, found, recursive=recursive)):
        if path.exists() and not path.is_file():
            # A pipe that nobody writes to would be waited for without end.
            found.passed_over.append((path, "not a file"))
        elif path.suffix.lower() in known:
            pictures.append(Source(path, path.relative_to(top)))
        else:
            found.passed_over.append((path, "not an image"))
    return pictures


def _files_in(top: Path, results: str | None, found: Listing, *, recursive: bool) -> Iterator[Path]:
    """What a folder or its tree holds besides folders.

    Each folder is read once, and by its own path where it has one in the tree: links, which may
    lead in circles, are followed last.
    """
    real, linked, seen = deque([top]), deque[Path](), set[str]()
    while real or linked:
        folder = real.popleft() if real else linked.popleft()
        where = os.path.realpath(folder)
        if where in seen:
            found.passed_over.append((folder, LINKED_TWICE))
            continue
        seen.add(where)
        if where == results and folder != top:
            found.passed_over.append((folder, OF_RESULTS))
            continue
        for path, is_folder in _entries(folder, found):
            if not is_folder:
                yield path
            elif path.name.lower() in SYSTEM_FOLDERS:
                continue
            elif recursive:
                (linked if path.is_symlink() else real).append(path)
            else:
                found.passed_over.append((path, "a folder"))


def _entries(folder: Path, found: Listing) -> list[tuple[Path, bool]]:
    """What lies in a folder, in the order of the names, and whether it is a folder."""
    try:
        # Hidden files are the system's: a Mac puts ._NAME beside NAME.
        shown = (path for path in folder.iterdir() if not path.name.startswith("."))
        return sorted((path, path.is_dir()) for path in shown)
    except OSError as error:
        why = StorageError(
            f"Cannot read the folder {folder}: {error.strerror}.", "Check its permissions."
        )
        found.failed.append((folder, why))
        return []
