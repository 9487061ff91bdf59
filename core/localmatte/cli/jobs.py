"""Which pictures `localmatte cut` cuts, and where each result goes."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from localmatte.errors import StorageError, UsageError

STREAM = "-"
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
    """

    source: Path | None
    target: Path | None
    named: bool = False

    @property
    def file(self) -> Path | None:
        """The file that the result makes or replaces; None for stdout, a pipe or a device."""
        return None if _is_stream(self.target) else self.target


@dataclass
class Plan:
    """What the command line asks for, in its order.

    Attributes:
        jobs: The pictures.
        passed_over: What lies among them and is not cut, and why.
    """

    jobs: list[Job] = field(default_factory=list)
    passed_over: list[tuple[Path, str]] = field(default_factory=list)


def plan(arguments: argparse.Namespace) -> Plan:
    """What the command line asks for.

    Raises:
        UsageError: It cannot be done as asked.
        StorageError: The folder for the results cannot be made.
    """
    found = Plan()
    sources = _without_results(list(_sources(arguments.inputs, found)), found)
    output = arguments.output
    many = len(sources) > 1 or any(Path(name).is_dir() for name in arguments.inputs)
    if output is None and not many and _is_stream(sources[0]):
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
        found.jobs = [Job(sources[0], None)]
    elif output is None or many or output.endswith(("/", "\\")) or Path(output).is_dir():
        if output is not None:
            _refuse_file_name(Path(output))
        found.jobs = [Job(source, _target(source, arguments, output)) for source in sources]
        _refuse_collisions(found.jobs)
        if output is not None:
            _make_folder(Path(output))
    else:
        target = Path(output)
        _refuse_itself(target, sources[0])
        found.jobs = [Job(sources[0], target, named=True)]
    return found


def _sources(inputs: list[str], found: Plan) -> Iterator[Path | None]:
    for name in inputs:
        path = Path(name)
        if name == STREAM:
            yield None
        elif path.is_dir():
            yield from _pictures_in(path, found)
        else:
            yield path


def _is_stream(path: Path | None) -> bool:
    """Whether it is stdin or stdout, or a pipe that has a name."""
    return path is None or (path.exists() and not path.is_file())


def _pictures_in(folder: Path, found: Plan) -> list[Path]:
    """A folder's pictures; also those of kinds that only other programs read, which then fail."""
    from localmatte.imaging.reader import suffixes

    known, pictures = suffixes(), list[Path]()
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            # Hidden files are the system's: a Mac puts ._NAME beside NAME.
            continue
        if path.is_dir():
            found.passed_over.append((path, "a folder"))
        elif path.exists() and not path.is_file():
            # A pipe that nobody writes to would be waited for without end.
            found.passed_over.append((path, "not a file"))
        elif path.suffix.lower() in known:
            pictures.append(path)
        else:
            found.passed_over.append((path, "not an image"))
    if not pictures:
        raise UsageError(f"There are no images in {folder}.", "Choose another folder.")
    return pictures


def _without_results(sources: list[Path | None], found: Plan) -> list[Path | None]:
    """Sources that are no results of others, so that a command can be run again."""
    results = {
        _beside(source, what, ending): source
        for source in sources
        if source
        for what in RESULTS
        for ending in (".png", _own_ending(source))
    }
    left = list[Path | None]()
    for source in sources:
        if source and source in results and source.is_file():
            found.passed_over.append((source, f"made from {results[source]}"))
        else:
            left.append(source)
    return left


def _target(source: Path | None, arguments: argparse.Namespace, output: str | None) -> Path:
    what = "mask" if arguments.mask else "cutout"
    ending = _own_ending(source) if arguments.frames else ".png"
    if output is not None and not _same(Path(output), source):
        return Path(output) / _name(source, ending)
    return _beside(source, what, ending)


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
    taken: dict[Path | None, Path | None] = {}
    for job in jobs:
        if job.target:
            _refuse_itself(job.target, job.source)
        if job.target in taken:
            raise UsageError(
                f"The results of {taken[job.target]} and {job.source} would both be written to "
                f"{job.target}.",
                "Rename one of them.",
            )
        taken[job.target] = job.source


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"Cannot create the folder {folder}: {error.strerror}.", "Specify another one with -o."
        ) from error
