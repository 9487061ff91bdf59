"""Which pictures `localmatte cut` cuts, and where each result goes."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from localmatte.errors import UsageError

STREAM = "-"


@dataclass(frozen=True)
class Job:
    """One picture: where it comes from and where the result goes; None is a stream."""

    source: Path | None
    target: Path | None


def jobs(arguments: argparse.Namespace) -> list[Job]:
    """What the command line asks for, in its order.

    Raises:
        UsageError: It cannot be done as asked.
        StorageError: The folder for the results cannot be made.
    """
    sources = list(_sources(arguments.inputs))
    output = arguments.output
    if output is None and sources == [None]:
        output = STREAM
    many = len(sources) > 1 or any(Path(name).is_dir() for name in arguments.inputs)
    if output == STREAM:
        if many:
            raise UsageError("Only one picture fits into stdout.", "Name a folder with -o.")
        return [Job(sources[0], None)]
    folder = output is not None and (many or output.endswith(("/", "\\")) or Path(output).is_dir())
    if output is not None and not folder:
        return [Job(sources[0], _not_itself(Path(output), sources[0]))]
    found = [Job(source, _target(source, arguments, output)) for source in sources]
    _refuse_collisions(found)
    if output is not None:
        _make_folder(Path(output))
    return found


def _sources(inputs: list[str]) -> Iterator[Path | None]:
    for name in inputs:
        path = Path(name)
        if name == STREAM:
            yield None
        elif path.is_dir():
            yield from _pictures_in(path)
        else:
            yield path


def _pictures_in(folder: Path) -> list[Path]:
    from PIL import Image

    known = Image.registered_extensions()
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in known)
    if not found:
        raise UsageError(f"There are no pictures in {folder}.", "Name another folder.")
    return found


def _target(source: Path | None, arguments: argparse.Namespace, output: str | None) -> Path:
    stem = source.stem if source else "stdin"
    what = "mask" if arguments.mask else "cutout"
    if output is not None:
        return Path(output) / f"{stem}.png"
    return (source.parent if source else Path()) / f"{stem}-{what}.png"


def _not_itself(target: Path, source: Path | None) -> Path:
    if source is not None and target.exists() and source.exists() and target.samefile(source):
        raise UsageError(
            "The result would replace the picture itself.", "Name another file with -o."
        )
    return target


def _refuse_collisions(jobs: list[Job]) -> None:
    taken: dict[Path | None, Path | None] = {}
    for job in jobs:
        if job.target:
            _not_itself(job.target, job.source)
        if job.target in taken:
            raise UsageError(
                f"{taken[job.target]} and {job.source} would both be written to {job.target}.",
                "Rename one of them.",
            )
        taken[job.target] = job.source


def _make_folder(folder: Path) -> None:
    from localmatte.errors import StorageError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be made: {error.strerror}.", "Name another with -o."
        ) from error
