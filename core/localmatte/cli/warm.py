"""Has the editors' worker look at an image, where one runs and has the model in memory."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

import localmatte
from localmatte import library
from localmatte.cli.worker import place
from localmatte.engine import Engine, Matte
from localmatte.errors import LocalmatteError
from localmatte.imaging.geometry import Box
from localmatte.imaging.pixels import Raster
from localmatte.inference.recent import Recent
from localmatte.options import Options
from localmatte.progress import CancelToken, OnProgress, no_progress
from localmatte.refine.doubt import Doubt
from localmatte.refine.parts import Look
from localmatte_bridge import BridgeError, Client, Progress, Result
from localmatte_bridge.words import together

HELLO_SECONDS = 2.0
"""How long a worker may take to say how it is: loading the model takes about as long."""

SILENT_SECONDS = 120.0
"""How long a worker may say nothing while it works."""

DOUBTS = {together([doubt.sentence, doubt.in_preview]): doubt for doubt in Doubt}
"""What a worker says of a doubt, and what that is."""


class Warm(Engine):
    """An engine that leaves the work to a worker that is warm; in all other cases it does it."""

    def matte(
        self,
        raster: Raster,
        options: Options,
        on_progress: OnProgress = no_progress,
        cancel: CancelToken | None = None,
        recent: Recent | None = None,
    ) -> Matte:
        """As Engine.matte(); the worker's result is the same, bit by bit.

        Args:
            raster: As there.
            options: As there.
            on_progress: As there.
            cancel: As there.
            recent: As there.

        Returns:
            As there; of what the network saw it knows nothing.

        Raises:
            LocalmatteError: As there.
            CancelledError: When `cancel` was called.
        """
        cancel = cancel or CancelToken()
        # Whatever goes wrong there is tried here, which also says it in the right words.
        with contextlib.suppress(BridgeError, LocalmatteError):
            client = _warm_worker(options) if _travels(raster) else None
            if client:
                with client:
                    return _asked(client, raster, options, on_progress, cancel)
        cancel.check()
        return super().matte(raster, options, on_progress, cancel, recent)


def _travels(raster: Raster) -> bool:
    """Whether a worker gets the same picture as the engine here: it sees alpha of eight bits."""
    plain = raster.alpha is None or raster.alpha.dtype == np.uint8
    return plain and raster.hints is None and raster.existing is None


def _warm_worker(options: Options) -> Client | None:
    """A worker of this version that has the model in memory."""
    client = Client.connect_running(place())
    if client is None:
        return None
    with contextlib.ExitStack() as closing:
        closing.enter_context(client)
        status = client.ask("status", timeout=HELLO_SECONDS).header
        loaded = library.find(options.model).id in status["loaded"]
        if status["version"] != localmatte.__version__ or not loaded:
            return None
        closing.pop_all()
        return client


def _asked(
    client: Client, raster: Raster, options: Options, on_progress: OnProgress, cancel: CancelToken
) -> Matte:
    pixels, layout = raster.rgb, "rgb8"
    if raster.alpha is not None:
        pixels, layout = np.dstack([raster.rgb, raster.alpha]), "rgba8"
    sent = np.ascontiguousarray(pixels)
    events = client.matte(
        [sent.data.cast("B")],
        raster.width,
        raster.height,
        layout,
        "yf",
        timeout=SILENT_SECONDS,
        **_fields(options),
    )
    with cancel.stopping(client.cancel):
        for event in events:
            if isinstance(event, Progress):
                on_progress(event.fraction, event.stage)
            elif isinstance(event, Result):
                return _matte(event, raster)
    raise AssertionError("a request ends with a result or an error")


def _fields(options: Options) -> dict[str, Any]:
    """The options as they travel."""
    is_file = options.model.lower().endswith(".onnx")
    fields: dict[str, Any] = {
        # The worker has another folder.
        "model": str(Path(options.model).absolute()) if is_file else options.model,
        "provider": options.provider,
        "refine": options.refine,
        "edges": asdict(options.edges),
        "zoom": options.zoom,
        "best_edges": options.best_edges,
        "keep": [list(point) for point in options.prompts.keep],
        "remove": [list(point) for point in options.prompts.remove],
    }
    for name, box in (("selection", options.selection), ("box", options.prompts.box)):
        if box:
            fields[name] = [box.left, box.top, box.right - box.left, box.bottom - box.top]
    return fields


def _matte(result: Result, raster: Raster) -> Matte:
    meta = result.header["meta"]
    alpha = np.frombuffer(result.payload, np.float32).reshape(raster.height, raster.width)
    whole = Box(0, 0, raster.width, raster.height)
    return Matte(
        alpha,
        meta["model"],
        meta["provider"],
        meta["device"],
        Look(alpha, whole, whole),
        None,
        meta["notice"],
        DOUBTS.get(meta["doubt"]),
        tuple(meta["trying"]),
        meta["seconds"],
    )
