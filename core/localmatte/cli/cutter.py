"""Cuts one picture out for `localmatte cut`, from file to file."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from localmatte import compose
from localmatte.cli.jobs import STREAM, Job
from localmatte.cli.terminal import ProgressLine
from localmatte.engine import Engine, Matte
from localmatte.errors import PictureError
from localmatte.imaging import writer
from localmatte.imaging.masks import read_hints, read_mask
from localmatte.imaging.photo import Photo
from localmatte.imaging.pixels import quantised
from localmatte.imaging.reader import read
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
        background: What the subject is put before; None for nothing.
    """

    engine: Engine
    options: Options
    arguments: argparse.Namespace
    existing: NDArray[Any] | None
    hints: NDArray[Any] | None
    background: compose.Background | None

    @classmethod
    def of(cls, engine: Engine, options: Options, arguments: argparse.Namespace) -> Cutter:
        """Read what the command line names once for all pictures: mask, hints and background.

        Args:
            engine: Looks at the pictures.
            options: How it does that.
            arguments: The command line's own; --onto, --hints and --background are read here.

        Returns:
            A cutter for every picture of the command.

        Raises:
            PictureError: One of them cannot be read.
            UsageError: The background is neither a colour nor a picture.
        """
        existing = read_mask(Path(arguments.onto)) if arguments.onto else None
        hints = read_hints(Path(arguments.hints)) if arguments.hints else None
        named = arguments.background
        behind = None if named is None else compose.background(named)
        return cls(engine, options, arguments, existing, hints, behind)

    def cut(self, job: Job, label: str, cancel: CancelToken) -> dict[str, Any]:
        """Cut one picture out, from its file to the result's.

        Args:
            job: The picture, and where the result goes.
            label: What stands before the picture's name in the progress line.
            cancel: Stops the work.

        Returns:
            For --json: "input" and "output", and either "skipped" or "model", "provider", "device",
            "notice", "left_out" (what the written file lacks, in sentences) and "seconds".

        Raises:
            PictureError: The picture cannot be read, has nothing to cut out or is too large for the
                result's format, or the result is there already.
            LocalmatteError: It cannot be done for another reason.
            CancelledError: When `cancel` was called.
        """
        arguments, name = self.arguments, str(job.source or STREAM)
        report: dict[str, Any] = {"input": name, "output": str(job.target or STREAM)}
        if job.target and job.target.is_file() and not job.named:
            if arguments.resume:
                return {**report, "skipped": True}
            if not arguments.overwrite:
                raise PictureError(
                    f"{job.target} already exists.", "Use --overwrite, --resume, or another -o."
                )
        kind = self._kind(job.target)
        start = time.perf_counter()
        photo = read(job.source or sys.stdin.buffer)
        writer.check_fits(kind, *photo.size)
        with ProgressLine(label + name) as line:
            raster = replace(photo.picture(), hints=self.hints, existing=self.existing)
            found = self.engine.matte(raster, self.options, line, cancel)
        photo = writer.suited(photo, kind)
        pixels, losses = self._pixels(photo, found, kind)
        losses = [*photo.losses, *losses]
        keep = arguments.keep_metadata
        if job.target:
            losses += writer.write(pixels, job.target, kind, photo, keep_metadata=keep)
        else:
            losses += writer.write_stream(
                pixels, sys.stdout.buffer, kind, photo, keep_metadata=keep
            )
        for text in (found.notice, " ".join(losses)):
            if text:
                print(f"localmatte: {name}: {text}", file=sys.stderr)
        return {
            **report,
            "model": found.model,
            "provider": found.provider,
            "device": found.device,
            "notice": found.notice,
            "left_out": losses,
            "seconds": round(time.perf_counter() - start, 3),
        }

    def _kind(self, target: Path | None) -> str:
        if target is None:
            return "PNG"
        alpha = not (self.arguments.mask or self.background)
        return writer.file_format(target, alpha=alpha, depth=self.arguments.depth)

    def _pixels(self, photo: Photo, found: Matte, kind: str) -> tuple[NDArray[Any], list[str]]:
        """What is written, and what was left out on the way to it."""
        arguments = self.arguments
        if arguments.mask:
            alpha = compose.limited(found.alpha, photo.alpha)
            return quantised(alpha, f"uint{arguments.depth}"), []
        cut = compose.cutout(
            photo.colours,
            found.alpha,
            photo.alpha,
            clean_colours=arguments.clean_colours,
            keep_hidden=arguments.keep_hidden,
        )
        behind = self.background
        if behind is None:
            return cut, []
        losses = []
        if not behind.opaque and kind not in writer.WITH_ALPHA:
            behind = behind.over(compose.WHITE)
            losses.append(f"{kind} files cannot have transparency: the background was made white.")
        return compose.on_background(cut, behind, photo), losses
