"""Hints: strokes become part of the matte, and of nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from localmatte.errors import UsageError
from localmatte.imaging.geometry import Box
from localmatte.imaging.pixels import Raster
from localmatte.refine.hints import KEEP, REMOVE, apply_hints, enforce_hints


def _strokes() -> NDArray[np.uint8]:
    strokes = np.full((200, 300), 128, np.uint8)
    strokes[20:60, 30:90], strokes[120:160, 200:280] = KEEP, REMOVE
    return strokes


def test_the_result_is_what_the_strokes_say_and_else_unchanged() -> None:
    alpha = np.full((200, 300), 0.4, np.float32)
    found = enforce_hints(alpha, _strokes())
    assert found.dtype == np.float32
    assert (found[_strokes() == KEEP] == 1).all()
    assert (found[_strokes() == REMOVE] == 0).all()
    assert (found[_strokes() == 128] == alpha[_strokes() == 128]).all()


def test_a_networks_matte_takes_the_strokes_at_its_own_size() -> None:
    found = apply_hints(np.full((32, 32), 0.5, np.float32), _strokes())
    assert found[6, 6] == 1
    assert found[22, 25] == 0
    assert found[0, 31] == 0.5
    assert found.shape == (32, 32)


def test_without_hints_nothing_is_touched() -> None:
    alpha = np.full((3, 4), 0.7, np.float32)
    assert enforce_hints(alpha, None) is alpha
    matte = np.zeros((3, 4), np.float32)
    assert apply_hints(matte, None) is matte


def test_hints_are_cut_with_their_picture_and_have_its_size() -> None:
    picture = Raster(np.zeros((200, 300, 3), np.uint8), hints=_strokes())
    part = picture.crop(Box(30, 20, 90, 60))
    assert part.hints is not None
    assert (part.hints == KEEP).all()
    with pytest.raises(UsageError, match="have different sizes"):
        Raster(np.zeros((200, 299, 3), np.uint8), hints=_strokes())
