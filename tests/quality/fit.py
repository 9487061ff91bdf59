"""Fits the numbers of `localmatte.refine.trust` to the pictures to tune on.

`python3 -m tests.quality.fit --packages FOLDER --out core/localmatte/refine/trust.json`. What is
made smallest is the boundary error beside the enlarged matte's, with a price on every picture that
becomes worse. Kinds of pictures and networks count alike, however many pictures they have; pictures
whose subject the network misses count little.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.morphology import isotropic_dilation

from localmatte.imaging.downscale import downscaled
from localmatte.imaging.filters import AREA
from localmatte.imaging.resample import resize, upscaled
from localmatte.inference.sessions import Loaded, Sessions
from localmatte.progress import CancelToken
from localmatte.refine import WORKING_SIDE
from localmatte.refine.closed_form import solve
from localmatte.refine.trust import FARTHEST, evidence, mixable
from localmatte.refine.zoom_pass import shared
from tests.quality.evaluate import FOUND
from tests.quality.methods import look
from tests.quality.metrics import BOUNDARY, edge
from tests.quality.pictures import Pair
from tests.quality.scenes import composites

Floats = NDArray[np.float32]

ROUNDS = 3
PIXELS = 1500
"""Taken of each picture; seven in ten of them near the true edge."""

NEAR = 0.7
HIDDEN = (24, 16)
STEPS, WARM_UP = 700, 0.2
RATE, DECAY, NOISE = 0.01, 2e-4, 0.1
MOMENTS = (0.9, 0.999)
"""Of Adam (Kingma and Ba 2015); its rate rises and falls as a cosine does."""

MISSED = 0.15
"""The weight of a picture whose subject the network misses."""

MARGIN, PRICE = 0.98, 8.0
"""A boundary error above so much of the enlarged matte's costs so many times as much again."""

SAD_MARGIN, SAD_PRICE = 0.99, 2.0
"""Likewise for the sum of absolute differences."""

WORST = 4.0
"""Larger ratios of errors count as this."""


@dataclass(frozen=True)
class Sample:
    """Some unknown pixels of a picture.

    Attributes:
        group: The picture's kind and the network.
        found: Whether the network found the subject.
        features: Pixels × features; the mattes come first.
        truth: A value for each pixel.
        weights: 2 × pixels: how many pixels each stands for, near the true edge and in all.
        errors: Of the enlarged matte, near the true edge and in all: sums over the picture.
        mattes: How many of the features are mattes.
    """

    group: tuple[str, str]
    found: bool
    features: Floats
    truth: Floats
    weights: Floats
    errors: tuple[float, float]
    mattes: int


def samples(network: Loaded, pictures: Iterator[Pair]) -> Iterator[Sample]:
    """What the fit sees of pictures."""
    random = np.random.default_rng(0)
    for pair in pictures:
        matte = look(pair.rgb, network).matte
        scale = min(1.0, WORKING_SIDE / max(pair.truth.shape))
        height, width = (max(1, round(side * scale)) for side in pair.truth.shape)
        reduced = downscaled(pair.rgb, width, height, AREA, gap=2).transpose(1, 2, 0)
        solved = solve(Image.fromarray(np.ascontiguousarray(reduced)), matte, CancelToken())
        unknown = solved.parts.unknown
        if not unknown.any():
            continue
        near = isotropic_dilation(edge(pair.truth), BOUNDARY).astype(np.float32)
        truth, near = (
            resize(plane, width, height, Image.Resampling.BOX) for plane in (pair.truth, near)
        )
        mattes = mixable(solved)
        features = evidence(solved.colours, unknown, mattes)
        at_edge = near[unknown]
        chance = NEAR * at_edge / max(at_edge.sum(), 1e-6) + (1 - NEAR) / len(at_edge)
        count = min(PIXELS, len(at_edge))
        some = random.choice(len(at_edge), count, replace=False, p=chance / chance.sum())
        stands_for = 1 / np.minimum(1, chance[some] * count)
        missing = np.abs(upscaled(matte, width, height) - truth)
        plain = upscaled(matte, pair.rgb.shape[1], pair.rgb.shape[0])
        yield Sample(
            (pair.group, network.spec.id),
            shared(plain, pair.truth) >= FOUND,
            features[some],
            truth[unknown][some],
            np.stack([at_edge[some] * stands_for, stands_for]).astype(np.float32),
            (float((near * missing).sum()), float(missing.sum())),
            len(mattes),
        )


class Loss:
    """What the fit makes smallest, and where it leads.

    Args:
        seen: All that is fitted to.
    """

    def __init__(self, seen: Sequence[Sample]) -> None:
        self._truth = np.concatenate([sample.truth for sample in seen])
        self._weights = np.concatenate([sample.weights for sample in seen], axis=1)
        self._starts = np.cumsum([0, *(len(sample.truth) for sample in seen)])[:-1]
        self._owner = np.repeat(np.arange(len(seen)), [len(sample.truth) for sample in seen])
        self._errors = np.maximum(np.array([sample.errors for sample in seen]).T, 1)
        groups = Counter(sample.group for sample in seen)
        matters = [groups[s.group] ** -0.5 * (1 if s.found else MISSED) for s in seen]
        self._matters = np.array(matters) / sum(matters)
        self._own = self._sums(np.concatenate([sample.features[:, 0] for sample in seen]))

    def _sums(self, alpha: Floats) -> NDArray[np.float64]:
        wrong = self._weights * np.abs(alpha - self._truth).astype(np.float64)
        return np.asarray(np.add.reduceat(wrong, self._starts, axis=1))

    def __call__(self, alpha: Floats) -> tuple[float, Floats]:
        """The loss for some alpha, and its slope at each pixel."""
        ratios = 1 + (self._sums(alpha) - self._own) / self._errors
        edge_ratio, sad_ratio = np.minimum(ratios, WORST)
        over, sad_over = edge_ratio - MARGIN, sad_ratio - SAD_MARGIN
        costs = edge_ratio + PRICE * over.clip(0) + SAD_PRICE * sad_over.clip(0)
        slopes = np.stack([1 + PRICE * (over > 0), SAD_PRICE * (sad_over > 0)])
        slopes *= (ratios < WORST) * self._matters / self._errors
        by_pixel = (slopes[:, self._owner] * self._weights).sum(0)
        slope = by_pixel * np.sign(alpha - self._truth)
        return float(costs @ self._matters), slope.astype(np.float32)


def fitted(seen: Sequence[Sample], steps: int = STEPS) -> dict[str, Floats]:
    """The numbers, by their names in the file."""
    random = np.random.default_rng(0)
    raw = np.concatenate([sample.features for sample in seen])
    mattes = raw[:, : seen[0].mattes]
    mean, deviation = raw.mean(0), raw.std(0) + np.float32(1e-3)
    features = ((raw - mean) / deviation).clip(-FARTHEST, FARTHEST)
    sizes = (raw.shape[1], *HIDDEN, mattes.shape[1] - 1)
    numbers: list[Floats] = []
    for inputs, outputs in itertools.pairwise(sizes):
        reach = inputs**-0.5
        numbers += [random.uniform(-reach, reach, (outputs, inputs)).astype(np.float32)]
        numbers += [random.uniform(-reach, reach, outputs).astype(np.float32)]
    # At first the network's own matte is believed, everywhere.
    numbers[-2][:], numbers[-1][:] = 0, -1
    moments = [[np.zeros_like(values) for values in numbers] for _ in MOMENTS]
    loss = Loss(seen)
    for step in range(steps):
        noise = random.standard_normal(features.shape, np.float32)
        slopes = _slopes(numbers, features + np.float32(NOISE) * noise, mattes, loss)
        rate = RATE * _pace((step + 1) / steps)
        for index, (values, slope) in enumerate(zip(numbers, slopes, strict=True)):
            for power, (kept, moment) in enumerate(zip(MOMENTS, moments, strict=True), 1):
                moment[index] += np.float32(1 - kept) * (slope**power - moment[index])
            first, second = (
                moment[index] / np.float32(1 - kept ** (step + 1))
                for kept, moment in zip(MOMENTS, moments, strict=True)
            )
            values -= np.float32(rate) * first / (np.sqrt(second) + np.float32(1e-8))
    names = ("first", "first bias", "second", "second bias", "third", "third bias")
    layers = dict(zip(names, numbers, strict=True))
    return {"mean": mean, "deviation": deviation, **layers}


def _slopes(
    numbers: Sequence[Floats], features: Floats, mattes: Floats, loss: Loss
) -> list[Floats]:
    """How the loss changes with each number, by backpropagation."""
    inputs = [features]
    for weights, biases in zip(numbers[:-2:2], numbers[1:-2:2], strict=True):
        inputs.append(np.tanh(inputs[-1] @ weights.T + biases))
    odds = np.exp(np.pad(inputs[-1] @ numbers[-2].T + numbers[-1], ((0, 0), (1, 0))))
    odds /= odds.sum(1, keepdims=True)
    alpha = (odds * mattes).sum(1)
    _, slope = loss(alpha)
    back = (slope[:, None] * odds * (mattes - alpha[:, None]))[:, 1:]
    found: list[Floats] = []
    for weights, values in zip(numbers[-2::-2], reversed(inputs), strict=True):
        found = [back.T @ values + np.float32(2 * DECAY) * weights, back.sum(0), *found]
        back = (back @ weights) * (1 - values * values)
    return found


def _pace(done: float) -> float:
    """The rate at a part of the way, beside its highest."""
    if done < WARM_UP:
        return 0.52 - 0.48 * float(np.cos(np.pi * done / WARM_UP))
    return 0.5 + 0.5 * float(np.cos(np.pi * (done - WARM_UP) / (1 - WARM_UP)))


def main() -> int:
    """Look at the pictures with each network, fit, and write the file."""
    parser = argparse.ArgumentParser("python3 -m tests.quality.fit", description=__doc__)
    parser.add_argument("--packages", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.json")
    parser.add_argument("--model", nargs="+", default=["u2netp", "isnet-fp16"])
    options = parser.parse_args()
    seen: list[Sample] = []
    for model in options.model:
        network = Sessions().get(model, "cpu")
        seen += samples(network, composites(options.packages, "tune", rounds=ROUNDS))
    lines = (f" {json.dumps(name)}: {_lines(values)}" for name, values in fitted(seen).items())
    options.out.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return 0


def _lines(values: Floats) -> str:
    """Four digits of each number; a matrix has a line for each row."""
    if values.ndim == 1:
        return json.dumps([float(f"{value:.4g}") for value in values])
    return "[\n" + ",\n".join(f"  {_lines(row)}" for row in values) + "\n ]"


if __name__ == "__main__":
    sys.exit(main())
