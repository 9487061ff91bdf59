"""A picture to cut out where the user names none: a shaded ball on a table."""

from __future__ import annotations

import math
import struct
import zlib

WIDTH, HEIGHT = 480, 360
CENTRE_X, CENTRE_Y, RADIUS = 240.0, 190.0, 105.0
LIGHT = (-0.45, -0.65, 0.61)
TABLE_Y = 235
BALL_SHARE = math.pi * RADIUS**2 / (WIDTH * HEIGHT)
"""The share of the picture that the ball covers."""

Colour = tuple[float, float, float]


def ball_png() -> bytes:
    """The picture as an 8-bit RGB PNG of 480 by 360 pixels."""
    rows = bytearray()
    for y in range(HEIGHT):
        rows.append(0)  # the row's filter: none
        for x in range(WIDTH):
            rows.extend(min(255, max(0, round(value))) for value in _colour(x, y))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _colour(x: int, y: int) -> Colour:
    # One pixel of the edge is blended, as a lens would do it.
    inside = RADIUS + 0.5 - math.hypot(x - CENTRE_X, y - CENTRE_Y)
    cover = min(max(inside, 0.0), 1.0)
    behind = _behind(x, y) if cover < 1 else (0.0, 0.0, 0.0)
    front = _ball(x, y) if cover > 0 else (0.0, 0.0, 0.0)
    red, green, blue = (cover * f + (1 - cover) * b for f, b in zip(front, behind, strict=True))
    return red, green, blue


def _ball(x: int, y: int) -> Colour:
    """A lacquered red under one lamp: Phong's diffuse and specular terms."""
    nx, ny = (x - CENTRE_X) / RADIUS, (y - CENTRE_Y) / RADIUS
    nz = math.sqrt(max(0.0, 1 - nx * nx - ny * ny))
    facing = max(0.0, nx * LIGHT[0] + ny * LIGHT[1] + nz * LIGHT[2])
    shine = 190 * max(0.0, 2 * facing * nz - LIGHT[2]) ** 24
    return 38 + 190 * facing + shine, 10 + 30 * facing + shine, 12 + 26 * facing + shine


def _behind(x: int, y: int) -> Colour:
    """A wall and a table, with the ball's soft shadow on it."""
    if y < TABLE_Y:
        light = 205 - 0.12 * abs(x - 150) - 0.1 * y
        return light, light * 0.99, light * 0.95
    across, down = (x - CENTRE_X - 45) / 150, (y - CENTRE_Y - RADIUS + 6) / 26
    shadow = 0.6 * math.exp(-(across * across + down * down))
    light = (165 - 0.25 * (y - TABLE_Y)) * (1 - shadow)
    return light, light * 0.93, light * 0.82


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)
