"""Whether a network's doubt is said where it errs, and only there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from localmatte.imaging.resample import upscaled
from localmatte.inference.sessions import Loaded
from localmatte.refine.doubt import Doubt, doubt
from localmatte.refine.zoom_pass import shared
from tests.quality.clicks import Scene
from tests.quality.methods import look
from tests.quality.pictures import Pair

RIGHT = 0.8
"""A matte that shares so much with the truth shows the subject."""

KINDS = (
    "one subject, found",
    "one subject, missed",
    "several apart, all found",
    "several apart, not all found",
    "several touching",
)
"""In the first kind any doubt is a false alarm; in the third it should name several subjects."""


@dataclass(frozen=True)
class Verdict:
    """What was said of a picture.

    Attributes:
        model: The network.
        kind: One of KINDS.
        name: The picture's.
        doubt: None for nothing.
    """

    model: str
    kind: str
    name: str
    doubt: Doubt | None


def of_one(network: Loaded, pictures: Iterable[Pair]) -> Iterator[Verdict]:
    """Look at pictures of one subject each."""
    for pair in pictures:
        matte = look(pair.rgb, network).matte
        full = upscaled(matte, pair.rgb.shape[1], pair.rgb.shape[0])
        kind = KINDS[0] if shared(full, pair.truth) >= RIGHT else KINDS[1]
        yield Verdict(network.spec.id, kind, pair.name, doubt(matte))


def of_several(network: Loaded, scenes: Iterable[Scene]) -> Iterator[Verdict]:
    """Look at pictures of several subjects each."""
    for scene in scenes:
        matte = look(scene.rgb, network).matte
        full = upscaled(matte, scene.rgb.shape[1], scene.rgb.shape[0]) > 0.5
        union = np.any(scene.truths, axis=0).astype(np.float32)
        seen = shared(full.astype(np.float32), union) >= RIGHT and all(
            (full & truth).sum() >= RIGHT * truth.sum() for truth in scene.truths
        )
        kind = KINDS[4] if scene.kind == "touching" else KINDS[2] if seen else KINDS[3]
        yield Verdict(network.spec.id, kind, scene.name, doubt(matte))


def report(verdicts: Sequence[Verdict]) -> str:
    """A table: for each network and kind of picture, how often which doubt was said."""
    lines = ["| network | pictures | | several | unclear | nothing |"]
    lines.append("|---|---|---:|---:|---:|---:|")
    for model in dict.fromkeys(verdict.model for verdict in verdicts):
        for kind in KINDS:
            said = [v.doubt for v in verdicts if (v.model, v.kind) == (model, kind)]
            if said:
                shares = [said.count(one) / len(said) for one in (*Doubt, None)]
                cells = " | ".join(f"{share:.1%}" for share in shares)
                lines.append(f"| {model} | {kind} | {len(said)} | {cells} |")
    return "\n".join(lines)
