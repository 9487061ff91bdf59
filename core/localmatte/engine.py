"""The engine: a picture in, its matte out; networks stay loaded between calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from localmatte.errors import PictureError
from localmatte.forward import postprocess, preprocess
from localmatte.geometry import Box
from localmatte.options import Options
from localmatte.pixels import Picture
from localmatte.progress import CancelToken, OnProgress, no_progress
from localmatte.refine import plain, refine
from localmatte.sessions import Sessions

SELECTION_MARGIN = 0.1
"""How far around a selection the network looks, as a part of the selection's longer side."""


@dataclass(frozen=True)
class Matte:
    """What the engine found.

    Attributes:
        alpha: H×W float32 in 0..1, not yet limited by the picture's own alpha.
        model: The model's id.
        provider: The provider that ran, e.g. "webgpu".
        device: The device that it ran on.
        notice: One sentence that the user should read; empty when all is well.
        seconds: Seconds for each stage: load, before, forward, after.
    """

    alpha: NDArray[np.float32]
    model: str
    provider: str
    device: str
    notice: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


class Engine:
    """Runs one picture at a time; may be shared by threads."""

    def __init__(self) -> None:
        self._sessions = Sessions()
        self._turn = threading.Lock()

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
        picture: Picture,
        options: Options,
        on_progress: OnProgress = no_progress,
        cancel: CancelToken | None = None,
    ) -> Matte:
        """Find the subject of a picture.

        Args:
            picture: What to look at.
            options: Model, provider, refinement, and where to look.
            on_progress: Called with a fraction and a stage.
            cancel: Stops the work.

        Raises:
            LocalmatteError: There is nothing to cut out, or the model or the provider
                cannot be used.
            CancelledError: When `cancel` was called.
        """
        cancel = cancel or CancelToken()
        with self._turn:
            cancel.check()
            if options.selection is None:
                return self._look(picture, options, on_progress, cancel)
            inside, seen = _regions(options.selection, picture)
            found = self._look(picture.crop(seen), options, on_progress, cancel)
            return replace(found, alpha=_only_inside(found.alpha, inside, seen, picture))

    def _look(
        self, picture: Picture, options: Options, on_progress: OnProgress, cancel: CancelToken
    ) -> Matte:
        if not picture.visible:
            raise PictureError(
                "Every pixel is transparent; there is nothing to cut out.",
                "Choose a layer that shows something.",
            )
        seconds: dict[str, float] = {}
        on_progress(0.0, "Loading the model")
        with _timed(seconds, "load"):
            network = self._sessions.get(options.model, options.provider)
        cancel.check()
        on_progress(0.1, "Looking for the subject")
        with _timed(seconds, "before"):
            rgb = picture.over_backdrop()
            tensor = preprocess(rgb, network.spec)
        with _timed(seconds, "forward"):
            output = network.run(tensor, cancel)
        stage = "Refining the edges" if options.refine else "Enlarging the matte"
        on_progress(0.6, stage)
        with _timed(seconds, "after"):
            coarse = postprocess(output, network.spec)
            if options.refine:
                alpha = refine(
                    rgb, coarse, lambda done, _: on_progress(0.6 + 0.4 * done, stage), cancel
                )
            else:
                alpha = plain(coarse, picture.width, picture.height)
        cancel.check()
        on_progress(1.0, "Done")
        notice = network.notice if coarse.any() else "No clear subject was found in this picture."
        return Matte(alpha, network.spec.id, network.provider.name, network.device, notice, seconds)


def _regions(selection: Box, picture: Picture) -> tuple[Box, Box]:
    inside = selection.grown(0, picture.width, picture.height)
    if inside.right <= inside.left or inside.bottom <= inside.top:
        raise PictureError(
            "The selection lies outside the picture.", "Select a part of it, or nothing."
        )
    longer = max(inside.right - inside.left, inside.bottom - inside.top)
    return inside, inside.grown(round(longer * SELECTION_MARGIN), picture.width, picture.height)


def _only_inside(
    alpha: NDArray[np.float32], inside: Box, seen: Box, picture: Picture
) -> NDArray[np.float32]:
    whole = np.zeros((picture.height, picture.width), np.float32)
    whole[inside.rows_and_columns] = alpha[
        inside.top - seen.top : inside.bottom - seen.top,
        inside.left - seen.left : inside.right - seen.left,
    ]
    return whole


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - start
