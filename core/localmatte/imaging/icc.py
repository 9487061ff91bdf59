"""ICC profiles of three primaries and their curves: made, and read in full precision.

LittleCMS, as Pillow brings it, converts eight bits a sample. That is enough for most pictures,
but not for the dark parts of sixteen-bit ones in linear light.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Curve = Callable[[Doubles], Doubles]

D50 = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
SRGB_TO_D50 = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)
LEVELS = 1 << 16
TABLE = 4096
"""Entries of a curve that is written."""

HEADER = 128


@dataclass(frozen=True)
class Shaper:
    """What an RGB profile of primaries and curves does.

    Attributes:
        curves: Linear light for each of the 65536 sample values, 3×65536 in 0..1.
        matrix: From linear light to linear sRGB, 3×3.
    """

    curves: Doubles
    matrix: Doubles


def shaper(profile: bytes) -> Shaper | None:
    """What an RGB profile does; None where it has tables, or is damaged or of another kind."""
    try:
        tags = _tags(profile)
        if profile[16:20] != b"RGB " or "A2B0" in tags:
            return None
        values = np.linspace(0, 1, LEVELS)
        curves = np.stack([_curve(tags[f"{name}TRC"])(values) for name in "rgb"])
        columns = [_s15(tags[f"{name}XYZ"][8:20]) for name in "rgb"]
        return Shaper(curves.clip(0, 1), np.linalg.inv(SRGB_TO_D50) @ np.stack(columns, 1))
    except (KeyError, ValueError, IndexError, struct.error):
        return None


def grey_curve(profile: bytes) -> Doubles | None:
    """Linear light for each of 65536 values of grey; None where a profile does not tell.

    Grey has an RGB profile where a PNG file says its gamma, or a program forgot to change it. It
    is a colour of three like values there, which these profiles keep grey.

    Args:
        profile: A grey profile, or one of three primaries.

    Returns:
        Light in 0..1, 65536 float64.
    """
    of_colours = shaper(profile)
    if of_colours is not None:
        return np.asarray(of_colours.curves[1])
    try:
        tags = _tags(profile)
        if profile[16:20] != b"GRAY":
            return None
        values = _curve(tags["kTRC"])(np.linspace(0, 1, LEVELS)).clip(0, 1)
        return _luminance(values) if profile[20:24] == b"Lab " else values
    except (KeyError, ValueError, IndexError, struct.error):
        return None


def numbers(profile: bytes) -> tuple[int, int] | None:
    """The numbers of primaries and curve by H.273 that an HDR profile names beside its tables."""
    try:
        primaries, transfer = _tags(profile)["cicp"][8:10]
    except (KeyError, ValueError, struct.error):
        return None
    return primaries, transfer


def _luminance(lightness: Doubles) -> Doubles:
    """CIE Y in 0..1 of L* in 0..1."""
    cube = ((lightness * 100 + 16) / 116) ** 3
    return np.where(lightness > 0.08, cube, lightness * 100 / 903.2963)


def srgb_encoded(light: NDArray[np.floating]) -> NDArray[np.floating]:
    """Encode light with sRGB's curve (IEC 61966-2-1).

    Args:
        light: Linear light in 0..1, floats of any shape.

    Returns:
        sRGB's samples in 0..1, of the same shape.
    """
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def srgb_light(samples: Doubles) -> Doubles:
    """Decode samples with sRGB's curve (IEC 61966-2-1), as srgb_encoded() encodes them.

    Args:
        samples: sRGB's samples in 0..1, float64 of any shape.

    Returns:
        Linear light in 0..1, float64 of the same shape.
    """
    return np.where(samples <= 0.04045, samples / 12.92, ((samples + 0.055) / 1.055) ** 2.4)


def made(primaries: tuple[float, ...], white: tuple[float, ...], curve: Curve) -> bytes:
    """A profile from chromaticities and a curve.

    Args:
        primaries: x and y of red, green and blue.
        white: x and y of white.
        curve: Linear light in 0..1 from samples in 0..1.

    Returns:
        An ICC profile.
    """

    def xyz(x: float, y: float) -> Doubles:
        return np.array([x / y, 1, (1 - x - y) / y])

    columns = np.stack([xyz(*primaries[at : at + 2]) for at in (0, 2, 4)], 1)
    point = xyz(*white)
    columns = columns * np.linalg.solve(columns, point)
    adapted = np.linalg.inv(BRADFORD) @ np.diag((BRADFORD @ D50) / (BRADFORD @ point)) @ BRADFORD
    columns = adapted @ columns
    table = np.rint(curve(np.linspace(0, 1, TABLE)).clip(0, 1) * 65535).astype(">u2").tobytes()
    light = b"curv" + bytes(4) + struct.pack(">I", TABLE) + table
    name = b"As the file says\0"
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(name)) + name + bytes(78),
        b"cprt": b"text" + bytes(4) + b"Public domain\0",
        b"wtpt": b"XYZ " + bytes(4) + _as_s15(D50),
        **{
            letter + b"XYZ": b"XYZ " + bytes(4) + _as_s15(columns[:, at])
            for at, letter in enumerate((b"r", b"g", b"b"))
        },
        **{letter + b"TRC": light for letter in (b"r", b"g", b"b")},
    }
    return _file(tags)


def _file(tags: dict[bytes, bytes]) -> bytes:
    start = HEADER + 4 + 12 * len(tags)
    places: dict[bytes, int] = {}
    body = b""
    table = struct.pack(">I", len(tags))
    for name, data in tags.items():
        if data not in places:
            places[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
        table += name + struct.pack(">II", places[data], len(data))
    header = struct.pack(
        ">I4sI4s4s4s", start + len(body), bytes(4), 0x02400000, b"mntr", b"RGB ", b"XYZ "
    )
    header += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _as_s15(D50)
    return header.ljust(HEADER, b"\0") + table + body


def _tags(profile: bytes) -> dict[str, bytes]:
    (count,) = struct.unpack_from(">I", profile, HEADER)
    found = {}
    for at in range(min(count, 100)):
        name, start, size = struct.unpack_from(">4sII", profile, HEADER + 4 + 12 * at)
        found[name.decode("latin-1")] = profile[start : start + size]
    return found


def _curve(data: bytes) -> Curve:
    if data[:4] == b"curv":
        (count,) = struct.unpack_from(">I", data, 8)
        if count == 0:
            return lambda values: values
        table = np.frombuffer(data, ">u2", count, 12)
        if count == 1:
            gamma = float(table[0]) / 256
            return lambda values: values**gamma
        levels = table / 65535
        return lambda values: np.interp(values, np.linspace(0, 1, count), levels)
    if data[:4] != b"para":
        raise ValueError("no curve")
    (kind,) = struct.unpack_from(">H", data, 8)
    return _parametric(kind, _s15(data[12 : 12 + 4 * (1, 3, 4, 5, 7)[kind]]))


def _parametric(kind: int, given: Doubles) -> Curve:
    g, a, b, c, d, e, f = np.pad(given, (0, 7 - len(given)))
    if kind == 0:
        return lambda x: x**g
    if kind in (1, 2):
        # ICC.1, table 68: c is an offset, and the curve starts where a·x + b is 0.
        return lambda x: np.where(x >= -b / a, np.maximum(a * x + b, 0) ** g, 0) + c
    return lambda x: np.where(x >= d, np.maximum(a * x + b, 0) ** g + e, c * x + f)


def _s15(data: bytes) -> Doubles:
    return np.frombuffer(data, ">i4").astype(np.float64) / 65536


def _as_s15(values: Doubles) -> bytes:
    return np.rint(values * 65536).astype(">i4").tobytes()
