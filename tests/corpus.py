"""What becomes of public test pictures; docs/formats.md has the outcome.

    python -m tests.corpus FOLDER…

cuts out every picture in each folder as `localmatte cut` does, with the real network, looks at
what was written, and counts what came of it. LOCALMATTE_HOME holds the model.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from localmatte.cli import cut
from localmatte.cli.cutter import Cutter
from localmatte.cli.jobs import Job
from localmatte.engine import Engine
from localmatte.errors import LocalmatteError
from localmatte.imaging.geometry import MAX_PIXELS
from localmatte.imaging.reader import suffixes
from localmatte.options import Options
from localmatte.progress import CancelToken

PATIENCE = 60
"""Seconds of the processor's after which a picture counts as one that hangs."""

NUMBER = re.compile(r"-?\b\d[\d.]*\b")


class Hangs(BaseException):
    """A picture takes too long; nothing that expects damaged files catches this."""


def cutter() -> Cutter:
    """The command line's own; the network's matte is only scaled, whatever the file was."""
    parser = argparse.ArgumentParser()
    cut.add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["cut", "-", "--provider", "cpu", "--no-refine"])
    return Cutter.of(Engine(), Options(provider="cpu", refine=False), arguments)


def outcome(work: Cutter, path: Path, folder: Path) -> str:
    """What came of a picture, without what is its own.

    Args:
        work: Cuts it out.
        path: The picture.
        folder: Where the result may lie for a while.
    """
    out = folder / "out.png"
    out.unlink(missing_ok=True)
    try:
        with limited_time(), redirect_stderr(StringIO()):
            report = work.cut(Job(path, out, named=True), "", CancelToken())
    except LocalmatteError as error:
        said = error.message.replace(path.name, "NAME")
        return "refused: " + NUMBER.sub("N", re.sub(r"damaged: .*", "damaged.", said))
    except Hangs:
        return "HANGS"
    except Exception as error:
        return f"CRASHES: {type(error).__name__}"
    with Image.open(out) as written:
        right = written.mode == "RGBA" and _same_size(path, written.size)
        pixels = np.asarray(written)
    if right and pixels[pixels[..., 3] == 0].any():
        return "SHOWS THE BACKGROUND"
    losses = " ".join(NUMBER.sub("N", loss) for loss in report["left_out"])
    return ("cut out" if right else "CUT OUT IN ANOTHER SIZE") + (f"; {losses}" if losses else "")


def _same_size(path: Path, size: tuple[int, int]) -> bool:
    """Whether a result is of the size that Pillow shows a picture in, where it can."""
    try:
        with Image.open(path) as image:
            return size == ImageOps.exif_transpose(image).size
    except Exception:
        # Read by us, not by Pillow alone: there is nothing to compare with.
        return True


@contextmanager
def limited_time() -> Iterator[None]:
    """Raise Hangs inside the block once it has taken too long."""

    def hangs(*_: Any) -> None:
        raise Hangs

    signal.signal(signal.SIGPROF, hangs)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def main(folders: list[Path]) -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    work, known = cutter(), suffixes()
    print("| Pictures of | Number | What came of them |\n| --- | ---: | --- |")
    with tempfile.TemporaryDirectory() as scratch:
        for folder in folders:
            paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in known)
            found = [(outcome(work, path, Path(scratch)), path) for path in paths if path.is_file()]
            for said, number in Counter(said for said, _ in found).most_common():
                print(f"| {folder.name} | {number} | {said} |", flush=True)
            for said, path in found:
                if said[:5].isupper():
                    print(f"{path}: {said}", file=sys.stderr)


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
