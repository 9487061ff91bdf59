"""Clicks and boxes in a preview, as a request says them."""

from __future__ import annotations

import pytest

from localmatte_bridge.prompts import KEEP, REMOVE, Prompts
from localmatte_bridge.viewport import Viewport

FITTED = Viewport((1000, 500), (500, 500))
"""A layer drawn at half of its size, with a margin of 125 device pixels above."""


def test_a_click_is_a_pixel_of_the_layer() -> None:
    prompts = Prompts().clicked(KEEP, FITTED, 250, 250).clicked(REMOVE, FITTED, 0, 125)
    assert prompts.fields() == {"keep": [[500, 250]], "remove": [[0, 0]]}


def test_a_smaller_picture_has_the_same_places() -> None:
    prompts = Prompts().clicked(KEEP, FITTED, 250, 250).boxed(FITTED, (100, 200), (300, 300))
    assert prompts.fields(0.5) == {"keep": [[250, 125]], "box": [100, 75, 200, 100]}


@pytest.mark.parametrize("place", [(250, 100), (250, 376), (-1, 200), (500, 200)])
def test_a_click_beside_the_layer_says_nothing(place: tuple[int, int]) -> None:
    assert Prompts().clicked(KEEP, FITTED, *place) == Prompts()


def test_a_box_is_cut_to_the_layer_and_takes_the_place_of_the_last_one() -> None:
    prompts = Prompts().boxed(FITTED, (10, 130), (20, 140)).boxed(FITTED, (600, 90), (250, 250))
    assert prompts.fields() == {"box": [500, 0, 500, 250]}
    assert prompts.boxed(FITTED, (0, 0), (500, 100)) == prompts


def test_the_last_one_is_taken_back_first() -> None:
    first = Prompts().clicked(KEEP, FITTED, 250, 250)
    assert first.boxed(FITTED, (0, 130), (90, 300)).undone() == first
    assert first.undone().undone() == Prompts()


def test_a_zoomed_preview_means_the_same_pixels() -> None:
    near = FITTED.zoomed(8.0, 250, 250)
    x, y = near.to_preview(501.5, 251.5)
    assert Prompts().clicked(KEEP, near, x, y).fields() == {"keep": [[501, 251]]}
