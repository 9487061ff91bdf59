"""Colour spaces: what a picture's numbers look like, as sRGB and back."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from localmatte.imaging import icc
from localmatte.imaging.pixels import to_uint8
from localmatte.system.parallel import each

STRIP_ROWS = 64
UNUSABLE = (ImageCms.PyCMSError, OSError, ValueError, TypeError)

REC_709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
REC_2020 = (0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
P3 = (0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
D65 = (0.3127, 0.3290)

PRIMARIES = {1: REC_709, 9: REC_2020, 12: P3}
"""Chromaticities by their number in H.273."""

HDR_WHITE = 203.0
"""The brightness of paper white in HDR pictures, in cd/m² (ITU-R BT.2408)."""


def _perceptual_quantiser(samples: icc.Doubles) -> icc.Doubles:
    """SMPTE ST 2084: linear light, 1.0 for paper white."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    root = samples ** (1 / m2)
    return (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1) * (10000 / HDR_WHITE)


def _hybrid_log_gamma(samples: icc.Doubles) -> icc.Doubles:
    """ARIB STD-B67 with the system gamma of 1.2: linear light, 1.0 for paper white at 75 %."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(samples <= 0.5, samples**2 / 3, (np.exp((samples - c) / a) + b) / 12)
    return scene**1.2 * (1000 / HDR_WHITE)


PQ, HLG = 16, 18
CURVES: dict[int, icc.Curve] = {
    1: icc.srgb_light,
    4: lambda samples: samples**2.2,
    5: lambda samples: samples**2.8,
    6: icc.srgb_light,
    8: lambda samples: samples,
    13: icc.srgb_light,
    14: icc.srgb_light,
    15: icc.srgb_light,
    PQ: _perceptual_quantiser,
    HLG: _hybrid_log_gamma,
}
"""Curves by their number in H.273; video's are taken for sRGB's, as viewers show them."""


def known(primaries: int, transfer: int) -> bool:
    """Whether H.273's numbers stand for colours that can be converted.

    Args:
        primaries: The number of the primaries.
        transfer: The number of the curve.

    Returns:
        False also for 2, which stands for nothing.
    """
    return primaries in PRIMARIES and transfer in CURVES


def coded(primaries: int, transfer: int) -> bytes | None:
    """A profile for H.273's numbers.

    Args:
        primaries: The number of the primaries.
        transfer: The number of the curve.

    Returns:
        An ICC profile; None for sRGB, and for unknown numbers.
    """
    if not known(primaries, transfer):
        return None
    if primaries == 1 and CURVES[transfer] is icc.srgb_light:
        return None
    return icc.made(PRIMARIES[primaries], D65, CURVES[transfer])


def with_gamma(gamma: float, chromaticities: tuple[float, ...] | None) -> bytes | None:
    """A profile for PNG's gAMA and cHRM.

    Args:
        gamma: The exponent from light to samples, e.g. 0.45455.
        chromaticities: x and y of white, red, green and blue; None for sRGB's.

    Returns:
        An ICC profile; None if they describe sRGB, or nothing possible.
    """
    white: tuple[float, ...] = D65
    primaries: tuple[float, ...] = REC_709
    if chromaticities is not None:
        white, primaries = (chromaticities[0], chromaticities[1]), chromaticities[2:]
    usual = np.allclose((*white, *primaries), (*D65, *REC_709), atol=0.002)
    if not 0.1 < gamma < 5 or (usual and abs(gamma - 1 / 2.2) < 0.005):
        return None
    curve = (
        icc.srgb_light if abs(gamma - 1 / 2.2) < 0.005 else lambda samples: samples ** (1 / gamma)
    )
    try:
        return icc.made(primaries, white, curve)
    except (np.linalg.LinAlgError, ZeroDivisionError):
        return None


@lru_cache(maxsize=16)
def is_srgb(profile: bytes) -> bool:
    """Whether an RGB profile does what sRGB does, to a level of 255, whatever its name."""
    steps = np.linspace(0, 255, 18).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(18, -1, 3)
    seen = _by_littlecms(Image.fromarray(cube), profile)
    return seen is not None and bool(np.abs(seen.astype(int) - cube).max() <= 1)


@lru_cache(maxsize=16)
def fits(profile: bytes, mode: str) -> bool:
    """Whether a profile can be used for pixels of a mode.

    Args:
        profile: An ICC profile.
        mode: Pillow's name of the mode, e.g. "RGB".

    Returns:
        False also if the profile is damaged.
    """
    return _by_littlecms(Image.new(mode, (1, 1)), profile) is not None


def to_srgb(colours: NDArray[Any], profile: bytes | None) -> NDArray[np.uint8]:
    """Colours in sRGB.

    Args:
        colours: H×W×3 uint8 or uint16.
        profile: Theirs, one that fits; None for sRGB.

    Returns:
        H×W×3 uint8.
    """
    if profile is None or is_srgb(profile):
        return to_uint8(colours)
    if colours.dtype == np.uint16 and (shaper := icc.shaper(profile)):
        return _shaped(colours, shaper)
    seen = _by_littlecms(Image.fromarray(to_uint8(colours)), profile)
    return to_uint8(colours) if seen is None else seen


def from_srgb(colours: NDArray[np.uint8], profile: bytes | None) -> NDArray[np.uint8]:
    """Colours in sRGB converted to the space of a profile.

    Args:
        colours: H×W×3 uint8 in sRGB.
        profile: An RGB profile; None for sRGB.

    Returns:
        H×W×3 uint8.
    """
    if profile is None or is_srgb(profile):
        return colours
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    image = Image.fromarray(np.ascontiguousarray(colours))
    found = ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), target)
    return np.asarray(found)


def between(
    colours: NDArray[Any], profile: bytes | None, wanted: bytes | None
) -> NDArray[np.uint8]:
    """Colours converted from one profile to another.

    Args:
        colours: H×W×3 uint8 or uint16.
        profile: Theirs; None for sRGB.
        wanted: The profile to convert to; None for sRGB.

    Returns:
        H×W×3 uint8.
    """
    if profile == wanted:
        return to_uint8(colours)
    if not wanted or not profile:
        return from_srgb(to_srgb(colours, profile), wanted)
    source, target = (ImageCms.ImageCmsProfile(io.BytesIO(each)) for each in (profile, wanted))
    return np.asarray(ImageCms.profileToProfile(Image.fromarray(to_uint8(colours)), source, target))


def grey_in_srgb(grey: NDArray[Any], profile: bytes | None) -> NDArray[Any] | None:
    """Grey samples converted to sRGB's grey, at the same depth.

    Args:
        grey: H×W uint8 or uint16.
        profile: A grey profile, or one of three primaries; None for sRGB's curve.

    Returns:
        H×W of the same dtype; None if the profile is none for grey.
    """
    if profile is None:
        return grey
    # Not by LittleCMS, whose tables for eight bits are too coarse for the dark of linear light.
    curve = icc.grey_curve(profile)
    if curve is None:
        return None
    highest = np.iinfo(grey.dtype).max
    levels = icc.srgb_encoded(curve[:: (icc.LEVELS - 1) // highest]) * highest
    return np.asarray(np.rint(levels).astype(grey.dtype)[grey])


def image_in_srgb(image: Image.Image, profile: bytes | Any) -> NDArray[np.uint8] | None:
    """A Pillow image of any mode in sRGB.

    Args:
        image: The image.
        profile: An ICC profile, or one that ImageCms made.

    Returns:
        H×W×3 uint8; None if the profile does not fit the image.
    """
    return _by_littlecms(image, profile)


def _by_littlecms(image: Image.Image, profile: bytes | Any) -> NDArray[np.uint8] | None:
    try:
        source = ImageCms.ImageCmsProfile(
            io.BytesIO(profile) if isinstance(profile, bytes) else profile
        )
        target = ImageCms.createProfile("sRGB")
        found = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except UNUSABLE:
        return None
    return np.asarray(found)


def _shaped(colours: NDArray[np.uint16], shaper: icc.Shaper) -> NDArray[np.uint8]:
    curves, matrix = shaper.curves.astype(np.float32), shaper.matrix.T.astype(np.float32)
    steps = np.linspace(0, 1, icc.LEVELS, dtype=np.float32)
    encoded = np.rint(icc.srgb_encoded(steps) * 255).astype(np.uint8)
    seen = np.empty(colours.shape, np.uint8)

    def convert(top: int) -> None:
        strip = colours[top : top + STRIP_ROWS]
        light = np.stack([curve[strip[..., at]] for at, curve in enumerate(curves)], -1) @ matrix
        np.clip(light, 0, 1, out=light)
        seen[top : top + STRIP_ROWS] = encoded[np.rint(light * 65535).astype(np.uint16)]

    each(convert, range(0, len(colours), STRIP_ROWS))
    return seen
