"""Colour profiles for tests: LittleCMS's own sRGB, with other primaries and another curve."""

from __future__ import annotations

import io
import struct

import numpy as np
from PIL import Image, ImageCms

Primaries = tuple[tuple[float, float, float], ...]

DISPLAY_P3: Primaries = (
    (0.51512, 0.24120, -0.00105),
    (0.29198, 0.69225, 0.04189),
    (0.15710, 0.06657, 0.78407),
)
"""The colorants of Display P3, adapted to D50."""

REC_2020: Primaries = (
    (0.67348, 0.27904, -0.00193),
    (0.16566, 0.67534, 0.02998),
    (0.12505, 0.04561, 0.79684),
)

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _s15(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def patched(primaries: Primaries | None = None, gamma: float | None = None) -> bytes:
    """The sRGB profile, its name included, with other colorants or a pure gamma."""
    profile = bytearray(SRGB)
    (count,) = struct.unpack_from(">I", profile, 128)
    for at in range(count):
        name, start, _ = struct.unpack_from(">4sII", profile, 132 + 12 * at)
        if primaries and name in (b"rXYZ", b"gXYZ", b"bXYZ"):
            colorant = primaries[(b"rXYZ", b"gXYZ", b"bXYZ").index(name)]
            profile[start + 8 : start + 20] = b"".join(map(_s15, colorant))
        if gamma and name == b"rTRC":
            assert profile[start : start + 4] == b"para"
            profile[start + 8 : start + 16] = struct.pack(">HH", 0, 0) + _s15(gamma)
    return bytes(profile)


def grey(gamma: float) -> bytes:
    """A grey profile of a pure gamma: the sRGB one's red curve is its only curve."""
    profile = bytearray(patched(gamma=gamma))
    profile[16:20] = b"GRAY"
    return bytes(profile).replace(b"rTRC", b"kTRC")


WIDE = patched(DISPLAY_P3, 2.2)
LINEAR = patched(gamma=1.0)
P3 = patched(DISPLAY_P3)
LINEAR_2020 = patched(REC_2020, 1.0)
GREY = grey(1.0)


def seen(
    pixels: np.ndarray, profile: bytes, mode: str | None = None, *, black_point: bool = False
) -> np.ndarray:
    """Pixels as LittleCMS shows them in sRGB, H×W×3 uint8.

    Args:
        pixels: H×W or H×W×C uint8.
        profile: Theirs.
        mode: Pillow's name of what they are, where their shape does not tell.
        black_point: Whether the darkest ink becomes black, and paper white, as Krita has it.
    """
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    target = ImageCms.createProfile("sRGB")
    image = Image.fromarray(pixels, mode)
    # Without the tables that make it faster and, in the dark of linear light, wrong.
    flags, intent = ImageCms.Flags.NOOPTIMIZE, ImageCms.Intent.PERCEPTUAL
    if black_point:
        flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
        intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    found = ImageCms.profileToProfile(image, source, target, intent, "RGB", flags=flags)
    return np.asarray(found)


def back(colour: tuple[int, int, int], profile: bytes) -> np.ndarray:
    """An sRGB colour in the space of a profile."""
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    image = Image.new("RGB", (1, 1), colour)
    found = ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), target)
    return np.asarray(np.asarray(found)[0, 0])


SRGB_COLORANTS: Primaries = (
    (0.43607, 0.22249, 0.01392),
    (0.38515, 0.71687, 0.09708),
    (0.14307, 0.06061, 0.71410),
)

FORMULAE: dict[bytes, tuple[Primaries, float]] = {
    WIDE: (DISPLAY_P3, 2.2),
    LINEAR: (SRGB_COLORANTS, 1.0),
    LINEAR_2020: (REC_2020, 1.0),
}


def exact(samples: np.ndarray, profile: bytes) -> np.ndarray:
    """Samples in 0..1 in sRGB, H×W×3 uint8, by the profile's formula: LittleCMS has 8 bits."""
    primaries, gamma = FORMULAE[profile]
    to_srgb = np.linalg.inv(np.array(SRGB_COLORANTS).T) @ np.array(primaries).T
    light = np.clip(samples**gamma @ to_srgb.T, 0, 1)
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(encoded * 255), np.uint8)


GRID = 5


def cmyk() -> bytes:
    """A profile of four inks, with a table as a printer's has one.

    Each ink takes away a part of the light, a little less than its share; black of all three.
    """
    shares = np.linspace(0, 1, GRID)
    c, m, y, k = np.meshgrid(shares, shares, shares, shares, indexing="ij")
    inks = np.array([[0.95, 0.25, 0.05], [0.15, 0.9, 0.4], [0.02, 0.08, 0.92]])
    light = np.ones((*c.shape, 3))
    for share, taken in zip((c, m, y), inks, strict=True):
        light *= 1 - share[..., None] ** 0.8 * taken
    light *= (1 - 0.97 * k**0.9)[..., None]
    xyz = light @ np.array(SRGB_COLORANTS)
    ratio = xyz / np.array([0.9642, 1.0, 0.8249])
    root = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    lab = np.stack(
        [116 * root[..., 1] - 16, 500 * (root[..., 0] - root[..., 1]),
         200 * (root[..., 1] - root[..., 2])], -1,
    )  # fmt: skip
    encoded = (
        np.rint((lab + np.array([0, 128, 128])) * [652.8, 256, 256]).clip(0, 65535).astype(">u2")
    )
    line = struct.pack(">2H", 0, 65535)
    unity = b"".join(map(_s15, (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    table = b"mft2" + bytes(4) + bytes([4, 3, GRID, 0]) + unity + struct.pack(">2H", 2, 2)
    table += line * 4 + encoded.tobytes() + line * 3
    name = b"Four inks\0"
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(name)) + name + bytes(78),
        b"cprt": b"text" + bytes(4) + b"Public domain\0",
        b"wtpt": b"XYZ " + bytes(4) + b"".join(map(_s15, (0.9642, 1.0, 0.8249))),
        b"A2B0": table,
    }
    directory, body = struct.pack(">I", len(tags)), b""
    for tag, data in tags.items():
        place = 132 + 12 * len(tags) + len(body)
        directory += tag + struct.pack(">2I", place, len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(">I4sI4s4s4s", 128 + len(directory) + len(body), b"lcms", 0x02400000,
                         b"prtr", b"CMYK", b"Lab ")  # fmt: skip
    header += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    header += b"".join(map(_s15, (0.9642, 1.0, 0.8249)))
    return header.ljust(128, b"\0") + directory + body


CMYK = cmyk()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
