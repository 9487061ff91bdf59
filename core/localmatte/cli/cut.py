"""`localmatte cut`: one picture or many, from files to files."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localmatte.catalogue import DEFAULT
from localmatte.cli.terminal import ProgressLine
from localmatte.errors import LocalmatteError, PictureError, UsageError
from localmatte.geometry import Box

if TYPE_CHECKING:
    from localmatte.engine import Engine
    from localmatte.options import Options

STREAM = "-"


@dataclass(frozen=True)
class Job:
    """One picture: where it comes from and where the result goes; None is a stream."""

    source: Path | None
    target: Path | None


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "cut",
        help="cut the background out of pictures",
        description="Write each picture's subject as a PNG with transparency, or its mask.",
    )
    parser.add_argument(
        "inputs", nargs="+", metavar="IN", help="picture, folder of pictures, or - for stdin"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="file (its suffix chooses the format), folder, or - for stdout"
        " (default: beside the picture, as NAME-cutout.png)",
    )
    parser.add_argument("--mask", action="store_true", help="write the matte alone, in grey")
    parser.add_argument(
        "--depth", type=int, choices=(8, 16), default=8, help="bits of the mask (default: 8)"
    )
    parser.add_argument(
        "--background", metavar="COLOUR|IMAGE", help="put the subject before this instead"
    )
    parser.add_argument(
        "--model", default=DEFAULT, metavar="ID|FILE.onnx", help=f"default: {DEFAULT}"
    )
    parser.add_argument(
        "--provider", default="auto", help="auto, cpu, webgpu or cuda (default: auto)"
    )
    parser.add_argument(
        "--no-refine", dest="refine", action="store_false", help="only enlarge the model's matte"
    )
    parser.add_argument(
        "--selection", type=_box, metavar="X,Y,W,H", help="look only inside this rectangle (pixels)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace results that exist")
    parser.add_argument("--resume", action="store_true", help="pass over results that exist")
    parser.add_argument(
        "--keep-metadata", action="store_true", help="copy EXIF data, the location included"
    )
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each picture")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Cut all pictures out; 1 when any of them failed."""
    _check(arguments)
    jobs = _jobs(arguments)
    # Heavy imports only now, when the command is known to make sense.
    from PIL import Image

    from localmatte.engine import Engine
    from localmatte.options import Options

    # The engine's own limit is the one that holds; it knows how much memory is needed.
    Image.MAX_IMAGE_PIXELS = None
    options = Options(arguments.model, arguments.provider, arguments.refine, arguments.selection)
    engine = Engine()
    failed = 0
    for number, job in enumerate(jobs, 1):
        label = f"{number}/{len(jobs)} " if len(jobs) > 1 else ""
        try:
            report = _cut(job, engine, options, arguments, label)
        except LocalmatteError as error:
            if len(jobs) == 1:
                raise
            failed += 1
            print(f"localmatte: {job.source}: {error}", file=sys.stderr)
            report = {"input": str(job.source), "error": error.message, "hint": error.hint}
        if arguments.json:
            print(json.dumps(report), flush=True)
    if failed:
        print(f"localmatte: {failed} of {len(jobs)} pictures failed.", file=sys.stderr)
    return 1 if failed else 0


def _cut(
    job: Job, engine: Engine, options: Options, arguments: argparse.Namespace, label: str
) -> dict[str, Any]:
    from localmatte import compose
    from localmatte.photo import read

    report: dict[str, Any] = {
        "input": str(job.source or STREAM),
        "output": str(job.target or STREAM),
    }
    if job.target and job.target.exists():
        if arguments.resume:
            return {**report, "skipped": True}
        if not (arguments.overwrite or arguments.output == str(job.target)):
            raise PictureError(
                f"{job.target} is already there.", "Use --overwrite, --resume, or another -o."
            )
    opaque = arguments.mask or arguments.background is not None
    kind = compose.file_format(job.target, alpha=not opaque) if job.target else "PNG"
    start = time.perf_counter()
    photo = read(job.source or sys.stdin.buffer)
    with ProgressLine(label + str(job.source or STREAM)) as line:
        found = engine.matte(photo.picture(), options, line)
    if arguments.mask:
        image = compose.mask_image(photo, found.alpha, arguments.depth)
    else:
        image = compose.cutout_image(photo, found.alpha)
        if arguments.background is not None:
            image = compose.on_background(image, arguments.background)
    keep = arguments.keep_metadata
    if job.target:
        compose.write(image, job.target, kind, photo, keep_metadata=keep)
    else:
        compose.write_stream(image, sys.stdout.buffer, kind, photo, keep_metadata=keep)
    if found.notice:
        print(f"localmatte: {job.source or STREAM}: {found.notice}", file=sys.stderr)
    return {
        **report,
        "model": found.model,
        "provider": found.provider,
        "device": found.device,
        "notice": found.notice,
        "seconds": round(time.perf_counter() - start, 3),
    }


def _check(arguments: argparse.Namespace) -> None:
    if arguments.mask and arguments.background is not None:
        raise UsageError("A mask has no background.", "Leave out --mask or --background.")
    if arguments.depth == 16 and not arguments.mask:
        raise UsageError("Only a mask can have 16 bits.", "Add --mask.")
    if arguments.json and arguments.output == STREAM:
        raise UsageError("The picture and the JSON cannot share stdout.", "Name a file with -o.")


def _jobs(arguments: argparse.Namespace) -> list[Job]:
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
    jobs = [Job(source, _target(source, arguments, output)) for source in sources]
    _refuse_collisions(jobs)
    if output is not None:
        _make_folder(Path(output))
    return jobs


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


def _box(text: str) -> Box:
    try:
        left, top, width, height = (int(number) for number in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not X,Y,W,H in whole pixels') from None
    if width < 1 or height < 1:
        raise argparse.ArgumentTypeError(f'"{text}" has no area')
    return Box(left, top, left + width, top + height)
