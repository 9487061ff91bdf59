"""`localmatte cut`: one picture or many, from files to files."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from localmatte.cli.edges import add_flags, edges
from localmatte.cli.jobs import plan
from localmatte.cli.terminal import say
from localmatte.errors import LocalmatteError, UsageError
from localmatte.imaging.geometry import Box
from localmatte.models.catalogue import DEFAULT

NAMED = 10
"""How many of the files that are skipped for one reason are named; --json names all."""


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "cut",
        help="remove the background from images",
        description="Write the subject of each image as a transparent PNG, or the mask alone.",
    )
    parser.add_argument(
        "inputs", nargs="+", metavar="IN", help="image, folder of images, or - for stdin"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="file (its extension sets the format), folder, or - for stdout (default: "
        "NAME-cutout.png next to the image)",
    )
    parser.add_argument(
        "-r",
        "--recursive",
        action="store_true",
        help="include the folders within a folder; with -o, OUT gets the same folders",
    )
    parser.add_argument(
        "--shard",
        metavar="I/N",
        help="cut only the images of one of N shares, the same ones on every computer",
    )
    parser.add_argument(
        "--mask", action="store_true", help="write the mask alone, as a greyscale image"
    )
    parser.add_argument(
        "--depth", type=int, choices=(8, 16), default=8, help="bit depth of the mask (default: 8)"
    )
    parser.add_argument(
        "--background",
        metavar="COLOUR|IMAGE",
        help="put the subject in front of this colour or image instead of transparency",
    )
    group = parser.add_argument_group("canvas")
    group.add_argument("--trim", action="store_true", help="crop the result to the subject")
    group.add_argument(
        "--square", action="store_true", help="make the result square, with the subject centred"
    )
    group.add_argument(
        "--margin",
        metavar="N%|Npx",
        help="leave this much room on every side, in pixels or in per cent of the subject's longer "
        "side (with --trim; otherwise the image's)",
    )
    parser.add_argument(
        "--model",
        default=DEFAULT,
        metavar="ID|FILE.onnx",
        help=f"id of a model, or a file of your own (default: {DEFAULT})",
    )
    parser.add_argument(
        "--provider", default="auto", help="auto, cpu, webgpu or cuda (default: auto)"
    )
    parser.add_argument(
        "--worker",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="have the editors' worker do it where it runs and has the model in memory (default; "
        "not for many images)",
    )
    parser.add_argument(
        "--no-refine",
        dest="refine",
        action="store_false",
        help="only scale up the model's matte, without fitting it to the image's edges",
    )
    parser.add_argument(
        "--selection",
        type=_box,
        metavar="X,Y,W,H",
        help="look for the subject only inside this rectangle (in pixels)",
    )
    group = parser.add_argument_group("subject")
    group.add_argument(
        "--keep",
        type=_point,
        action="append",
        default=[],
        metavar="X,Y",
        help="keep the subject at this pixel and remove the others (repeatable)",
    )
    group.add_argument(
        "--remove",
        type=_point,
        action="append",
        default=[],
        metavar="X,Y",
        help="remove what is at this pixel (repeatable)",
    )
    group.add_argument(
        "--box", type=_box, metavar="X,Y,W,H", help="keep the subject inside this rectangle"
    )
    parser.add_argument(
        "--onto", metavar="MASK", help="blend the result into this mask inside the selection"
    )
    parser.add_argument(
        "--hints",
        metavar="IMAGE",
        help="image of hints: white marks the subject, black the background",
    )
    parser.add_argument(
        "--zoom",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="run a second pass, zoomed in, on small subjects (default; never with --no-refine)",
    )
    add_flags(parser)
    parser.add_argument(
        "--best-edges",
        action="store_true",
        help="also refine the edges with the model ViTMatte (untested), which takes seconds for "
        "each part of 1024 × 1024 pixels",
    )
    parser.add_argument(
        "--keep-colours",
        dest="clean_colours",
        action="store_false",
        help="keep the background's colours in soft edges",
    )
    parser.add_argument(
        "--keep-hidden-colours",
        dest="keep_hidden",
        action="store_true",
        help="keep the whole photo in the file, hidden by alpha, so that parts can be restored; "
        "without this, the file contains nothing of the background",
    )
    parser.add_argument(
        "--frames",
        action="store_true",
        help="cut out all frames of an animation, or all pages of a TIFF file, and write the same "
        "format; without this, only the first",
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="go on with images that are added to the folders or changed, until Ctrl+C",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace existing results")
    parser.add_argument(
        "--resume", action="store_true", help="skip images that already have a result"
    )
    parser.add_argument(
        "--keep-metadata", action="store_true", help="copy EXIF data, including the location"
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON for each image")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Cut all pictures out; 1 when any of them failed."""
    _check(arguments)
    finish = edges(arguments)
    planned = plan(arguments)
    wanted = planned.jobs
    if len(wanted) > 1:
        _check_places(arguments)
    # Heavy imports only now, when the command is known to make sense.
    from localmatte import library
    from localmatte.cli import suggested
    from localmatte.cli.batch import reports, side_by_side
    from localmatte.cli.cutter import Cutter, set_up_pillow
    from localmatte.cli.processes import hands
    from localmatte.cli.summary import Summary
    from localmatte.cli.warm import Warm
    from localmatte.cli.watch import Watch
    from localmatte.engine import Engine
    from localmatte.inference.sessions import MANY
    from localmatte.options import Options, Prompts

    set_up_pillow()
    options = Options(
        arguments.model,
        arguments.provider,
        arguments.refine,
        arguments.selection,
        finish,
        arguments.zoom,
        Prompts(tuple(arguments.keep), tuple(arguments.remove), arguments.box),
        arguments.best_edges,
    )
    # What comes later comes in ones and twos; edges that a network refines take all cores, and
    # memory for one image.
    alone = arguments.watch or arguments.best_edges
    at_once = 1 if alone else side_by_side(len(wanted))
    images = MANY if arguments.watch else len(wanted)
    warm = arguments.worker and at_once == 1 and not arguments.watch
    cutter = Cutter.of((Warm if warm else Engine)(at_once, images), options, arguments)
    spec = library.find(arguments.model)
    if arguments.best_edges:
        # Said once, and not of each image.
        library.refiner()
    watch, summary = Watch(arguments), Summary()
    try:
        with hands(cutter, wanted, at_once) as cut:
            for part in watch.plans(planned) if arguments.watch else [planned]:
                _tell(part.passed_over, arguments.json)
                summary.expect(part)
                done = reports(part.jobs, cut, at_once, spec, go_on=planned.batch)
                for report in chain(_failures(part.failed), done):
                    summary.add(report)
                    watch.note(report)
                    if arguments.json:
                        extra = suggested.fields(spec.id) if "model" in report else {}
                        print(json.dumps({**report, **extra}), flush=True)
    finally:
        if planned.batch:
            for line in summary.lines():
                say(f"localmatte: {line}")
    if not arguments.json:
        suggested.tell(spec.id)
    return 1 if summary.failed else 0


def _failures(failed: list[tuple[Path, LocalmatteError]]) -> Iterator[dict[str, Any]]:
    for path, error in failed:
        say(f"localmatte: {error}")
        yield {"input": str(path), "error": error.message, "hint": error.hint}


def _check(arguments: argparse.Namespace) -> None:
    from localmatte.imaging.canvas import Canvas

    if arguments.mask and arguments.background is not None:
        raise UsageError("A mask cannot have a background.", "Leave out --mask or --background.")
    Canvas.of(arguments.trim, arguments.square, arguments.margin)
    if arguments.trim and arguments.frames:
        raise UsageError(
            "Frames cannot be trimmed, each to another size.", "Leave out --trim or --frames."
        )
    if arguments.watch and not all(Path(name).is_dir() for name in arguments.inputs):
        raise UsageError("Only folders can be watched.", "Specify a folder, or leave out --watch.")
    if arguments.depth == 16 and not arguments.mask:
        raise UsageError("Only masks can be 16-bit.", "Add --mask.")


def _check_places(arguments: argparse.Namespace) -> None:
    """What is meant in one picture is not where it is in another one."""
    if arguments.keep or arguments.remove or arguments.box:
        raise UsageError(
            "--keep, --remove and --box mean a place in one image.", "Cut one image at a time."
        )


def _tell(passed_over: list[tuple[Path, str]], as_json: bool) -> None:
    """Say what lies among the pictures and is not cut."""
    for why in dict.fromkeys(why for _, why in passed_over):
        names = [str(path) for path, reason in passed_over if reason == why]
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        say(f"localmatte: skipped, {why}: {', '.join(names[:NAMED])}{more}")
    if as_json:
        for path, why in passed_over:
            print(json.dumps({"input": str(path), "skipped": True, "reason": why}), flush=True)


def _point(text: str) -> tuple[int, int]:
    try:
        x, y = (int(number) for number in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not X,Y in whole pixels') from None
    return x, y


def _box(text: str) -> Box:
    try:
        left, top, width, height = (int(number) for number in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not X,Y,W,H in whole pixels') from None
    if width < 1 or height < 1:
        raise argparse.ArgumentTypeError(f'"{text}" has no area')
    return Box(left, top, left + width, top + height)
