"""The engine: a picture in, its matte out; networks stay loaded between calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from localmatte.errors import PictureError, UsageError
from localmatte.imaging.geometry import Box
from localmatte.imaging.pixels import Raster, quantised, unit
from localmatte.inference.network import postprocess, preprocess
from localmatte.inference.sessions import Sessions
from localmatte.options import Options
from localmatte.progress import CancelToken, OnProgress, no_progress
from localmatte.providers import CPU, ONE_CORE
from localmatte.refine import refine, upscaled
from localmatte.refine.blend import blend, mix, soft
from localmatte.refine.existing_mask import keep_existing
from localmatte.refine.finish import finished
from localmatte.refine.hints import hinted, respect
from localmatte.refine.zoom_pass import settled, zoom_pass
from localmatte_bridge import SURROUNDINGS
from localmatte_bridge.words import N_

RAMP = 0.05
"""Over which part of a box's longer side a look of its own fades into the rest."""

SELECTION_MARGIN = 0.1
"""How far around a selection the network looks where no mask is mended, as SURROUNDINGS says."""

NOTHING_FOUND = N_("No clear subject was found in this picture.")


@dataclass(frozen=True)
class Matte:
    """What the engine found.

    Attributes:
        alpha: H×W, not yet limited by the picture's own alpha: float32 in 0..1, or uint8 or
            uint16 as was asked for.
        model: The model's id.
        provider: The provider that ran, e.g. "webgpu".
        device: The device that it ran on.
        notice: One sentence that the user should read; empty when all is well.
        seconds: Seconds for each stage: load, before, forward, after, zoom.
    """

    alpha: NDArray[Any]
    model: str
    provider: str
    device: str
    notice: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


class Engine:
    """Finds the subjects of pictures; may be shared by threads.

    Args:
        at_once: How many pictures it works on side by side. More than one are for a caller
            with as many threads, none of which uses more than one core; see
            parallel.keep_here().
    """

    def __init__(self, at_once: int = 1) -> None:
        self._sessions = Sessions(CPU if at_once == 1 else ONE_CORE)
        self._turn = threading.Semaphore(at_once)

    @property
    def models(self) -> list[str]:
        """The ids of the models in memory."""
        return self._sessions.models

    def load(self, options: Options) -> None:
        """Load a model before it is needed.

        Raises:
            LocalmatteError: The model or the provider cannot be used.
        """
        with self._turn:
            self._sessions.get(options.model, options.provider)

    def matte(
        self,
        picture: Raster,
        options: Options,
        on_progress: OnProgress = no_progress,
        cancel: CancelToken | None = None,
        dtype: DTypeLike = np.float32,
        existing: NDArray[Any] | None = None,
        selected: NDArray[np.uint8] | None = None,
    ) -> Matte:
        """Find the subject of a picture.

        Args:
            picture: What to look at.
            options: Model, provider, refinement, and where to look.
            on_progress: Called with a fraction and a stage.
            cancel: Stops the work.
            dtype: Alpha's: float32, or uint8 or uint16 for whole numbers.
            existing: A mask that the picture has, H×W of uint8, uint16 or float32: it stays
                outside of the selection, and what is found inside fades into it.
            selected: Where the selection is no rectangle, how far each pixel of the picture is
                selected, H×W uint8; only with an existing mask.

        Raises:
            LocalmatteError: There is nothing to cut out, or the model or the provider
                cannot be used.
            CancelledError: When `cancel` was called.
        """
        cancel = cancel or CancelToken()
        if existing is not None and options.selection is None:
            raise UsageError(
                "Without a selection nothing of the existing mask would stay.", "Add a selection."
            )
        for mask in (existing, selected):
            if mask is not None and mask.shape != (picture.height, picture.width):
                raise UsageError(
                    "The mask and the picture differ in size.",
                    "Give a mask of the picture's own size.",
                )
        with self._turn:
            cancel.check()
            if options.selection is None:
                found = self._look(picture, options, on_progress, cancel, dtype)
            else:
                margin = SELECTION_MARGIN if existing is None else SURROUNDINGS
                inside, seen = _regions(options.selection, picture, margin)
                known = None if existing is None else existing[seen.rows_and_columns]
                part = picture.crop(seen)
                found = self._look(part, options, on_progress, cancel, dtype, known)
                whole = _inside(found.alpha, inside, seen, picture, existing, selected)
                found = replace(found, alpha=whole)
            alpha = finished(found.alpha, options.edges, options.selection)
            return replace(found, alpha=respect(alpha, picture.hints))

    def _look(
        self,
        picture: Raster,
        options: Options,
        on_progress: OnProgress,
        cancel: CancelToken,
        dtype: DTypeLike,
        known: NDArray[Any] | None = None,
    ) -> Matte:
        if not picture.visible:
            raise PictureError(
                N_("Every pixel is transparent; there is nothing to cut out."),
                N_("Choose a layer that shows something."),
            )
        seconds: dict[str, float] = {}
        on_progress(0.0, N_("Loading the model"))
        with _timed(seconds, "load"):
            network = self._sessions.get(options.model, options.provider)
        cancel.check()
        on_progress(0.1, N_("Looking for the subject"))
        with _timed(seconds, "before"):
            rgb = picture.over_backdrop()
            tensor = preprocess(rgb, network.spec)
        with _timed(seconds, "forward"):
            output = network.run(tensor, cancel)
        stage = N_("Refining the edges") if options.refine else N_("Enlarging the matte")
        on_progress(0.6, stage)
        with _timed(seconds, "after"):
            coarse = postprocess(output, network.spec)
            if known is not None:
                coarse = settled(coarse, known)
            coarse = hinted(coarse, picture.hints)
            alpha = _enlarged(
                rgb,
                coarse,
                options,
                dtype,
                lambda done, _: on_progress(0.6 + 0.3 * done, stage),
                cancel,
            )
            # What a user strokes outranks what the mask was before.
            if known is not None and picture.hints is None:
                keep_existing(alpha, known, rgb)
        # A mask that is there has settled where the subject lies.
        if options.refine and options.zoom and known is None:

            def again(box: Box) -> NDArray[np.float32]:
                on_progress(0.9, N_("Looking closer"))
                output = network.run(preprocess(rgb[box.rows_and_columns], network.spec), cancel)
                return hinted(postprocess(output, network.spec), picture.crop(box).hints)

            with _timed(seconds, "zoom"):
                closer = zoom_pass(coarse, picture.width, picture.height, again)
                if closer:
                    box, matte = closer
                    part = rgb[box.rows_and_columns]
                    sharp = _enlarged(part, matte, options, dtype, no_progress, cancel)
                    blend(alpha, sharp, box, _ramp(box))
        cancel.check()
        on_progress(1.0, N_("Done"))
        notice = network.notice if coarse.any() else NOTHING_FOUND
        return Matte(alpha, network.spec.id, network.provider.name, network.device, notice, seconds)


def _regions(selection: Box, picture: Raster, margin: float) -> tuple[Box, Box]:
    inside = selection.grown(0, picture.width, picture.height)
    if inside.right <= inside.left or inside.bottom <= inside.top:
        raise PictureError(
            N_("The selection lies outside the picture."), N_("Select a part of it, or nothing.")
        )
    longer = max(inside.right - inside.left, inside.bottom - inside.top)
    return inside, inside.grown(round(longer * margin), picture.width, picture.height)


def _enlarged(
    rgb: NDArray[np.uint8],
    coarse: NDArray[np.float32],
    options: Options,
    dtype: DTypeLike,
    on_progress: OnProgress,
    cancel: CancelToken,
) -> NDArray[Any]:
    if options.refine:
        return refine(rgb, coarse, dtype, on_progress, cancel)
    return upscaled(coarse, rgb.shape[1], rgb.shape[0], dtype, cancel)


def _inside(
    alpha: NDArray[Any],
    inside: Box,
    seen: Box,
    picture: Raster,
    existing: NDArray[Any] | None,
    selected: NDArray[np.uint8] | None,
) -> NDArray[Any]:
    """A matte of the whole picture from one of a part; what is outside is nothing, or stays."""
    part = alpha[
        inside.top - seen.top : inside.bottom - seen.top,
        inside.left - seen.left : inside.right - seen.left,
    ]
    if existing is None:
        whole = np.zeros((picture.height, picture.width), alpha.dtype)
        whole[inside.rows_and_columns] = part
        return whole
    whole = quantised(unit(existing), alpha.dtype)
    if selected is None:
        blend(whole, part, inside, _ramp(inside))
    else:
        # A selection that is narrow for its length has room for a narrow ramp alone.
        ramp = round(np.sqrt((selected > 0).sum()) * RAMP)
        mix(whole, part, inside, soft(selected, inside, ramp))
    return whole


def _ramp(box: Box) -> int:
    return round(max(box.right - box.left, box.bottom - box.top) * RAMP)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - start
