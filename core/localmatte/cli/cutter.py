"""Cuts one picture out for `localmatte cut`, from file to file."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte import compose
from localmatte.cli.jobs import Job, make_folder
from localmatte.cli.sources import STREAM
from localmatte.cli.terminal import ProgressLine, say
from localmatte.engine import Engine, Matte
from localmatte.errors import PictureError
from localmatte.imaging import writer
from localmatte.imaging.canvas import Canvas, placed, seen
from localmatte.imaging.geometry import MAX_PIXELS, Box
from localmatte.imaging.masks import read_hints, read_mask
from localmatte.imaging.photo import Photo
from localmatte.imaging.pixels import quantised
from localmatte.imaging.reader import opened, read
from localmatte.options import Options
from localmatte.progress import CancelToken, OnProgress, part


def set_up_pillow() -> None:
    """Let Pillow read what localmatte reads, once in a process; for programs that are ours alone.

    The engine's own limit is the one that holds. Pillow, which refuses twice as many pixels, still
    guards what a file has inside of its own, as an icon has pictures.
    """
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    # What it warns of is said in sentences of localmatte's own.
    warnings.filterwarnings("ignore", module=r"PIL\.")


@dataclass
class Outcome:
    """What came of a file.

    Attributes:
        mattes: How its last frame was looked at; without alpha.
        frames: How many frames it has.
        losses: What was left out, in sentences.
        notices: What else the user should read.
        offset: Where the result's left and top edges lie in the picture, in pixels; None where it
            is as large as the picture.
    """

    mattes: list[Matte] = field(default_factory=list)
    frames: int = 1
    losses: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    offset: tuple[int, int] | None = None


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
        canvas: What part of a picture is written.
    """

    engine: Engine
    options: Options
    arguments: argparse.Namespace
    existing: NDArray[Any] | None
    hints: NDArray[Any] | None
    background: compose.Background | None
    canvas: Canvas

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
            UsageError: The background is neither a colour nor a picture, or the margin is none.
        """
        existing = read_mask(Path(arguments.onto)) if arguments.onto else None
        hints = read_hints(Path(arguments.hints)) if arguments.hints else None
        named = arguments.background
        behind = None if named is None else compose.background(named)
        canvas = Canvas.of(arguments.trim, arguments.square, arguments.margin)
        return cls(engine, options, arguments, existing, hints, behind, canvas)

    def cut(self, job: Job, label: str, cancel: CancelToken) -> dict[str, Any]:
        """Cut one picture out, from its file to the result's.

        Args:
            job: The picture, and where the result goes.
            label: What stands before the picture's name in the progress line.
            cancel: Stops the work.

        Returns:
            For --json: "input" and "output", and either "skipped" or "model", "provider", "device",
            "offset" (where it was trimmed or has a margin), "notice", "left_out" (what the written
            file lacks, in sentences) and "seconds".

        Raises:
            PictureError: The picture cannot be read, has nothing to cut out or is too large for the
                result's format, or the result is there already.
            LocalmatteError: It cannot be done for another reason.
            CancelledError: When `cancel` was called.
        """
        arguments, name = self.arguments, str(job.source or STREAM)
        report: dict[str, Any] = {"input": name, "output": str(job.target or STREAM)}
        if job.target and job.target.is_file() and not (job.named or job.ours):
            if arguments.resume:
                return {**report, "skipped": True}
            if not arguments.overwrite:
                raise PictureError(
                    f"{job.target} already exists.", "Use --overwrite, --resume, or another -o."
                )
        kind = self._kind(job.file)
        start, outcome = time.perf_counter(), Outcome()
        work = self._all_frames if arguments.frames else self._first_frame
        with ProgressLine(label + name) as line:
            work(job, kind, line, cancel, outcome)
        found = outcome.mattes[-1]
        notices, losses = ([*dict.fromkeys(said)] for said in (outcome.notices, outcome.losses))
        for texts in (notices, losses):
            if texts:
                say(f"localmatte: {name}: {' '.join(texts)}")
        return {
            **report,
            **({"frames": outcome.frames} if arguments.frames else {}),
            **({"offset": outcome.offset} if outcome.offset else {}),
            "model": found.model,
            "provider": found.provider,
            "device": found.device,
            "notice": " ".join(notices),
            "left_out": losses,
            "seconds": round(time.perf_counter() - start, 3),
        }

    def _first_frame(
        self, job: Job, kind: str, line: OnProgress, cancel: CancelToken, outcome: Outcome
    ) -> None:
        photo = read(job.source or sys.stdin.buffer)
        if not self.canvas.trim:
            writer.check_fits(kind, *photo.size)
        alpha = self._matte(photo, line, cancel, outcome)
        photo = writer.suited(photo, kind)
        pixels = self._pixels(photo, alpha, kind, outcome)
        keep = self.arguments.keep_metadata
        outcome.losses += _written(
            job, lambda stream: writer.encode(pixels, stream, kind, photo, keep_metadata=keep)
        )

    def _all_frames(
        self, job: Job, kind: str, line: OnProgress, cancel: CancelToken, outcome: Outcome
    ) -> None:
        """Cut all frames of an animation out, or all pages; no more than one is in memory."""
        sequence = opened(job.source or sys.stdin.buffer)
        if job.file is None and sequence.kind in writer.SEVERAL:
            kind = sequence.kind
        count, plays = sequence.count, 0 if sequence.plays is None else sequence.plays
        outcome.frames = count

        def frames() -> Iterator[writer.Frame]:
            first: Photo | None = None
            for number, (photo, milliseconds) in enumerate(sequence.photos()):
                first = first or photo
                photo = writer.alike(photo, first, kind)
                progress = part(line, number / count, (number + 1) / count)
                alpha = self._matte(photo, progress, cancel, outcome)
                photo = writer.suited(photo, kind)
                yield writer.Frame(self._pixels(photo, alpha, kind, outcome), photo, milliseconds)

        keep = self.arguments.keep_metadata
        outcome.losses += _written(
            job,
            lambda stream: writer.encode_all(
                frames(), stream, kind, count, plays, keep_metadata=keep
            ),
        )

    def _matte(
        self, photo: Photo, line: OnProgress, cancel: CancelToken, outcome: Outcome
    ) -> NDArray[np.float32]:
        outcome.losses += photo.losses
        raster = replace(photo.picture(), hints=self.hints, existing=self.existing)
        if outcome.mattes and not raster.visible:
            # A frame that shows nothing, among others that do.
            return np.zeros((raster.height, raster.width), np.float32)
        found = self.engine.matte(raster, self.options, line, cancel)
        if found.doubt:
            outcome.notices += [found.doubt.sentence, found.doubt.in_terminal]
        if found.notice:
            outcome.notices.append(found.notice)
        outcome.mattes = [replace(found, alpha=found.alpha[:0])]
        return found.alpha

    def _kind(self, target: Path | None) -> str:
        if target is None:
            return "PNG"
        arguments = self.arguments
        alpha = not (arguments.mask or self.background)
        return writer.file_format(
            target, alpha=alpha, depth=arguments.depth, frames=arguments.frames
        )

    def _pixels(
        self, photo: Photo, matte: NDArray[np.float32], kind: str, outcome: Outcome
    ) -> NDArray[Any]:
        """What is written."""
        arguments = self.arguments
        box = self._box(photo, matte, kind, outcome)
        if arguments.mask:
            alpha = compose.limited(matte, photo.alpha)
            mask = quantised(alpha, f"uint{arguments.depth}")
            return placed(mask, box) if box else mask
        cut = compose.cutout(
            photo.colours,
            matte,
            photo.alpha,
            clean_colours=arguments.clean_colours,
            keep_hidden=arguments.keep_hidden,
        )
        if box:
            cut = placed(cut, box)
        behind = self.background
        if behind is None:
            return cut
        outcome.losses += behind.losses
        if not behind.opaque and kind not in writer.WITH_ALPHA:
            behind = behind.over(compose.WHITE)
            outcome.losses.append(
                f"{kind} files cannot have transparency: the background was made white."
            )
        return compose.on_background(cut, behind, photo)

    def _box(
        self, photo: Photo, matte: NDArray[np.float32], kind: str, outcome: Outcome
    ) -> Box | None:
        """The canvas in the photo's pixels; None for the photo's own."""
        if self.canvas.whole:
            return None
        alpha = compose.limited(matte, photo.alpha)
        if self.canvas.trim and seen(alpha) is None:
            outcome.notices.append("No subject was found, so the image was not trimmed.")
        box = self.canvas.box(alpha)
        writer.check_fits(kind, box.right - box.left, box.bottom - box.top)
        outcome.offset = box.left, box.top
        return box


def _written(job: Job, encoded: writer.Encode) -> list[str]:
    if job.file:
        if not job.named:
            make_folder(job.file.parent)
        return writer.write(job.file, encoded)
    if job.target:
        with job.target.open("wb") as stream:
            return writer.write_stream(stream, encoded)
    return writer.write_stream(sys.stdout.buffer, encoded)
