"""Fits the numbers of `localmatte.refine.trust` to the pictures to tune on.

`python3 -m tests.quality.fit --packages FOLDER --samples FILE.npz --folds 3 --out FILE.json`. What
is made smallest is the boundary error and the sum of absolute differences beside the enlarged
matte's, with a price on every picture that becomes worse. Kinds of pictures and networks count
alike, however many pictures they have; pictures whose subject the network misses count little. To
look at the pictures takes long, so what the fit sees of them can be kept in a file; the same file
and numpy give the same numbers. Those in use came of an earlier form of this fit, which looked at
each subject before three scenes: docs/quality.md says how both did.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
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
from localmatte.refine.trust import FARTHEST, Perceptron, evidence, mixable
from localmatte.refine.zoom_pass import shared
from tests.quality.evaluate import FOUND
from tests.quality.methods import keeper, look
from tests.quality.metrics import BOUNDARY, edge
from tests.quality.pictures import Pair
from tests.quality.report import SLACK
from tests.quality.scenes import composites

Floats = NDArray[np.float32]

PIXELS = 1500
"""Taken of each picture; seven in ten of them near the true edge."""

NEAR = 0.7
HIDDEN = (24, 16)
STEPS, WARM_UP = 4000, 0.2
PICTURES, TAKEN = 64, 300
"""Of each step, and the pixels of each of them."""

RATE, DECAY, NOISE = 0.01, 5e-4, 0.2
MOMENTS = (0.9, 0.999)
"""Of Adam (Kingma and Ba 2015); its rate rises and falls as a cosine does."""

MISSED = 0.15
"""The weight of a picture whose subject the network misses."""

SHARES = np.array([1.0, 1.0])
"""What the boundary error and the sum of absolute differences cost, beside the enlarged matte's."""

MARGINS, PRICES = np.array([0.97, 0.99]), np.array([16.0, 6.0])
"""Above so much of the enlarged matte's, either costs so many times as much again."""

WORST = 4.0
"""Larger ratios of errors count as this."""


@dataclass(frozen=True)
class Sample:
    """Some unknown pixels of a picture.

    Attributes:
        picture: Its name: the kind, the subject and a number, between underscores.
        model: The network's id.
        found: Whether the network found the subject.
        features: Pixels × features; the mattes come first.
        truth: A value for each pixel.
        weights: 2 × pixels: how many pixels each stands for, near the true edge and in all.
        errors: Of the enlarged matte, near the true edge and in all: sums over the picture.
        mattes: How many of the features are mattes.
    """

    picture: str
    model: str
    found: bool
    features: Floats
    truth: Floats
    weights: Floats
    errors: tuple[float, float]
    mattes: int

    @property
    def group(self) -> tuple[str, str]:
        """The picture's kind, and the network."""
        return self.picture.partition("_")[0], self.model

    @property
    def subject(self) -> str:
        """What is shown; several pictures show the same."""
        return self.picture.partition("_")[2].rpartition("_")[0]


def samples(
    networks: Sequence[Loaded], pictures: Iterable[Pair], mattes: Path | None = None
) -> Iterator[Sample]:
    """What the fit sees of pictures.

    Args:
        networks: That look at each.
        pictures: With their truth.
        mattes: A folder that keeps the networks' mattes.
    """
    for pair in pictures:
        print(pair.name, file=sys.stderr, flush=True)
        scale = min(1.0, WORKING_SIDE / max(pair.truth.shape))
        height, width = (max(1, round(side * scale)) for side in pair.truth.shape)
        reduced = downscaled(pair.rgb, width, height, AREA, gap=2).transpose(1, 2, 0)
        guide = Image.fromarray(np.ascontiguousarray(reduced))
        near = isotropic_dilation(edge(pair.truth), BOUNDARY).astype(np.float32)
        truth, near = (
            resize(plane, width, height, Image.Resampling.BOX) for plane in (pair.truth, near)
        )
        for network in networks:
            model = network.spec.id
            matte = look(pair.rgb, network, keeper(mattes, pair.name, model)).matte
            solved = solve(guide, matte, CancelToken())
            unknown = solved.parts.unknown
            if not unknown.any():
                continue
            held = mixable(solved)
            features = evidence(solved.colours, unknown, held)
            seed = hashlib.sha256(f"{pair.name} {model}".encode()).digest()
            some, stands_for = _drawn(near[unknown], np.random.default_rng(list(seed)))
            missing = np.abs(upscaled(matte, width, height) - truth)
            plain = upscaled(matte, pair.rgb.shape[1], pair.rgb.shape[0])
            yield Sample(
                pair.name,
                model,
                shared(plain, pair.truth) >= FOUND,
                features[some],
                truth[unknown][some],
                np.stack([near[unknown][some] * stands_for, stands_for]).astype(np.float32),
                (float((near * missing).sum()), float(missing.sum())),
                len(held),
            )


def _drawn(at_edge: Floats, random: np.random.Generator) -> tuple[NDArray[np.intp], Floats]:
    """Which pixels are taken, and how many each stands for."""
    chance = NEAR * at_edge / max(at_edge.sum(), 1e-6) + (1 - NEAR) / len(at_edge)
    count = min(PIXELS, len(at_edge))
    some = random.choice(len(at_edge), count, replace=False, p=chance / chance.sum())
    return some, 1 / np.minimum(1, chance[some] * count)


def write(path: Path, seen: Sequence[Sample]) -> None:
    """Keep samples in a file."""
    np.savez(
        path,
        pictures=np.array([sample.picture for sample in seen]),
        models=np.array([sample.model for sample in seen]),
        found=np.array([sample.found for sample in seen]),
        pixels=np.array([len(sample.truth) for sample in seen]),
        errors=np.array([sample.errors for sample in seen]),
        mattes=np.array([sample.mattes for sample in seen]),
        features=np.concatenate([sample.features for sample in seen]),
        truth=np.concatenate([sample.truth for sample in seen]),
        weights=np.concatenate([sample.weights for sample in seen], axis=1),
    )


def read(path: Path) -> list[Sample]:
    """The samples of a file."""
    with np.load(path) as file:
        kept = dict(file)
    ends = np.cumsum(kept["pixels"])[:-1]
    return [
        Sample(str(picture), str(model), bool(found), features, truth, weights, (*errors,), mattes)
        for picture, model, found, features, truth, weights, errors, mattes in zip(
            kept["pictures"],
            kept["models"],
            kept["found"],
            np.split(kept["features"], ends),
            np.split(kept["truth"], ends),
            np.split(kept["weights"], ends, axis=1),
            kept["errors"].tolist(),
            kept["mattes"].tolist(),
            strict=True,
        )
    ]


def importance(seen: Sequence[Sample]) -> NDArray[np.float64]:
    """What each sample matters, 1 on the mean."""
    groups = Counter(sample.group for sample in seen)
    matters = np.array([groups[s.group] ** -0.5 * (1 if s.found else MISSED) for s in seen])
    return np.asarray(matters / matters.mean())


class Loss:
    """What the fit makes smallest, and where it leads.

    Args:
        seen: What is fitted to.
        matters: How much each of them does.
    """

    def __init__(self, seen: Sequence[Sample], matters: NDArray[np.float64]) -> None:
        self._truth = np.concatenate([sample.truth for sample in seen])
        self._weights = np.concatenate([sample.weights for sample in seen], axis=1)
        self._starts = np.cumsum([0, *(len(sample.truth) for sample in seen)])[:-1]
        self._owner = np.repeat(np.arange(len(seen)), [len(sample.truth) for sample in seen])
        self._errors = np.maximum(np.array([sample.errors for sample in seen]).T, 1)
        self._matters = matters / len(seen)
        self._own = self._sums(np.concatenate([sample.features[:, 0] for sample in seen]))

    def _sums(self, alpha: Floats) -> NDArray[np.float64]:
        wrong = self._weights * np.abs(alpha - self._truth).astype(np.float64)
        return np.asarray(np.add.reduceat(wrong, self._starts, axis=1))

    def ratios(self, alpha: Floats) -> NDArray[np.float64]:
        """Errors beside the enlarged matte's, near the true edge and in all; 2 × samples."""
        return np.asarray(1 + (self._sums(alpha) - self._own) / self._errors)

    def __call__(self, alpha: Floats) -> tuple[float, Floats]:
        """The loss for some alpha, and its slope at each pixel."""
        ratios = self.ratios(alpha)
        held = np.minimum(ratios, WORST).T
        over = held - MARGINS
        costs = (SHARES * held + PRICES * over.clip(0)).sum(1)
        slopes = (SHARES + PRICES * (over > 0)).T * (ratios < WORST)
        slopes *= self._matters / self._errors
        by_pixel = (slopes[:, self._owner] * self._weights).sum(0)
        slope = by_pixel * np.sign(alpha - self._truth)
        return float(costs @ self._matters), slope.astype(np.float32)


def fitted(seen: Sequence[Sample], steps: int = STEPS) -> dict[str, Floats]:
    """The numbers, by their names in the file."""
    random = np.random.default_rng(0)
    mean, deviation = _spread([sample.features for sample in seen])
    matters, count = importance(seen), seen[0].mattes
    sizes = (len(mean), *HIDDEN, count - 1)
    numbers: list[Floats] = []
    for inputs, outputs in itertools.pairwise(sizes):
        reach = inputs**-0.5
        numbers += [random.uniform(-reach, reach, (outputs, inputs)).astype(np.float32)]
        numbers += [random.uniform(-reach, reach, outputs).astype(np.float32)]
    # At first the network's own matte is believed, everywhere.
    numbers[-2][:], numbers[-1][:] = 0, -1
    moments = [[np.zeros_like(values) for values in numbers] for _ in MOMENTS]
    order: list[int] = []
    for step in range(steps):
        while len(order) < PICTURES:
            order += random.permutation(len(seen)).tolist()
        chosen, order = order[:PICTURES], order[PICTURES:]
        some = [_part(seen[index], random) for index in chosen]
        raw = np.concatenate([sample.features for sample in some])
        features = ((raw - mean) / deviation).clip(-FARTHEST, FARTHEST)
        features += np.float32(NOISE) * random.standard_normal(features.shape, np.float32)
        slopes = _slopes(numbers, features, raw[:, :count], Loss(some, matters[chosen]))
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


def _part(sample: Sample, random: np.random.Generator) -> Sample:
    """Some of a sample's pixels for all of them."""
    pixels = len(sample.truth)
    count = min(TAKEN, pixels)
    some = random.choice(pixels, count, replace=False)
    return replace(
        sample,
        features=sample.features[some],
        truth=sample.truth[some],
        weights=sample.weights[:, some] * np.float32(pixels / count),
    )


def _spread(features: Sequence[Floats]) -> tuple[Floats, Floats]:
    """The mean and the standard deviation of each feature; none is 0."""
    everything = np.concatenate(features)
    return everything.mean(0), everything.std(0) + np.float32(1e-3)


def mixed(numbers: dict[str, Floats], sample: Sample) -> Floats:
    """Alpha at a sample's pixels."""
    mean, deviation, *layers = numbers.values()
    perceptron = Perceptron(mean, deviation, list(zip(layers[::2], layers[1::2], strict=True)))
    odds = np.exp(np.pad(perceptron(sample.features), ((0, 0), (1, 0))))
    return np.asarray((odds * sample.features[:, : sample.mattes]).sum(1) / odds.sum(1))


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


def folded(seen: Sequence[Sample], folds: int, steps: int = STEPS) -> NDArray[np.float64]:
    """The ratios of errors, 2 × samples, when each part of the subjects is not fitted to."""
    part = [hashlib.sha256(sample.subject.encode()).digest()[1] % folds for sample in seen]
    ratios = np.ones((2, len(seen)))
    for held_out in set(part):
        numbers = fitted([s for s, p in zip(seen, part, strict=True) if p != held_out], steps)
        for index, sample in enumerate(seen):
            if part[index] == held_out:
                loss = Loss([sample], np.ones(1))
                ratios[:, index] = loss.ratios(mixed(numbers, sample))[:, 0]
    return ratios


def report(seen: Sequence[Sample], ratios: NDArray[np.float64]) -> str:
    """Changes of the errors, means of the kinds, and the share of pictures that became worse."""
    lines = []
    for model in dict.fromkeys(sample.model for sample in seen):
        chosen = np.array([sample.found and sample.model == model for sample in seen])
        kinds = [sample.group for sample in seen]
        changes = []
        for kind in dict.fromkeys(k for k, c in zip(kinds, chosen, strict=True) if c):
            mine = chosen & np.array([one == kind for one in kinds])
            errors = np.array([s.errors for s, m in zip(seen, mine, strict=True) if m]).T
            changes.append((errors * ratios[:, mine]).sum(1) / errors.sum(1) - 1)
        boundary, sad = np.mean(changes, axis=0)
        worse = (ratios[0, chosen] > SLACK).mean()
        lines.append(
            f"{model}, {chosen.sum()} found: boundary {boundary:+.1%}, SAD {sad:+.1%},"
            f" worse {worse:.1%}"
        )
    return "\n".join(lines)


def main() -> int:
    """Look at the pictures with each network, fit, and write the file."""
    parser = argparse.ArgumentParser("python3 -m tests.quality.fit", description=__doc__)
    parser.add_argument("--packages", type=Path, metavar="FOLDER", help="where the pictures lie")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="write the numbers")
    parser.add_argument("--model", nargs="+", default=["u2netp", "isnet-fp16"])
    parser.add_argument(
        "--rounds", type=int, default=1, metavar="N", help="show each subject before N scenes"
    )
    parser.add_argument(
        "--samples",
        type=Path,
        metavar="FILE.npz",
        help="keep there what is seen of the pictures; if it exists, nothing else is looked at",
    )
    parser.add_argument(
        "--mattes", type=Path, metavar="FOLDER", help="keep the networks' mattes there"
    )
    parser.add_argument(
        "--folds",
        type=int,
        metavar="N",
        help="also fit without each of N parts of the subjects, and print what it gives on them",
    )
    options = parser.parse_args()
    seen = _seen(options)
    if options.folds:
        print(report(seen, folded(seen, options.folds)))
    if options.out:
        lines = (f" {json.dumps(name)}: {_lines(values)}" for name, values in fitted(seen).items())
        options.out.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return 0


def _seen(options: argparse.Namespace) -> list[Sample]:
    if options.samples and options.samples.exists():
        return read(options.samples)
    if not options.packages:
        sys.exit("There is nothing to look at without --packages.")
    networks = [Sessions().get(model, "cpu") for model in options.model]
    pictures = composites(options.packages, "tune", rounds=options.rounds)
    seen = list(samples(networks, pictures, options.mattes))
    if options.samples:
        write(options.samples, seen)
    return seen


def _lines(values: Floats) -> str:
    """Four digits of each number; a matrix has a line for each row."""
    if values.ndim == 1:
        return json.dumps([float(f"{value:.4g}") for value in values])
    return "[\n" + ",\n".join(f"  {_lines(row)}" for row in values) + "\n ]"


if __name__ == "__main__":
    sys.exit(main())
