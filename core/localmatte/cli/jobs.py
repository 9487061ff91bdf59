"""Which pictures `localmatte cut` cuts, and where each result goes."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath

from localmatte.cli import sources
from localmatte.cli.shard import Shard
from localmatte.cli.sources import STREAM, Listing, Source
from localmatte.errors import LocalmatteError, StorageError, UsageError

STDOUT = (STREAM, "/dev/stdout", "/dev/fd/1")
"""Names of stdout."""
RESULTS = ("cutout", "mask")
"""What stands behind a picture's name in its results'."""

SEVERAL = frozenset({".apng", ".gif", ".png", ".tif", ".tiff", ".webp"})
"""The suffixes of files that hold several frames or pages, and are written."""

LONGEST_NAME = 255
"""The most bytes of a file's name, on all usual file systems."""


@dataclass(frozen=True)
class Job:
    """One picture: where it comes from and where the result goes; None is a stream.

    Attributes:
        source: The picture.
        target: The result.
        named: Whether the user named the result's very file, which may then be replaced.
        ours: Whether this command made the result that is there, which may then be replaced.
    """

    source: Path | None
    target: Path | None
    named: bool = False
    ours: bool = False

    @property
    def file(self) -> Path | None:
        """The file that the result makes or replaces; None for stdout, a pipe or a device."""
        return None if _is_stream(self.target) else self.target


@dataclass
class Plan:
    """What the command line asks for, in its order.

    Attributes:
        batch: Whether one that fails does not stop the others.
        jobs: The pictures of the shard.
        passed_over: What lies among them and is not cut, and why.
        failed: Folders that cannot be read, and why.
    """

    batch: bool
    jobs: list[Job]
    passed_over: list[tuple[Path, str]]
    failed: list[tuple[Path, LocalmatteError]]


def plan(arguments: argparse.Namespace) -> Plan:
    """What the command line asks for.

    Raises:
        UsageError: It cannot be done as asked.
        StorageError: A folder cannot be read, or the folder for the results cannot be made.
    """
    found, shard = _found(arguments), _shard(arguments)
    wanted = found.sources
    # All are looked at, so that every shard's command line is refused for the same reasons.
    many = len(wanted) > 1 or any(Path(name).is_dir() for name in arguments.inputs)
    jobs = zip(wanted, _jobs(wanted, arguments, many=many), strict=True)
    mine = [job for source, job in jobs if shard.holds(source.place)]
    return Plan(many, mine, _passed_over(found, shard), found.failed)


def wanted(arguments: argparse.Namespace) -> Listing:
    """What the command line's folders hold now, of the shard; nothing is refused."""
    found, shard = _found(arguments), _shard(arguments)
    sources = [source for source in found.sources if shard.holds(source.place)]
    return Listing(sources, _passed_over(found, shard), found.failed)


def _found(arguments: argparse.Namespace) -> Listing:
    found = sources.find(
        arguments.inputs,
        arguments.output,
        recursive=arguments.recursive,
        may_be_empty=arguments.watch,
    )
    found.sources = _without_results(found)
    return found


def _shard(arguments: argparse.Namespace) -> Shard:
    return Shard() if arguments.shard is None else Shard.of(arguments.shard)


def _passed_over(found: Listing, shard: Shard) -> list[tuple[Path, str]]:
    """What this shard tells of, so that all together tell of everything once."""
    return [(path, why) for path, why in found.passed_over if shard.holds(PurePath(path.name))]


def _jobs(wanted: list[Source], arguments: argparse.Namespace, *, many: bool) -> list[Job]:
    output = arguments.output
    if output is None and not many and _is_stream(wanted[0].path):
        output = STREAM
    if output in STDOUT:
        if many:
            raise UsageError(
                "Only one image can be written to stdout.", "Specify a folder with -o."
            )
        if arguments.json:
            raise UsageError(
                "The image and the JSON cannot both go to stdout.", "Specify a file with -o."
            )
        return [Job(wanted[0].path, None)]
    if output is None or many or output.endswith(("/", "\\")) or Path(output).is_dir():
        if output is not None:
            _refuse_file_name(Path(output))
        jobs = [Job(source.path, target_of(source, arguments)) for source in wanted]
        _refuse_collisions(jobs)
        if output is not None:
            make_folder(Path(output))
        return jobs
    target = Path(output)
    _refuse_itself(target, wanted[0].path)
    return [Job(wanted[0].path, target, named=True)]


def make_folder(folder: Path) -> None:
    """Make a folder for results, and those that it lies in.

    Raises:
        StorageError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"Cannot create the folder {folder}: {error.strerror}.", "Specify another one with -o."
        ) from error


def _is_stream(path: Path | None) -> bool:
    """Whether it is stdin or stdout, or a pipe that has a name."""
    return path is None or (path.exists() and not path.is_file())


def _without_results(found: Listing) -> list[Source]:
    """Sources that are no results of others, so that a command can be run again."""
    results = {
        _beside(source.path, what, ending): source.path
        for source in found.sources
        if source.path
        for what in RESULTS
        for ending in {".png", _own_ending(source.path)}
    }
    left = list[Source]()
    for source in found.sources:
        if source.path and source.path in results and source.path.is_file():
            found.passed_over.append((source.path, f"made from {results[source.path]}"))
        else:
            left.append(source)
    return left


def target_of(source: Source, arguments: argparse.Namespace) -> Path:
    """Where the result of one picture of several goes.

    Args:
        source: The picture.
        arguments: The command line's own.

    Returns:
        The path, in the output's folder or beside the picture.
    """
    output = arguments.output
    what = "mask" if arguments.mask else "cutout"
    ending = _own_ending(source.path) if arguments.frames else ".png"
    if output is not None:
        folder = Path(output) / source.place.parent
        if not _same(folder, source.path):
            return folder / _name(source.path, ending)
    return _beside(source.path, what, ending)


def _own_ending(source: Path | None) -> str:
    """The ending of a result in the same format, where it holds several frames."""
    suffix = source.suffix.lower() if source else ""
    return suffix if suffix in SEVERAL else ".png"


def _beside(source: Path | None, what: str, ending: str) -> Path:
    return (source.parent if source else Path()) / _name(source, f"-{what}{ending}")


def _name(source: Path | None, ending: str) -> str:
    """A picture's name with another ending, shortened to what file systems take."""
    stem = source.stem if source else "stdin"
    room = LONGEST_NAME - len(ending)
    return stem.encode("utf-8", "surrogateescape")[:room].decode("utf-8", "ignore") + ending


def _same(folder: Path, source: Path | None) -> bool:
    return source is not None and folder.is_dir() and source.parent.samefile(folder)


def _refuse_itself(target: Path, source: Path | None) -> None:
    if source is not None and target.exists() and source.exists() and target.samefile(source):
        raise UsageError(
            "The result would overwrite the original image.", "Specify another file with -o."
        )


def _refuse_file_name(folder: Path) -> None:
    from localmatte.imaging.reader import suffixes

    if folder.suffix.lower() in suffixes() and not folder.is_dir():
        raise UsageError(
            f"Several images cannot be written to the one file {folder}.",
            "Specify a folder with -o.",
        )


def _refuse_collisions(jobs: list[Job]) -> None:
    """Refuse results that would take the place of one another, or of a picture."""
    taken: dict[str, Job] = {}
    originals = Originals(job.source for job in jobs)
    for job in jobs:
        originals.keep(job)
        other = taken.setdefault(os.path.normcase(str(job.target)), job)
        if other is not job:
            raise UsageError(
                f"The results of {other.source} and {job.source} would both be written to "
                f"{job.target}.",
                "Rename one of them.",
            )


class Originals:
    """The pictures, whatever the paths that lead to them.

    Args:
        paths: Theirs; None for a stream.
    """

    def __init__(self, paths: Iterable[Path | None]) -> None:
        self._paths = {_identity(path): path for path in paths}
        # What is not there is no original.
        self._paths.pop(None, None)

    def keep(self, job: Job) -> None:
        """Refuse a result that would take the place of a picture.

        Raises:
            UsageError: It would.
        """
        original = self._paths.get(_identity(job.target))
        if original:
            raise UsageError(
                f"The result of {job.source} would overwrite the image {original}.",
                "Specify another folder with -o.",
            )


def _identity(path: Path | None) -> tuple[int, int] | None:
    """What tells a file from all others, by whatever path; None where there is none."""
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None
