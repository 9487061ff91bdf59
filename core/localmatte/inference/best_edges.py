"""Best edges: a network refines alpha wherever that is not sure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from localmatte.inference.network import with_trimap
from localmatte.inference.recent import Recent
from localmatte.inference.sessions import Runner
from localmatte.progress import CancelToken, OnProgress
from localmatte.refine.hints import KEEP, REMOVE, enforce_hints
from localmatte.refine.learned import refined
from localmatte.refine.raw import Raw
from localmatte.system import pace
from localmatte_bridge.words import Sentence

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class BestEdges:
    """What a network made of alpha.

    Attributes:
        alpha: H×W float32 in 0..1.
        notices: What the user should read, a sentence or two each.
    """

    alpha: Floats
    notices: list[str]


def best_edges(
    network: Runner,
    rgb: NDArray[np.uint8],
    alpha: Floats,
    raw: Raw,
    hints: NDArray[np.uint8] | None,
    recent: Recent,
    on_progress: OnProgress,
    cancel: CancelToken,
) -> BestEdges:
    """Have a network find alpha wherever it is not sure, and nobody has said what it is.

    Args:
        network: One that refines.
        rgb: The picture, H×W×3 uint8.
        alpha: Alpha as it is known so far, H×W float32 in 0..1; it is not changed.
        raw: What that was found from.
        hints: What the user knows, H×W uint8; None for nothing.
        recent: What networks made of the same picture before; what this one makes is added.
        on_progress: Called with a fraction and a stage before each tile.
        cancel: Stops the work.

    Returns:
        Alpha, and what the user should read.

    Raises:
        CancelledError: When `cancel` was called.
        LocalmatteError: The network cannot be run, or returned no numbers.
    """
    spec = network.spec

    def infer(tile: NDArray[np.uint8], trimap: Floats) -> Floats:
        return recent.matte(network, with_trimap(tile, trimap, spec), cancel)

    alpha = enforce_hints(alpha, hints)
    unknown = raw.unknown(rgb, alpha)
    if hints is not None:
        unknown &= (hints != KEEP) & (hints != REMOVE)
    last = partial(pace.last, spec.file.sha256)
    done = refined(rgb, alpha, unknown, spec.input_size, infer, last, on_progress, cancel)
    wrong = Sentence(
        "{model} gave a wrong result; those edges were refined without it.", model=spec.title
    )
    said = [network.notice, wrong if done.refused else ""]
    return BestEdges(done.alpha, [*filter(None, said)])
