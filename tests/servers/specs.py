"""Rows of a catalogue that exist in the tests alone."""

from __future__ import annotations

import hashlib
import random

from localmatte.models.spec import (
    Commercial,
    Licence,
    ModelFile,
    ModelSpec,
    Normalisation,
    OutputRule,
    PackageSource,
    Tier,
)

FREE = Licence("MIT", "https://example.invalid/mit", Commercial.YES)
NON_COMMERCIAL = Licence("CC BY-NC 4.0", "https://example.invalid/by-nc", Commercial.NO)


def content(size: int, seed: int = 0) -> bytes:
    """Bytes that no compression makes smaller."""
    return random.Random(seed).randbytes(size)


def digest(data: bytes) -> str:
    """The SHA-256 as a catalogue spells it."""
    return hashlib.sha256(data).hexdigest()


def spec(
    data: bytes,
    *addresses: str,
    part_bytes: int = 0,
    packages: tuple[PackageSource, ...] = (),
    licence: Licence = FREE,
) -> ModelSpec:
    """A row whose file is `data`, in parts of `part_bytes` each if that is given."""
    starts = range(0, len(data), part_bytes) if part_bytes else ()
    parts = tuple(digest(data[start : start + part_bytes]) for start in starts)
    return ModelSpec(
        id="sample",
        title="Sample",
        good_at="tests",
        tier=Tier.BALANCED,
        file=ModelFile(
            "sample.onnx", len(data), digest(data), addresses, packages, parts, part_bytes
        ),
        licence=licence,
        input_size=32,
        normalisation=Normalisation(False, (0, 0, 0), (1, 1, 1)),
        output_rule=OutputRule.AS_IS,
    )


def parts(data: bytes, part_bytes: int) -> dict[str, bytes]:
    """The parts by path, as a server of a file in parts has them."""
    pieces = [data[start : start + part_bytes] for start in range(0, len(data), part_bytes)]
    return {f"/{digest(piece)}": piece for piece in pieces}
