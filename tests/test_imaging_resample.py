"""The matte enlarged in strips, beside Pillow's own Lanczos."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from localmatte.errors import CancelledError
from localmatte.imaging import resample
from localmatte.progress import CancelToken
from localmatte.refine import upscaled


def _matte(height: int, width: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).random((height, width), np.float32)


@pytest.mark.parametrize("size", [(4000, 3000), (1021, 777), (700, 5000), (333, 222), (1, 9000)])
@pytest.mark.parametrize("side", [320, 64])
def test_it_is_what_pillow_gives(size: tuple[int, int], side: int) -> None:
    matte = _matte(side, side)
    expected = np.asarray(Image.fromarray(matte).resize(size, Image.Resampling.LANCZOS))
    np.testing.assert_allclose(upscaled(matte, *size), expected.clip(0, 1), atol=1e-6)


def test_the_height_of_a_strip_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    matte = _matte(320, 320)
    usual = upscaled(matte, 1500, 1100)
    monkeypatch.setattr(resample, "STRIP", 1100)
    np.testing.assert_allclose(upscaled(matte, 1500, 1100), usual, atol=1e-6)


def test_it_can_be_cancelled() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        upscaled(_matte(320, 320), 1500, 1100, cancel=cancel)
