"""Reads exported pictures, sixteen bits included."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}


def read_png(path: Path) -> npt.NDArray[Any]:
    """The samples of a PNG without a palette, H×W×C uint8 or uint16.

    Pillow cuts sixteen bits of colour down to eight, so the file is read here.
    """
    data = path.read_bytes()
    position, packed, header = 8, b"", (0, 0, 0, 0)
    while position < len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        body = data[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            header = struct.unpack(">IIBB", body[:10])
        elif kind == b"IDAT":
            packed += body
        position += 12 + length
    width, height, depth, colour = header
    channels = CHANNELS[colour]
    step = channels * depth // 8
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + width * step)
    lines = np.zeros((height + 1, width * step), np.uint8)
    for number, row in enumerate(rows):
        lines[number + 1] = _unfilter(int(row[0]), row[1:], lines[number], step)
    samples = lines[1:].tobytes()
    return (
        np.frombuffer(samples, f">u{depth // 8}")
        .reshape(height, width, channels)
        .astype(f"u{depth // 8}")
    )


def read_alpha(path: Path) -> npt.NDArray[Any]:
    """The alpha of a PNG that has one, H×W."""
    samples = read_png(path)
    assert samples.shape[2] in (2, 4), "the picture was saved without alpha"
    return samples[..., -1]


def _unfilter(
    kind: int, row: npt.NDArray[np.uint8], above: npt.NDArray[np.uint8], step: int
) -> npt.NDArray[np.uint8]:
    if kind == 0:
        return row
    if kind == 2:
        return row + above
    out = bytearray(row.tobytes())
    up = above.tobytes()
    for i in range(len(out)):
        left = out[i - step] if i >= step else 0
        corner = up[i - step] if i >= step else 0
        guess = {1: left, 3: (left + up[i]) // 2, 4: _paeth(left, up[i], corner)}[kind]
        out[i] = (out[i] + guess) & 255
    return np.frombuffer(bytes(out), np.uint8)


def _paeth(left: int, up: int, corner: int) -> int:
    estimate = left + up - corner
    return min((left, up, corner), key=lambda value: abs(estimate - value))
