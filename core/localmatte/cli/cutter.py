"""Cuts one picture out for `localmatte cut`, from file to file."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte import compose
from localmatte.cli.jobs import STREAM, Job
from localmatte.cli.terminal import ProgressLine
from localmatte.engine import Engine
from localmatte.errors import PictureError
from localmatte.imaging.photo import read, read_mask
from localmatte.imaging.pixels import quantised, to_uint8
from localmatte.options import Options
from localmatte.progress import CancelToken


@dataclass(frozen=True)
class Cutter:
    """What is the same for all pictures of a command.

    Attributes:
        engine: Looks at them.
        options: How it does that.
        arguments: The command line's own.
        existing: The mask that stays outside of the selection; None for none.
        hints: What the user knows, uint8; None for nothing.
    """

    engine: Engine
    options: Options
    arguments: argparse.Namespace
    existing: NDArray[Any] | None
    hints: NDArray[Any] | None

    @classmethod
    def of(cls, engine: Engine, options: Options, arguments: argparse.Namespace) -> Cutter:
        """With the masks that the command line names, read once.

        Raises:
            PictureError: One of them cannot be read.
        """
        existing = read_mask(Path(arguments.onto)) if arguments.onto else None
        hints = to_uint8(read_mask(Path(arguments.hints))) if arguments.hints else None
        return cls(engine, options, arguments, existing, hints)

    def cut(self, job: Job, label: str, cancel: CancelToken) -> dict[str, Any]:
        """Cut one picture out, and say what came of it.

        Args:
            job: The picture, and where the result goes.
            label: What stands before the picture's name in the progress line.
            cancel: Stops the work.

        Raises:
            LocalmatteError: It cannot be done, or the result is there already.
            CancelledError: When `cancel` was called.
        """
        arguments = self.arguments
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
            raster = replace(photo.picture(), hints=self.hints, existing=self.existing)
            found = self.engine.matte(raster, self.options, line, cancel)
        own = raster.alpha
        if arguments.mask:
            alpha = compose.limited(found.alpha, own)
            image = Image.fromarray(quantised(alpha, f"uint{arguments.depth}"))
        else:
            image = compose.cutout_image(
                np.asarray(photo.colours),
                found.alpha,
                own,
                clean_colours=arguments.clean_colours,
                keep_hidden=arguments.keep_hidden,
            )
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
