"""The model store: the only part of localmatte that may use the network."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from localmatte import progress
from localmatte.errors import ModelError, ModelMissingError, OfflineError
from localmatte.models.spec import ModelSpec
from localmatte.onnx import kept
from localmatte.progress import CancelToken, OnProgress, no_progress
from localmatte.store import cache, licences
from localmatte.store.cache import Contents, contents, present, require, verified
from localmatte.store.licences import accepted
from localmatte.store.lock import locked
from localmatte.store.meter import COPYING, Meter
from localmatte.store.part import PartFile
from localmatte.system import paths
from localmatte_bridge.words import N_, Sentence

if TYPE_CHECKING:
    from localmatte.store.sources import Source

__all__ = [
    "Contents",
    "accepted",
    "adopt",
    "contents",
    "fetchable",
    "offline",
    "path_of",
    "present",
    "pull",
    "remove",
    "require",
    "verified",
    "verify_all",
]


def pull(
    spec: ModelSpec,
    on_progress: OnProgress = no_progress,
    cancel: CancelToken | None = None,
    accept_licence: bool = False,
) -> Path:
    """Download the model's files, those of them that are not on this computer already.

    The sources are tried in turn; what one of them brought is kept for the next and for the
    next call. Processes that pull the same file at once make one download.

    Args:
        spec: The model.
        on_progress: Told e.g. "Downloading 12.3 of 88.2 MB, 4.1 MB/s, 18 s left".
        cancel: Stops the transfer; the next call resumes it.
        accept_licence: Whether the user accepts terms that have to be accepted.

    Returns:
        The path of the verified file, of several the first: in the cache, or where the user's own
        file lies.

    Raises:
        LicenceError: The licence has to be accepted first.
        OfflineError: The file is not here and LOCALMATTE_OFFLINE is set.
        ModelError: No source has it whole; the text names each cause.
        StorageError: The disk is full or the folder cannot be written.
        CancelledError: The caller cancelled.
    """
    cancel = cancel or CancelToken()
    missing = [row for row in spec.by_file if not _whole(row, cancel)]
    if missing:
        licences.require(spec, accept_licence)
    here = spec.bytes - sum(row.file.bytes for row in missing)
    for row in missing:
        start, here = here, here + row.file.bytes
        report = progress.part(on_progress, start / spec.bytes, here / spec.bytes)
        with cache.explained(paths.models()), locked(_lock(row), report, cancel):
            # Another process may have fetched it while this one waited.
            _whole(row, cancel) or _fetch(row, report, cancel)
    if missing:
        on_progress(1.0, N_("Model downloaded and verified"))
    return path_of(spec)


def adopt(
    path: Path,
    spec: ModelSpec,
    on_progress: OnProgress = no_progress,
    cancel: CancelToken | None = None,
) -> Path:
    """Copy a file that the user has into the cache.

    Args:
        path: The file; it stays where it is.
        spec: The model that it is.
        on_progress: Told e.g. "Copying 12.3 of 88.2 MB".
        cancel: Stops the copying.

    Returns:
        The path of the copy; of the file that the cache has, where that is whole.

    Raises:
        ModelError: Its bytes are not the model's.
        StorageError: The disk is full or the folder cannot be written.
        CancelledError: The caller cancelled.
    """
    cancel = cancel or CancelToken()
    with cache.explained(paths.models()), locked(_lock(spec), on_progress, cancel):
        if here := _whole(spec, cancel):
            return here
        with PartFile(spec.file, cancel) as part:
            part.check_room()
            part.append(path, 0, Meter(on_progress, spec.file.bytes, COPYING), cancel)
            return part.publish()


def remove(spec: ModelSpec) -> bool:
    """Delete the model's files, what was made from them, and what is left of a download.

    Args:
        spec: The model.

    Returns:
        Whether there was a file or a part of one.

    Raises:
        StorageError: The folder cannot be written.
    """
    with cache.explained(paths.models()):
        found = False
        for file in spec.files:
            for path in (cache.path_of(file), paths.models() / f"{file.sha256}.part"):
                if path.exists():
                    path.unlink()
                    found = True
            kept.remove(file.sha256)
    return found


def fetchable(spec: ModelSpec) -> bool:
    """Whether the model's files have public sources, and may be asked for.

    Args:
        spec: The model.
    """
    return not offline() and all(file.fetchable for file in spec.files)


def offline() -> bool:
    """Whether LOCALMATTE_OFFLINE forbids every network call."""
    return os.environ.get("LOCALMATTE_OFFLINE", "0") not in ("", "0")


def path_of(spec: ModelSpec) -> Path:
    """Where the model's file lies, or would lie; of several, the first.

    Args:
        spec: The model.
    """
    return cache.path_of(spec.file)


def verify_all(
    specs: Iterable[ModelSpec], cancel: CancelToken | None = None
) -> Iterator[tuple[ModelSpec, ModelError | None]]:
    """Hash each of the models that is here again; a damaged one is set aside.

    Args:
        specs: The models.
        cancel: Ends the hashing.

    Yields:
        The model, and the error that was found or None where the file is whole.

    Raises:
        StorageError: The folder cannot be read.
        CancelledError: The caller cancelled.
    """
    for spec in specs:
        try:
            verified(spec, cancel)
        except ModelMissingError:
            continue
        except ModelError as error:
            yield spec, error
        else:
            yield spec, None


def _lock(spec: ModelSpec) -> Path:
    return paths.models() / f"{spec.file.sha256}.lock"


def _whole(spec: ModelSpec, cancel: CancelToken) -> Path | None:
    """The file's path if it is here and whole; a damaged one is set aside."""
    try:
        return verified(spec, cancel)
    except ModelError:
        return None


def _fetch(spec: ModelSpec, on_progress: OnProgress, cancel: CancelToken) -> Path:
    """Try the sources in turn until one makes the file whole."""
    # Only here is any network code loaded: when someone has asked for a model.
    from localmatte.store import sources

    failures: list[tuple[Source, ModelError]] = []
    skipped = False
    with PartFile(spec.file, cancel) as part:
        for source in sources.of(spec.file):
            if source.networked and offline():
                skipped = True
                continue
            try:
                source.fill(part, on_progress, cancel)
                if not part.missing:
                    return part.publish()
            except ModelError as error:
                failures.append((source, error))
    if skipped:
        raise OfflineError(
            Sentence(
                "The model {model} is not downloaded, and LOCALMATTE_OFFLINE forbids downloading "
                "it.",
                model=spec.id,
            ),
            N_("Unset it, or import a copy of the file with 'localmatte models import FILE'."),
        )
    causes = "; ".join(f"{source.label}: {error.message}" for source, error in failures)
    hints = [error.hint for _, error in failures if error.hint]
    hints.append(
        N_(
            "Check the network connection, or import a copy of the file with 'localmatte models "
            "import FILE'."
        )
    )
    raise ModelError(
        Sentence("Could not download the model {model} ({causes}).", model=spec.id, causes=causes),
        hints[0],
    )
