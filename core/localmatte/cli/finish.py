"""`localmatte finish`: a mask on which somebody painted roughly gets the image's edges."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from localmatte.cli.sources import STREAM
from localmatte.cli.terminal import ProgressLine
from localmatte.errors import UsageError


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "finish",
        help="fit a mask that was painted on to the edges in the image",
        description="Fit a mask to the edges in the image where white or black was painted on it.",
    )
    parser.add_argument("image", metavar="IMAGE", help="image, or - for stdin")
    parser.add_argument("mask", metavar="MASK", help="mask that was painted on")
    parser.add_argument(
        "--before",
        metavar="MASK",
        help="the same mask before it was painted on; without this, white and black are trusted, "
        "and only soft edges are changed",
    )
    parser.add_argument(
        "-o", "--output", metavar="OUT", required=True, help="file for the mask, or - for stdout"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Finish the mask, and write it in its own depth."""
    target = None if arguments.output == STREAM else Path(arguments.output)
    _refuse_originals(arguments, target)
    # Heavy imports only now, when the command is known to make sense.
    from dataclasses import replace

    from PIL import Image

    from localmatte.engine import Engine
    from localmatte.imaging import writer
    from localmatte.imaging.geometry import MAX_PIXELS
    from localmatte.imaging.masks import read_mask
    from localmatte.imaging.reader import read

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    photo = read(sys.stdin.buffer if arguments.image == STREAM else Path(arguments.image))
    mask = read_mask(Path(arguments.mask))
    before = read_mask(Path(arguments.before)) if arguments.before else None
    depth = 8 * mask.dtype.itemsize
    kind = writer.file_format(target, alpha=False, depth=depth) if target else "PNG"
    raster = replace(photo.picture(), existing=mask, before=before)
    with ProgressLine(arguments.image) as line:
        done = Engine().finish(raster, on_progress=line)
    if done.notice:
        print(f"localmatte: {arguments.mask}: {done.notice}", file=sys.stderr)
    photo = writer.suited(photo, kind)

    def encoded(stream: Any) -> list[str]:
        return writer.encode(done.mask, stream, kind, photo)

    if target:
        writer.write(target, encoded)
    else:
        writer.write_stream(sys.stdout.buffer, encoded)
    return 0


def _refuse_originals(arguments: argparse.Namespace, target: Path | None) -> None:
    for name in (arguments.image, arguments.mask, arguments.before):
        source = Path(name) if name and name != STREAM else None
        if target and source and target.exists() and source.exists() and target.samefile(source):
            raise UsageError(
                f"The result would overwrite {source}.", "Specify another file with -o."
            )
