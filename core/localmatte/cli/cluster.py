"""`localmatte cluster`: a batch on the computers of a Ray cluster, from and to object storage."""

from __future__ import annotations

import argparse
import io
import logging
import os
import time
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from localmatte.cli.edges import add_flags, edges
from localmatte.cli.summary import counted
from localmatte.cli.terminal import say
from localmatte.errors import OfflineError, StorageError, UsageError
from localmatte.models.catalogue import DEFAULT

if TYPE_CHECKING:
    from localmatte.options import Options

BATCH = 8
"""How many pictures an actor gets at a time: few enough that none of them waits long."""

MOST_BLOCKS = 10_000

NAMED = 10
"""How many images that failed are named; the report has all."""

DONE, FAILED = "done", "failed"
UNFINISHED = ".localmatte-"
"""How a result's name begins until the result is whole."""

Row = dict[str, Any]


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "cluster",
        help="remove the background from a folder's images on a Ray cluster",
        description="Write the subject of each image as a PNG, on all computers of a Ray cluster "
        "(RAY_ADDRESS), or on this one. Folders are paths that all of them reach, or addresses "
        "such as s3://bucket/folder.",
    )
    parser.add_argument("input", metavar="IN", help="folder of images")
    parser.add_argument("output", metavar="OUT", help="folder for the results")
    parser.add_argument(
        "--report",
        metavar="FOLDER",
        required=True,
        help="folder for Parquet files with a row for each image: path, output, status, seconds, "
        "error",
    )
    parser.add_argument("--mask", action="store_true", help="write masks instead of cut-outs")
    parser.add_argument(
        "--model", default=DEFAULT, metavar="ID", help=f"id of a model (default: {DEFAULT})"
    )
    parser.add_argument(
        "--no-refine",
        dest="refine",
        action="store_false",
        help="only scale up the model's matte, without fitting it to the image's edges",
    )
    add_flags(parser)
    group = parser.add_argument_group("cluster")
    group.add_argument(
        "--actors",
        type=_count,
        metavar="N",
        help="how many images are worked on at a time (default: one for each core, or for each "
        "share of a graphics card)",
    )
    group.add_argument(
        "--gpus",
        type=float,
        default=0.0,
        metavar="N",
        help="the share of a graphics card that each gets, such as 0.5 (default: 0, a core of the "
        "CPU)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Cut all pictures out that have no result yet.

    Args:
        arguments: Those of the command line.

    Returns:
        The exit status: 1 when any of them failed.

    Raises:
        UsageError: An argument is wrong, or Ray is not installed.
        OfflineError: Another computer would be needed.
        StorageError: A folder cannot be read.
    """
    from localmatte import library
    from localmatte.options import Options

    provider = "auto" if arguments.gpus else "cpu"
    options = Options(arguments.model, provider, arguments.refine, None, edges(arguments))
    library.known(arguments.model)
    _check_network(arguments)
    ray = _ray()
    source, target = Place.of(arguments.input), Place.of(arguments.output)
    report = Place.of(arguments.report).below(time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()))
    wanted = _wanted(source, target)
    say(f"localmatte: {counted(len(wanted), 'image')} to cut out")
    if not wanted:
        return 0
    logging.getLogger("ray").setLevel(logging.WARNING)
    ray.init(logging_level=logging.WARNING, log_to_driver=False)
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    task = Task(source, target, options, mask=arguments.mask, alone=not arguments.gpus)
    rows = _rows(ray, wanted, task, arguments.actors, arguments.gpus)
    rows.write_parquet(report.path, filesystem=report.files)
    return _told(report)


def _rows(ray: Any, wanted: list[str], task: Task, actors: int | None, gpus: float) -> Any:
    """A ray.data.Dataset of what becomes of pictures; they are cut out when it is read.

    Args:
        ray: The module.
        wanted: The pictures' paths.
        task: What is done with each.
        actors: How many work at a time; None for as many as the cluster has room for.
        gpus: The share of a graphics card that each gets.
    """
    pictures = ray.data.read_binary_files(
        wanted,
        filesystem=task.source.files,
        include_paths=True,
        # A block for each batch: what an actor that dies was at is done again, and no more.
        override_num_blocks=min(-(-len(wanted) // BATCH), MOST_BLOCKS),
    )
    most = min(actors or _room(ray, gpus), len(wanted))
    return pictures.map_batches(
        Actor,
        fn_constructor_args=(task,),
        batch_size=BATCH,
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=most),
        num_cpus=1,
        num_gpus=gpus or None,
    )


@dataclass(frozen=True)
class Place:
    """A folder of a file system or of object storage.

    Attributes:
        files: Its pyarrow.fs.FileSystem.
        path: Its path there.
    """

    files: Any
    path: str

    @classmethod
    def of(cls, address: str) -> Place:
        """A folder by its path or address.

        Raises:
            UsageError: There is no such kind of storage.
        """
        from pyarrow import ArrowInvalid, fs

        try:
            files, path = fs.FileSystem.from_uri(
                address if "://" in address else os.path.abspath(address)  # noqa: PTH100
            )
        except (ArrowInvalid, ValueError) as error:
            raise UsageError(
                f'There is no storage "{address}": {str(error).splitlines()[0]}.',
                "Use a path, or an address such as s3://bucket/folder.",
            ) from error
        return cls(files, path.rstrip("/"))

    def below(self, name: str) -> Place:
        """A folder or a file in it."""
        return Place(self.files, f"{self.path}/{name}")

    def names(self) -> list[str]:
        """The paths of all files below it, from here on; none where there is no such folder.

        Raises:
            StorageError: It cannot be read.
        """
        from pyarrow import fs

        selector = fs.FileSelector(self.path, allow_not_found=True, recursive=True)
        try:
            found = self.files.get_file_info(selector)
        except OSError as error:
            raise StorageError(
                f"Cannot read {self.path}: {error}.", "Check the address and your access to it."
            ) from error
        return sorted(info.path[len(self.path) + 1 :] for info in found if info.is_file)

    def write(self, content: bytes) -> None:
        """Make it a file, which has its name once it is whole."""
        folder, _, name = self.path.rpartition("/")
        unfinished = f"{folder}/{UNFINISHED}{os.getpid()}-{name}"
        if self.files.type_name == "local":
            self.files.create_dir(folder)
        with self.files.open_output_stream(unfinished) as stream:
            stream.write(content)
        self.files.move(unfinished, self.path)


@dataclass(frozen=True)
class Task:
    """What every actor does with each picture.

    Attributes:
        source: The pictures' folder.
        target: The results' folder.
        options: How pictures are looked at.
        mask: Whether masks are written instead of cut-outs.
        alone: Whether an actor keeps to one core.
    """

    source: Place
    target: Place
    options: Options
    mask: bool
    alone: bool

    def cut(self, engine: Any, path: str, content: bytes) -> Row:
        """Cut a picture out; what is wrong with it stands in the row.

        Args:
            engine: The actor's own.
            path: The picture's.
            content: Its file.

        Returns:
            "path", "output", "status", "seconds" and "error".
        """
        from localmatte.system.boundary import explained

        name, start, error = path[len(self.source.path) + 1 :], time.perf_counter(), ""
        result = _result(name)
        try:
            self.target.below(result).write(self._png(engine, content))
        except Exception as raised:
            error = str(explained(raised))
        return {
            "path": name,
            "output": result,
            "status": FAILED if error else DONE,
            "seconds": round(time.perf_counter() - start, 3),
            "error": error,
        }

    def _png(self, engine: Any, content: bytes) -> bytes:
        from localmatte import compose
        from localmatte.imaging import writer
        from localmatte.imaging.pixels import quantised
        from localmatte.imaging.reader import read

        photo = read(io.BytesIO(content))
        matte = engine.matte(photo.picture(), self.options).alpha
        photo = writer.suited(photo, "PNG")
        if self.mask:
            pixels = quantised(compose.limited(matte, photo.alpha), "uint8")
        else:
            pixels = compose.cutout(photo.colours, matte, photo.alpha)
        written = io.BytesIO()
        writer.encode(pixels, written, "PNG", photo)
        return written.getvalue()


class Actor:
    """A process of Ray's: a network that stays loaded, and the pictures that come to it.

    Args:
        task: What it does with each.
    """

    def __init__(self, task: Task) -> None:
        from localmatte.cli.cutter import set_up_pillow
        from localmatte.engine import Engine
        from localmatte.system import parallel

        set_up_pillow()
        if task.alone:
            parallel.keep_here()
        # An engine for several pictures at once keeps each to one core.
        self._engine, self._task = Engine(2 if task.alone else 1), task

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Cut a batch out, picture by picture."""
        pairs = zip(batch["path"], batch["bytes"], strict=True)
        rows = [self._task.cut(self._engine, str(path), content) for path, content in pairs]
        return {name: [row[name] for row in rows] for name in rows[0]}


def _check_network(arguments: argparse.Namespace) -> None:
    from localmatte import store

    folders = (arguments.input, arguments.output, arguments.report)
    others = [place for place in folders if "://" in place and not place.startswith("file://")]
    others += [os.environ["RAY_ADDRESS"]] if os.environ.get("RAY_ADDRESS") else []
    if others and store.offline():
        raise OfflineError(
            f"LOCALMATTE_OFFLINE forbids connecting to {others[0]}.", "Unset it, then try again."
        )


def _wanted(source: Place, target: Place) -> list[str]:
    """The paths of the pictures that have no result yet.

    Raises:
        UsageError: There are no pictures, or two of them would have the same result.
        StorageError: A folder cannot be read.
    """
    from localmatte.imaging.reader import suffixes

    inside = f"{target.path[len(source.path) + 1 :]}/"
    nested = source.files == target.files and target.path.startswith(f"{source.path}/")
    kinds = suffixes()
    results: dict[str, str] = {}
    for name in source.names():
        path = PurePosixPath(name)
        if path.suffix.lower() not in kinds or (nested and name.startswith(inside)):
            continue
        other = results.setdefault(_result(name), name)
        if other != name:
            raise UsageError(
                f"{other} and {name} would have the same result.", "Rename one of them."
            )
    if not results:
        raise UsageError(f"There are no images in {source.path}.", "Specify another folder.")
    there = set(target.names())
    return [f"{source.path}/{name}" for result, name in results.items() if result not in there]


def _result(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(".png"))


def _told(report: Place) -> int:
    """Say what came of all pictures; returns the exit status."""
    import pyarrow.dataset

    table = pyarrow.dataset.dataset(report.path, filesystem=report.files).to_table()
    failed = [row for row in table.to_pylist() if row["status"] == FAILED]
    for row in failed[:NAMED]:
        say(f"localmatte: failed: {row['path']}: {row['error']}")
    done = counted(table.num_rows - len(failed), "image")
    say(f"localmatte: {done} cut out, {len(failed)} failed; the report is in {report.path}")
    return 1 if failed else 0


def _room(ray: Any, gpus: float) -> int:
    """How many actors the cluster has room for."""
    resources = ray.cluster_resources()
    room = resources.get("GPU", 0) / gpus if gpus else resources.get("CPU", 1)
    return max(int(room), 1)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is not a whole number above 0')
    return int(text)


def _ray() -> Any:
    # Ray reports its use to its maker unless it is told not to.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import pyarrow.fs  # noqa: F401
        import ray
        import ray.data
    except ImportError as error:
        raise UsageError("Ray is not installed.", "Install localmatte[ray].") from error
    return ray
