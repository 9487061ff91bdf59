"""How many clicks it takes until the right one of several subjects is found.

Clicks are simulated as the field does it: the first one at the middle of the wanted subject, each
other at the middle of the largest mistake, until the intersection over union is good enough.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage  # type: ignore[import-untyped]
from skimage.segmentation import flood

from localmatte.engine import Engine
from localmatte.imaging.pixels import Raster
from localmatte.options import Options, Point, Prompts
from localmatte.refine.foreground import estimate_foreground
from tests.quality.pictures import Pair

Mask = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

GOOD = 0.90
"""The intersection over union at which a subject counts as found."""

MOST = 10
"""More clicks nobody makes."""

SEEN = 0.8
"""A subject of which the network found so much was seen; the rest must share as much."""

TOLERANCE = 0.1
"""Of the flood fill, beside 1 for the way from black to white."""

SIZE = (900, 675)
"""Of the scenes with several subjects, in pixels."""


@dataclass(frozen=True)
class Scene:
    """A picture of several subjects.

    Attributes:
        name: Which one.
        kind: "apart" or "touching".
        rgb: H×W×3 uint8.
        truths: What is seen of each subject, H×W bool.
    """

    name: str
    kind: str
    rgb: Bytes
    truths: Sequence[Mask]


@dataclass(frozen=True)
class Found:
    """What came of the clicks on one subject.

    Attributes:
        model: The network.
        method: What turned clicks into a mask.
        kind: The scene's.
        seen: Whether the network had found it, and all others, before any click.
        shared: The intersection over union after each click, the first one for no click.
    """

    model: str
    method: str
    kind: str
    seen: bool
    shared: Sequence[float]

    @property
    def clicks(self) -> int:
        """How many were needed; MOST where that many were not enough."""
        good = [number for number, value in enumerate(self.shared) if value >= GOOD]
        return good[0] if good else MOST


def several(pictures: Sequence[Pair], backdrops: Sequence[Bytes], count: int) -> Iterator[Scene]:
    """Pictures with two or three subjects each, by seed.

    Args:
        pictures: Subjects with their alpha.
        backdrops: What they are put before.
        count: How many are wanted.
    """
    cuts = [_cut(pair) for pair in pictures]
    for number in range(count):
        random = np.random.default_rng([7, number])
        chosen = random.choice(len(cuts), 2 + number % 5 // 4, replace=False)
        touching = number % 5 in (1, 3)
        backdrop = backdrops[int(random.integers(len(backdrops)))]
        yield _arranged(f"several{number}", [cuts[i] for i in chosen], backdrop, touching, random)


def _cut(pair: Pair) -> Image.Image:
    alpha = np.rint(pair.truth * 255).astype(np.uint8)
    front = Image.fromarray(estimate_foreground(pair.rgb, alpha)).convert("RGBA")
    front.putalpha(Image.fromarray(alpha))
    return front.crop(front.getchannel("A").getbbox())


def _arranged(
    name: str,
    cuts: Sequence[Image.Image],
    backdrop: Bytes,
    touching: bool,
    random: np.random.Generator,
) -> Scene:
    width, height = SIZE
    scene = Image.fromarray(backdrop).resize(SIZE, Image.Resampling.LANCZOS).convert("RGB")
    truths: list[NDArray[np.float32]] = []
    room = width / len(cuts)
    for index, cut in enumerate(cuts):
        scale = min(room * 0.85 / cut.width, height * random.uniform(0.55, 0.85) / cut.height)
        small = cut.convert("RGBa").resize(
            (max(8, int(cut.width * scale)), max(8, int(cut.height * scale))),
            Image.Resampling.LANCZOS,
        )
        small = small.convert("RGBA")
        middle = room * (index + 0.5)
        if touching:
            middle = width / 2 + (middle - width / 2) * 0.62
        left = int(min(max(middle - small.width / 2, 0), width - small.width))
        top = int((height - small.height) * random.uniform(0.5, 1))
        scene.paste(small, (left, top), small)
        plane = np.zeros((height, width), np.float32)
        alpha = np.asarray(small.getchannel("A"), np.float32) / 255
        plane[top : top + small.height, left : left + small.width] = alpha
        truths = [truth * (1 - plane) for truth in truths]
        truths.append(plane)
    noisy = np.asarray(scene, np.float32) + random.normal(0, 2, (height, width, 3))
    rgb = np.rint(noisy.clip(0, 255)).astype(np.uint8)
    kind = "touching" if touching else "apart"
    return Scene(name, kind, rgb, [truth > 0.5 for truth in truths])


def ours(model: str, engine: Engine, rgb: Bytes) -> Callable[[Prompts], Mask]:
    """What localmatte makes of clicks."""
    options = Options(model, "cpu", refine=False)

    def answer(prompts: Prompts) -> Mask:
        return engine.matte(Raster(rgb), replace(options, prompts=prompts)).alpha > 0.5

    return answer


def flood_fill(model: str, engine: Engine, rgb: Bytes) -> Callable[[Prompts], Mask]:
    """What is connected and of the colour of a click."""
    smooth = ndimage.gaussian_filter(rgb.astype(np.float32) / 255, (1, 1, 0)).mean(axis=2)

    def around(points: Sequence[Point]) -> Mask:
        found = np.zeros(smooth.shape, bool)
        for x, y in points:
            found |= flood(smooth, (y, x), tolerance=TOLERANCE)
        return found

    return lambda prompts: around(prompts.keep) & ~around(prompts.remove)


def grabcut(model: str, engine: Engine, rgb: Bytes) -> Callable[[Prompts], Mask]:
    """OpenCV's GrabCut, from discs around the clicks."""
    cv2 = importlib.import_module("cv2")

    def answer(prompts: Prompts) -> Mask:
        height, width = rgb.shape[:2]
        mask = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
        for x, y in prompts.keep:
            cv2.circle(mask, (x, y), width // 8, cv2.GC_PR_FGD, -1)
        for points, value in ((prompts.keep, cv2.GC_FGD), (prompts.remove, cv2.GC_BGD)):
            for x, y in points:
                cv2.circle(mask, (x, y), width // 60, value, -1)
        try:
            cv2.grabCut(rgb, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 4, 1)
        except cv2.error:
            return np.zeros((height, width), bool)
        return np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD))

    return answer


METHODS = {"ours": ours, "flood fill": flood_fill, "GrabCut": grabcut}


def methods() -> list[str]:
    """Those that can be run here."""
    absent = {"GrabCut"} if importlib.util.find_spec("cv2") is None else set()
    return [name for name in METHODS if name not in absent]


def clicked(model: str, pictures: Sequence[Scene], names: Sequence[str]) -> Iterator[Found]:
    """Click on every subject of every picture, with every method."""
    engine = Engine()
    for scene in pictures:
        first = ours(model, engine, scene.rgb)(Prompts())
        union = np.any(scene.truths, axis=0)
        seen = _shared(first, union) >= SEEN and all(
            (first & truth).sum() >= SEEN * truth.sum() for truth in scene.truths
        )
        for truth in scene.truths:
            for name in names:
                answer = METHODS[name](model, engine, scene.rgb)
                values = [_shared(first, truth), *_answers(answer, truth)]
                yield Found(model, name, scene.kind, seen, values)


def _answers(answer: Callable[[Prompts], Mask], truth: Mask) -> Iterator[float]:
    mask, prompts = np.zeros_like(truth), Prompts()
    for _ in range(MOST):
        missing, wrong = truth & ~mask, mask & ~truth
        reach = [
            ndimage.distance_transform_edt(np.pad(part, 1))[1:-1, 1:-1] for part in (missing, wrong)
        ]
        keep = reach[0].max() >= reach[1].max()
        y, x = np.unravel_index(reach[0 if keep else 1].argmax(), truth.shape)
        point = int(x), int(y)
        if keep:
            prompts = replace(prompts, keep=(*prompts.keep, point))
        else:
            prompts = replace(prompts, remove=(*prompts.remove, point))
        mask = answer(prompts)
        value = _shared(mask, truth)
        yield value
        if value >= GOOD:
            return


def _shared(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / max(int((one | other).sum()), 1))


def report(found: Sequence[Found]) -> str:
    """A table: for each method and kind, clicks and how often the first one was right."""
    lines = ["| network | method | subjects | no click | 1 click | 2 | clicks until 0.90 | never |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    groups = dict.fromkeys((f.model, f.method, f.kind, f.seen) for f in found)
    for model, method, kind, seen in groups:
        mine = [
            f for f in found if (f.model, f.method, f.kind, f.seen) == (model, method, kind, seen)
        ]
        after = [
            np.mean([max(f.shared[: k + 1][-1:]) >= GOOD or f.clicks <= k for f in mine])
            for k in range(3)
        ]
        never = np.mean([max(f.shared) < GOOD for f in mine])
        clicks = np.mean([f.clicks for f in mine])
        label = f"{kind}, {'seen' if seen else 'not all seen'}"
        shares = " | ".join(f"{share:.0%}" for share in after)
        cells = f"{label} ({len(mine)}) | {shares} | {clicks:.1f} | {never:.0%}"
        lines.append(f"| {model} | {method} | {cells} |")
    return "\n".join(lines)
