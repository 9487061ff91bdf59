"""A yardstick that the tests make: subjects with exact alpha before photographs, by seed.

The subjects are photographs and drawings of things, plants and animals that Tux Paint's stamps
carry with their alpha; the same photographs blurred, and those of animals with fur grown on them;
and shapes that are drawn here because no package has them: hair, spokes, lattices, glass. The
scenes are photographs of desktops' backgrounds and of scikit-image. Both are split once and for all
into those to tune on and those to test on; no subject and no scene is in both.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from skimage import data

from tests.quality import fur
from tests.quality.pictures import Pair

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Random = np.random.Generator

STAMPS = "usr/share/tuxpaint/stamps"
BACKDROPS = "usr/share/backgrounds"
"""Where Debian's packages of them keep both."""

SCENES = (
    "mate/nature/*.jpg",
    "aitzgorri_by_*.jpg",
    "analogpattern_by_*.jpg",
    "Bridge_by_*.jpg",
    "Dragonfly_by_*.jpg",
    "life_by_*.jpg",
    "picosdeeuropa_by_*.jpg",
    "sunset_by_*.jpg",
)
"""Of the backdrops, those in which nothing else would be taken for the subject."""

SPLITS = ("tune", "test")

LEAST_SIDE, LEAST_PHOTO = 250, 130
"""Drawings and photographs with a shorter side, in pixels, show no edge worth measuring."""

FLAT = 0.12
"""More pixels than this share equal their neighbour in drawings; a photograph has grain."""

PHOTOS = {"animals": "animals", "plants": "plants", "food": "plants"}
"""The kinds of photographs, by the stamps' folder; those of all others are things."""

BLUR = (1.5, 6.0)
"""How far focus or motion blurs a subject, in thousandths of the picture's longer side."""

LONGER_SIDES = (700, 1000, 1400)
"""Of a picture, in pixels, in turn."""

LARGEST_SCENE = 2400
"""The longer side of a scene, in pixels."""

FINE = 3
"""Shapes are drawn so many times as large, then averaged."""


@dataclass(frozen=True)
class Subject:
    """What is pasted.

    Attributes:
        kind: What it is an instance of; the group in reports.
        name: Which one.
        rgba: The cut-out, mode RGBA.
        treatments: What is done to it, once for each picture: "", "fur" or "blurred".
    """

    kind: str
    name: str
    rgba: Image.Image
    treatments: tuple[str, ...]


TREATMENTS = {
    "animals": ("", "", "fur", "blurred"),
    "plants": ("", "", "blurred"),
    "things": ("", "", "blurred"),
}
"""Of photographs, by their kind; what is treated is a kind of its own in reports."""


def split_of(name: str) -> str:
    """The split that a subject or a scene belongs to, by its name alone."""
    return SPLITS[hashlib.sha256(name.encode()).digest()[0] % 2]


def composites(
    packages: Path, split: str, part: tuple[int, int] = (0, 1), rounds: int = 1
) -> Iterator[Pair]:
    """Pictures of a split, the same on every machine.

    Args:
        packages: The folder into which the packages were unpacked.
        split: "tune" or "test".
        part: Which of how many parts of them, for those who share the work.
        rounds: How often each subject is treated in each of its ways, before other scenes.

    Raises:
        ValueError: The folder has no stamps or no scenes.
    """
    scenes = [scene for name, scene in _scenes(packages) if split_of(name) == split]
    subjects = [subject for subject in _subjects(packages) if split_of(subject.name) == split]
    if not scenes or not subjects:
        raise ValueError(f"{packages} holds no stamps, or no scenes.")
    wanted = [
        (subject, turn) for subject in subjects for turn in range(rounds * len(subject.treatments))
    ]
    for subject, turn in wanted[part[0] :: part[1]]:
        seed = hashlib.sha256(f"{subject.name} {turn}".encode()).digest()
        yield _composite(subject, scenes, np.random.default_rng(list(seed)), turn)


def backdrops(packages: Path, split: str) -> list[Bytes]:
    """The scenes of a split, H×W×3 uint8.

    Args:
        packages: The folder into which the packages were unpacked.
        split: "tune" or "test".
    """
    return [np.asarray(scene) for name, scene in _scenes(packages) if split_of(name) == split]


def _subjects(packages: Path) -> Iterator[Subject]:
    # Some stamps lie in two folders, under one name.
    yield from {subject.name: subject for subject in _stamps(packages)}.values()
    for kind, draw in SHAPES.items():
        for number in range(12):
            name = f"{kind}{number}"
            random = np.random.default_rng(list(name.encode()))
            yield Subject(kind, name, _textured(draw(random), random), ("", ""))


def _stamps(packages: Path) -> Iterator[Subject]:
    for path in sorted((packages / STAMPS).rglob("*.png")):
        with Image.open(path) as image:
            if not image.has_transparency_data or min(image.size) < LEAST_PHOTO:
                continue
            folder, rgba = path.relative_to(packages / STAMPS).parts[0], image.convert("RGBA")
        if _flat(rgba) < FLAT:
            kind = PHOTOS.get(folder, "things")
            yield Subject(kind, path.stem, rgba, TREATMENTS[kind])
        elif min(rgba.size) >= LEAST_SIDE:
            yield Subject("drawings", path.stem, rgba, ("",))


def _scenes(packages: Path) -> Iterator[tuple[str, Image.Image]]:
    for pattern in SCENES:
        for path in sorted((packages / BACKDROPS).glob(pattern)):
            with Image.open(path) as image:
                image.draft("RGB", (LARGEST_SCENE, LARGEST_SCENE))
                image.thumbnail((LARGEST_SCENE, LARGEST_SCENE))
                yield path.stem, image.convert("RGB")
    for name in ("gravel", "brick", "grass", "immunohistochemistry", "retina", "coffee"):
        yield name, Image.fromarray(getattr(data, name)()).convert("RGB")


def _textured(alpha: Image.Image, random: Random) -> Image.Image:
    """A drawn shape with the shading and grain that a photograph of it would have."""
    width, height = alpha.size
    y, x = np.mgrid[:height, :width].astype(np.float32) / max(alpha.size)
    light = 0.55 + 0.45 * np.sin(x * random.uniform(2, 9) + y * random.uniform(2, 9))
    colour = random.uniform(30, 220, 3).astype(np.float32)
    shaded = colour * light[..., None] + random.normal(0, 6, (height, width, 1))
    cut = Image.fromarray(shaded.clip(0, 255).astype(np.uint8)).convert("RGBA")
    cut.putalpha(alpha)
    return cut


def _canvas(side: int = 420) -> tuple[Image.Image, ImageDraw.ImageDraw, int]:
    image = Image.new("L", (side * FINE, side * FINE))
    return image, ImageDraw.Draw(image), side * FINE


def _averaged(image: Image.Image) -> Image.Image:
    return image.reduce(FINE)


def _hair(random: Random) -> Image.Image:
    """A head-like disc with hundreds of strands."""
    image, pen, side = _canvas()
    middle, radius = side / 2, side * 0.26
    pen.ellipse([middle - radius, middle - radius, middle + radius, middle + radius], fill=255)
    for _ in range(int(random.integers(150, 500))):
        turn, length = random.uniform(0, 2 * np.pi), random.uniform(0.02, 0.2) * side
        bend = random.normal(0, 0.35)
        points = [
            (
                middle + (radius + length * t) * np.cos(turn + bend * t * t),
                middle + (radius + length * t) * np.sin(turn + bend * t * t),
            )
            for t in np.linspace(-0.1, 1, 12)
        ]
        pen.line(points, fill=255, width=int(random.integers(1, 2 * FINE)))
    return _averaged(image)


def _spokes(random: Random) -> Image.Image:
    """A wheel: rim, hub, spokes, and openings between them."""
    image, pen, side = _canvas()
    middle, rim = side / 2, side * random.uniform(0.3, 0.45)
    wide = int(side * random.uniform(0.02, 0.05))
    pen.ellipse([middle - rim, middle - rim, middle + rim, middle + rim], outline=255, width=wide)
    hub = side * 0.07
    pen.ellipse([middle - hub, middle - hub, middle + hub, middle + hub], fill=255)
    for turn in np.linspace(0, 2 * np.pi, int(random.integers(6, 20)), endpoint=False):
        end = middle + rim * np.cos(turn), middle + rim * np.sin(turn)
        pen.line([(middle, middle), end], fill=255, width=int(random.integers(2, 4)) * FINE)
    return _averaged(image)


def _lattice(random: Random) -> Image.Image:
    """A solid frame with bars across."""
    image, pen, side = _canvas()
    edge, wide = int(side * 0.15), int(random.integers(2, 7)) * FINE
    pen.rectangle([edge, edge, side - edge, side - edge], outline=255, width=5 * wide)
    step = int(side * random.uniform(0.05, 0.12))
    for at in range(edge + step, side - edge, step):
        pen.line([(at, edge), (at, side - edge)], fill=255, width=wide)
        if random.random() < 0.6:
            pen.line([(edge, at), (side - edge, at)], fill=255, width=wide)
    return _averaged(image)


def _glass(random: Random) -> Image.Image:
    """A vessel that the scene shines through, with a solid foot and rim."""
    image, pen, side = _canvas()
    left, right = side * 0.28, side * 0.72
    pen.rounded_rectangle([left, side * 0.12, right, side * 0.85], side * 0.12, fill=90)
    pen.rounded_rectangle(
        [left, side * 0.12, right, side * 0.85], side * 0.12, outline=230, width=4 * FINE
    )
    level = side * random.uniform(0.3, 0.6)
    pen.rounded_rectangle([left, level, right, side * 0.85], side * 0.1, fill=200)
    pen.rectangle([left, side * 0.82, right, side * 0.88], fill=255)
    return _averaged(image)


def _moving(random: Random) -> Image.Image:
    """A blob with fins whose edge is smeared by its motion."""
    image, pen, side = _canvas()
    turns = np.linspace(0, 2 * np.pi, 90)
    waves = 1 + 0.25 * np.sin(turns * int(random.integers(2, 6)) + random.uniform(0, 6))
    points = [
        (side / 2 + side * 0.27 * r * np.cos(t), side / 2 + side * 0.27 * r * np.sin(t))
        for t, r in zip(turns, waves, strict=True)
    ]
    pen.polygon(points, fill=255)
    plane = np.asarray(_averaged(image), np.float32)
    reach = int(random.integers(5, 18))
    smeared = sum(np.roll(plane, shift, axis=1) for shift in range(-reach, reach + 1))
    return Image.fromarray(np.rint(smeared / (2 * reach + 1)).astype(np.uint8))


SHAPES: dict[str, Callable[[Random], Image.Image]] = {
    "hair": _hair,
    "spokes": _spokes,
    "lattice": _lattice,
    "glass": _glass,
    "motion": _moving,
}
"""The kinds that are drawn, by the names of their groups."""


def _composite(subject: Subject, scenes: list[Image.Image], random: Random, turn: int) -> Pair:
    """Paste a subject into a scene, and treat both as a camera and a file would."""
    longer = LONGER_SIDES[int(random.integers(len(LONGER_SIDES)))]
    size = (longer, longer * 3 // 4) if random.random() < 0.6 else (longer * 3 // 4, longer)
    scene = _cropped(scenes[int(random.integers(len(scenes)))], size, random)
    cut = _fitted(subject.rgba, size, random)
    treatment = subject.treatments[turn % len(subject.treatments)]
    if treatment == "fur":
        cut = fur.grown(cut, random)
    elif treatment == "blurred":
        cut = _blurred(cut, longer, random)
    if random.random() < 0.25:
        scene = _towards(scene, cut, random.uniform(0.3, 0.7))
    left = int((size[0] - cut.width) * random.uniform(0.2, 0.8))
    top = int((size[1] - cut.height) * random.uniform(0.3, 1.0))
    front = Image.new("RGBA", size)
    front.paste(cut, (left, top))
    truth = np.asarray(front.getchannel("A"), np.float32) / np.float32(255)
    behind = np.asarray(scene, np.float32)
    if random.random() < 0.4:
        # The scene out of focus, as behind a portrait.
        blurred = scene.filter(ImageFilter.GaussianBlur(random.uniform(1, 6)))
        behind = np.asarray(blurred, np.float32)
    mixed = behind + truth[..., None] * (np.asarray(front.convert("RGB"), np.float32) - behind)
    mixed += random.normal(0, random.uniform(0.5, 6), mixed.shape)
    rgb = _compressed(np.rint(mixed.clip(0, 255)).astype(np.uint8), random)
    return Pair(f"{treatment or subject.kind}_{subject.name}_{turn}", rgb, truth)


def _cropped(scene: Image.Image, size: tuple[int, int], random: Random) -> Image.Image:
    scale = max(size[0] / scene.width, size[1] / scene.height) * random.uniform(1, 1.6)
    large = scene.resize((round(scene.width * scale) + 1, round(scene.height * scale) + 1))
    left = int(random.integers(large.width - size[0] + 1))
    top = int(random.integers(large.height - size[1] + 1))
    return large.crop((left, top, left + size[0], top + size[1]))


def _fitted(cut: Image.Image, size: tuple[int, int], random: Random) -> Image.Image:
    """The subject at its size in the picture; its colours continue below its alpha."""
    cut = cut.crop(cut.getchannel("A").getbbox())
    scale = random.uniform(0.5, 0.9) * min(size[0] / cut.width, size[1] / cut.height)
    if random.random() < 0.5:
        cut = cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    # Through premultiplied alpha, so that nothing hidden bleeds into the edge.
    wanted = (max(1, round(cut.width * scale)), max(1, round(cut.height * scale)))
    return cut.convert("RGBa").resize(wanted, Image.Resampling.LANCZOS).convert("RGBA")


def _blurred(cut: Image.Image, longer: int, random: Random) -> Image.Image:
    """The subject out of focus, or smeared by its motion, with the alpha that it then has."""
    reach = longer * random.uniform(*BLUR) / 1000
    margin = round(3 * reach)
    canvas = Image.new("RGBa", (cut.width + 2 * margin, cut.height + 2 * margin))
    canvas.paste(cut.convert("RGBa"), (margin, margin))
    if random.random() < 0.5:
        return canvas.filter(ImageFilter.GaussianBlur(reach)).convert("RGBA")
    across = random.random() < 0.5
    smear = ImageFilter.BoxBlur((2 * reach, 0) if across else (0, 2 * reach))
    return canvas.filter(smear).convert("RGBA")


def _flat(rgba: Image.Image) -> float:
    """The share of pixels within a subject whose right neighbour has the same colour."""
    pixels = np.asarray(rgba)
    inside = pixels[..., 3] > 200
    both = inside[:, 1:] & inside[:, :-1]
    same = (pixels[:, 1:, :3] == pixels[:, :-1, :3]).all(axis=-1)
    return float(same[both].mean()) if both.any() else 1.0


def _towards(scene: Image.Image, cut: Image.Image, share: float) -> Image.Image:
    """The scene with its colours drawn towards the subject's mean colour."""
    pixels = np.asarray(cut, np.float32)
    weight = pixels[..., 3:].clip(1e-3)
    mean = (pixels[..., :3] * weight).sum((0, 1)) / weight.sum()
    plane = np.asarray(scene, np.float32)
    moved = plane + share * (mean - plane.mean((0, 1)))
    return Image.fromarray(moved.clip(0, 255).astype(np.uint8))


def _compressed(rgb: Bytes, random: Random) -> Bytes:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=int(random.integers(60, 97)))
    return np.asarray(Image.open(buffer).convert("RGB"))
