"""Alpha in the unknown region: closed-form matting, from coarse to fine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.imaging.resample import resize, upscaled
from localmatte.progress import CancelToken
from localmatte.refine.laplacian import MattingLaplacian
from localmatte.refine.trimap import Trimap, grown, trimap

Floats = NDArray[np.float32]

EPSILON = 1e-7
"""Lets a window's alpha follow its colours almost freely, as Levin et al. do."""

TRUST = 0.3
"""How strongly the sure parts are held, beside the Laplacian's diagonal of about 9: enough to
anchor alpha, little enough that an edge which the network misplaced can move."""

SURROUNDINGS = 4
"""How many pixels of the sure parts take part in the solution."""


LEVELS = ((1 / 8, 20), (1 / 4, 20), (1 / 2, 20), (1, 10))
"""The sizes at which the solution is found, as parts of the guide's, and the steps at each."""

GUIDED = (1 / 2, 1 / 4)
"""The sizes at which the network's matte alone is made to follow the picture."""

GUIDED_EPSILON = 1e-3
"""Lets it follow strong edges only."""


@dataclass(frozen=True)
class Solved:
    """What was found at the size of a guide; all planes are h×w float32 in 0..1.

    Attributes:
        colours: The guide's, 3×h×w float32 in 0..1.
        parts: The trimap, with the network's matte where it is unsure.
        alpha: The solution.
        coarse: The solution of half the size, carried to this one by the functions of colour that
            it follows.
        guided: The network's matte as the guided filter has it, for each size of GUIDED.
    """

    colours: Floats
    parts: Trimap
    alpha: Floats
    coarse: Floats
    guided: tuple[Floats, ...]


def solve(guide: Image.Image, matte: Floats, cancel: CancelToken) -> Solved:
    """Find alpha at the size of a guide.

    Args:
        guide: The picture at the size at which to solve, mode RGB.
        matte: The network's matte of the same picture, of any size; float32 in 0..1.
        cancel: Stops the work between levels.

    Returns:
        Alpha, and what else came of the search.

    Raises:
        CancelledError: When `cancel` was called.
    """
    coefficients = None
    followed = {}
    for scale, steps in LEVELS:
        cancel.check()
        width, height = (max(1, round(side * scale)) for side in guide.size)
        colours = planes(guide.resize((width, height), Image.Resampling.BOX))
        parts = trimap(upscaled(matte, width, height))
        start = parts.alpha if coefficients is None else _carried(coefficients, colours)
        wanted = grown(parts.unknown, SURROUNDINGS)
        laplacian = MattingLaplacian(colours, wanted, EPSILON)
        alpha = np.clip(improve(laplacian, parts, start, steps), 0, 1)
        coefficients = laplacian.coefficients(alpha)
        if scale in GUIDED:
            followed[scale] = MattingLaplacian(colours, wanted, GUIDED_EPSILON).coefficients(
                parts.alpha
            )
    guided = tuple(_carried(followed[scale], colours) for scale in GUIDED)
    return Solved(colours, parts, alpha, start, guided)


def _carried(coefficients: Floats, colours: Floats) -> Floats:
    """Alpha at a larger size, from a smaller one's affine functions of colour."""
    height, width = colours.shape[1:]
    *slopes, offset = (
        resize(plane, width, height, Image.Resampling.BILINEAR) for plane in coefficients
    )
    return np.asarray(np.clip(offset + (np.stack(slopes) * colours).sum(0), 0, 1))


def planes(picture: Image.Image) -> Floats:
    """A picture's colours as 3×h×w float32 in 0..1."""
    pixels = np.asarray(picture, dtype=np.float32).transpose(2, 0, 1)
    return np.ascontiguousarray(pixels) / np.float32(255)


def improve(laplacian: MattingLaplacian, parts: Trimap, start: Floats, steps: int) -> Floats:
    """Take a few steps of preconditioned conjugate gradients towards closed-form alpha.

    Few steps are not only fast. They leave the low frequencies as the start has them, which
    came from the network, and spare alpha the floods across weak edges that the full solution
    has.

    Args:
        laplacian: Of the picture, wanted at least where alpha is unknown.
        parts: What is sure and what is not.
        start: The first guess, h×w float32.
        steps: How many steps.

    Returns:
        h×w float32, not yet held inside 0..1.
    """
    unknown, known = laplacian.taken(parts.unknown), laplacian.taken(parts.alpha)
    # Only the tiles take part. What lies around them stays as it is.
    weight = np.where(unknown, np.float32(0), np.float32(TRUST))
    diagonal = laplacian.diagonal()
    # Pixels that the Laplacian leaves out, or that have no neighbour, stay as they are.
    scale = np.divide(1, diagonal + weight, where=diagonal > 1e-3, out=np.zeros_like(diagonal))
    result = np.where(parts.unknown, start, parts.alpha)
    alpha = laplacian.taken(result)
    residual = weight * (known - alpha) - laplacian.taken(laplacian.product(result))
    direction = scale * residual
    energy = np.vdot(residual, direction)
    scratch = np.empty_like(alpha)
    for _ in range(steps):
        product = laplacian.product_in_tiles(direction)
        product += np.multiply(weight, direction, out=scratch)
        curvature = np.vdot(direction, product)
        if not curvature > 0:
            break
        step = energy / curvature
        alpha += np.multiply(direction, step, out=scratch)
        residual -= np.multiply(product, step, out=scratch)
        conditioned = np.multiply(scale, residual, out=scratch)
        previous, energy = energy, np.vdot(residual, conditioned)
        direction *= energy / previous
        direction += conditioned
    laplacian.put(alpha, result)
    return result
