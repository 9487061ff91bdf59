"""PNG files are written band by band, and every reader gets the same pixels back."""

from __future__ import annotations

import io
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from localmatte.imaging import png

SHAPES: tuple[tuple[int, ...], ...] = ((1, 1), (3, 7, 3), (5, 1, 4), (1200, 900, 4), (700, 1531, 3))


def _written(pixels: Any) -> bytes:
    stream = io.BytesIO()
    png.write(pixels, stream, {b"pHYs": png.resolution_chunk((300, 150))})
    return stream.getvalue()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("noise", [True, False])
def test_pillow_reads_what_was_written(shape: tuple[int, ...], noise: bool) -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256 if noise else 2, shape, np.uint8)
    image = Image.open(io.BytesIO(_written(pixels)))
    assert image.info["dpi"] == pytest.approx((300, 150), abs=0.02)
    assert (np.asarray(image) == pixels).all()


def test_the_stream_of_all_bands_is_one_that_zlib_itself_accepts() -> None:
    pixels = np.random.default_rng(1).integers(0, 65536, (900, 700, 3), np.uint16)
    data = _written(pixels)
    packed = [payload for kind, payload in png.chunks(data) if kind == b"IDAT"]
    assert len(packed) > 3
    # It checks the sum of all bands.
    rows = np.frombuffer(zlib.decompress(b"".join(packed)), np.uint8).reshape(900, -1)
    assert (rows[:, 0] == 2).all()
    samples = np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8)
    assert (samples.reshape(900, 700, 3, 2).view(">u2")[..., 0] == pixels).all()


def test_a_photo_takes_no_more_room_than_by_pillow() -> None:
    from skimage import data

    photo = np.dstack([data.astronaut(), np.full((512, 512), 255, np.uint8)])
    other = io.BytesIO()
    Image.fromarray(photo).save(other, "PNG", compress_level=2)
    assert len(_written(photo)) < 1.05 * len(other.getvalue())
