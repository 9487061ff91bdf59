"""Files in colour spaces that people work in, and what LittleCMS shows of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tifffile

from tests import profiles

WIDTH, HEIGHT = 48, 20
NAME = "sRGB built-in"
"""What LittleCMS calls its own profile, of which the tests' profiles are made."""


@dataclass(frozen=True)
class Coloured:
    """A file, and the picture in it.

    Attributes:
        path: The file.
        seen: What it looks like in sRGB, H×W×3 uint8.
    """

    path: Path
    seen: npt.NDArray[np.uint8]


def _levels() -> npt.NDArray[np.float64]:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([x / (WIDTH - 1), y / (HEIGHT - 1), ((x * 5 + y * 7) % 32) / 31], -1)


def made(folder: Path) -> Iterator[Coloured]:
    """Write the files; grey and CMYK included.

    Args:
        folder: Where they go.
    """
    levels = _levels()
    deep = np.rint(levels * 65535).astype(np.uint16)
    shallow = np.rint(levels * 255).astype(np.uint8)
    bright = (levels * 1.3).astype(np.float32)
    for name, samples, profile in (
        ("p3-8", shallow, profiles.P3),
        ("wide-16", deep, profiles.WIDE),
        ("linear-16", deep, profiles.LINEAR),
        ("rec2020-float", bright, profiles.LINEAR_2020),
    ):
        path = folder / f"{name}.tif"
        tifffile.imwrite(path, samples, photometric="rgb", iccprofile=_named(profile, name))
        yield Coloured(path, _seen(samples, profile))
    grey = deep[..., 0]
    path = folder / "grey-linear-16.tif"
    profile = _named(profiles.GREY, "grey linear")
    tifffile.imwrite(path, grey, photometric="minisblack", iccprofile=profile)
    light = grey / 65535
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    yield Coloured(path, np.repeat(np.rint(encoded * 255).astype(np.uint8)[..., None], 3, 2))


def cmyk(folder: Path, profile: bytes) -> Coloured:
    """Write a file of four inks.

    Args:
        folder: Where it goes.
        profile: The inks'.

    Returns:
        The file.
    """
    levels = _levels()
    inks = np.rint(np.dstack([levels, levels[..., ::-1][..., :1] / 3]) * 255).astype(np.uint8)
    path = folder / "cmyk.tif"
    tifffile.imwrite(path, inks, photometric="separated", iccprofile=profile)
    return Coloured(path, profiles.seen(inks, profile, "CMYK", black_point=True))


def _named(profile: bytes, name: str) -> bytes:
    """A profile under a name of its own: Krita tells profiles apart by their names."""
    before, after = NAME.encode("utf-16-be"), name.ljust(len(NAME))[: len(NAME)].encode("utf-16-be")
    assert before in profile
    return profile.replace(before, after)


def _seen(samples: npt.NDArray[np.generic], profile: bytes) -> npt.NDArray[np.uint8]:
    if samples.dtype == np.uint8:
        return profiles.seen(np.asarray(samples, np.uint8), profile)
    highest = 65535 if samples.dtype == np.uint16 else 1
    return profiles.exact(np.asarray(samples, np.float64) / highest, profile)
