"""Which of several mattes is believed, pixel by pixel: the network's own, or what was made of it.

Colours that tell the subject from the background make the solution crisp. Where they cannot (the
same colour on both sides, noise, a blurred edge), the solution is a veil, softer than what the
network saw; and far from the network's own edge it is a flood. A small perceptron weighs the mattes
by what can be seen of them about each pixel: how soft and how wide their edges are, how far and in
which direction they differ, and how much there is to see in the picture. `tests/quality/fit.py`
fits its numbers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.imaging.resample import resize
from localmatte.refine.closed_form import Solved

Floats = NDArray[np.float32]

NUMBERS = Path(__file__).with_name("trust.json")

HAZE = 0.05
"""The solution leaves this much of alpha in clean parts, and lacks as much in solid ones."""

SCALES = (8, 24)
"""What is about a pixel is averaged over blocks of so many pixels."""

LEAST = np.float32(0.002)
"""Softness and differences below this are none."""

LEAST_SLOPE = np.float32(0.003)
"""A picture with less contrast than this, in steps of 1 a pixel, has none."""

FARTHEST = np.float32(4)
"""Evidence is held within so many standard deviations of what the fit saw."""

AT_ONCE = 1 << 14
"""Pixels weighed at a time; what they take stays in a core's own cache."""


@dataclass(frozen=True)
class Perceptron:
    """A multilayer perceptron with hyperbolic tangents between its layers.

    Attributes:
        mean: Of each feature, where it was fitted.
        deviation: The standard deviation of each.
        layers: Weights, outputs × inputs, and biases of each layer.
    """

    mean: Floats
    deviation: Floats
    layers: Sequence[tuple[Floats, Floats]]

    def __call__(self, features: Floats) -> Floats:
        """Pixels × outputs, from pixels × features."""
        values = (features - self.mean) / self.deviation
        np.clip(values, -FARTHEST, FARTHEST, out=values)
        for number, (weights, biases) in enumerate(self.layers):
            if number:
                np.tanh(values, out=values)
            values = values @ weights.T
            values += biases
        return values


def trusted(solved: Solved) -> Floats:
    """Mix the network's matte and what was made of it, each where it is believed.

    Args:
        solved: What the search for alpha gave.

    Returns:
        Alpha, h×w float32 in 0..1; where the trimap is sure, as the trimap says.
    """
    unknown = solved.parts.unknown
    mattes = mixable(solved)
    features = evidence(solved.colours, unknown, mattes)
    weigh, count = _fitted(), len(mattes)
    found = np.empty(len(features), np.float32)
    for first in range(0, len(features), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        # The network's own matte is what the others are measured by.
        odds = np.exp(np.pad(weigh(features[some]), ((0, 0), (1, 0))))
        found[some] = (odds * features[some, :count]).sum(1) / odds.sum(1)
    alpha = solved.parts.alpha.copy()
    alpha[unknown] = found
    return alpha


def evidence(colours: Floats, unknown: NDArray[np.bool_], mattes: Sequence[Floats]) -> Floats:
    """What mattes are weighed by.

    Args:
        colours: The picture, 3×h×w float32 in 0..1.
        unknown: Where alpha has to be found, h×w bool.
        mattes: The network's own, the solution, and others; h×w float32 in 0..1.

    Returns:
        Pixels × features, float32, for the unknown pixels; the first features are the mattes.
    """
    own, solution, *others = mattes
    apart = solution - own
    planes = [
        _softness(own),
        _softness(solution),
        np.abs(apart),
        apart,
        _steepness(own),
        _steepness(solution),
        unknown.astype(np.float32),
        np.sum([_steepness(plane) for plane in colours], axis=0),
        *(np.abs(other - own) for other in others),
    ]
    features = [plane[unknown] for plane in (*mattes, *planes[:3])]
    places = np.nonzero(unknown)
    blocks = []
    for pixels in SCALES:
        rows, columns = (max(1, round(side / pixels)) for side in own.shape)
        planes = [resize(plane, columns, rows, Image.Resampling.BOX) for plane in planes]
        blocks.append(_between(np.stack(_about(planes), axis=-1), places, own.shape))
    return np.concatenate([np.stack(features, axis=1), *blocks], axis=1)


def mixable(solved: Solved) -> list[Floats]:
    """The mattes that are mixed, the network's own first, the solution second."""
    own = solved.parts.alpha
    clear = (solved.alpha - np.float32(HAZE)) / np.float32(1 - 2 * HAZE)
    contrasted = 2 * own - np.float32(0.5)
    held = [np.clip(plane, 0, 1) for plane in (clear, contrasted)]
    return [own, *held, solved.coarse, *solved.guided]


def _about(means: list[Floats]) -> list[Floats]:
    """What is said of a block, from the means of the planes of `evidence` over it."""
    soft, soft_solution, distance, apart, steep, steep_solution, unknown, picture = means[:8]
    return [
        np.log(soft + LEAST),
        np.log(soft_solution + LEAST),
        np.log(distance + LEAST),
        apart,
        np.abs(apart) / (distance + LEAST),
        # Softness beside steepness is how wide an edge is, in pixels.
        np.log((soft + LEAST) / (steep + LEAST)),
        np.log((soft_solution + LEAST) / (steep_solution + LEAST)),
        unknown,
        np.log(picture + LEAST_SLOPE),
        *(np.log(distance + LEAST) for distance in means[8:]),
    ]


def _between(blocks: Floats, places: Sequence[NDArray[np.intp]], size: tuple[int, ...]) -> Floats:
    """What lies between blocks' middles, linearly.

    Args:
        blocks: Rows × columns × values.
        places: Rows and columns of the pixels that are wanted.
        size: The picture's height and width, in pixels.

    Returns:
        Pixels × values.
    """
    steps = []
    for pixel, side, count in zip(places, size, blocks.shape, strict=False):
        at = (np.arange(side) + 0.5) * (count / side) - 0.5
        held = at.clip(0, count - 1)
        before = np.minimum(held.astype(np.intp), max(count - 2, 0))
        share = (held - before).astype(np.float32)
        steps.append((before[pixel], np.minimum(before + 1, count - 1)[pixel], share[pixel]))
    (above, below, down), (left, right, across) = steps
    flat, columns = blocks.reshape(-1, blocks.shape[2]), blocks.shape[1]
    rows = []
    for row in (above, below):
        line = flat.take(row * columns + left, axis=0)
        line += across[:, None] * (flat.take(row * columns + right, axis=0) - line)
        rows.append(line)
    upper, lower = rows
    upper += down[:, None] * (lower - upper)
    return np.asarray(upper)


def _softness(alpha: Floats) -> Floats:
    return alpha * (1 - alpha)


def _steepness(plane: Floats) -> Floats:
    """The sum of the slopes along both axes, a pixel."""
    found = np.zeros_like(plane)
    found[:, 1:-1] = np.abs(plane[:, 2:] - plane[:, :-2])
    found[1:-1] += np.abs(plane[2:] - plane[:-2])
    found *= np.float32(0.5)
    return found


@cache
def _fitted() -> Perceptron:
    numbers = json.loads(NUMBERS.read_text(encoding="utf-8"))
    mean, deviation, *layers = (np.array(values, np.float32) for values in numbers.values())
    return Perceptron(mean, deviation, list(zip(layers[::2], layers[1::2], strict=True)))
