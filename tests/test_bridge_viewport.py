"""A preview's coordinates: what of the layer is seen, and where."""

from __future__ import annotations

import random

import pytest

from localmatte_bridge.viewport import LARGEST, Part, Viewport

LAYERS = ((6000, 4000), (16, 16), (12000, 800), (300, 4000), (1, 1))
ROOMS = ((420, 420), (1273, 611), (1, 1))


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("room", ROOMS)
def test_fit_shows_the_whole_layer_and_touches_an_edge_of_the_room(
    layer: tuple[int, int], room: tuple[int, int]
) -> None:
    view = Viewport(layer, room)
    assert view.seen() == Part(0, 0, *layer)
    assert view.drawn[0] <= room[0]
    assert view.drawn[1] <= room[1]
    assert view.drawn[0] == room[0] or view.drawn[1] == room[1]


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("room", ROOMS)
def test_a_place_in_the_layer_is_found_again_in_the_preview(
    layer: tuple[int, int], room: tuple[int, int]
) -> None:
    chance = random.Random(3)
    view = Viewport(layer, room)
    for _ in range(200):
        x, y = chance.uniform(0, room[0]), chance.uniform(0, room[1])
        view = chance.choice(
            (
                view.stepped(chance.randint(-3, 3), x, y),
                view.panned(x - room[0] / 2, y - room[1] / 2),
                view.zoomed(chance.uniform(0.01, 40), x, y),
                view.fitted(),
                view.scrolled(x, y),
            )
        )
        assert view.to_preview(*view.to_layer(x, y)) == pytest.approx((x, y), abs=1e-6)
        seen, (left, top) = view.seen(), view.origin
        assert 0 <= seen.x < seen.x + seen.width <= layer[0]
        assert 0 <= seen.y < seen.y + seen.height <= layer[1]
        assert min(1.0, view.fitting) <= view.scale <= max(LARGEST, view.fitting)
        # The layer lies in the middle, or fills the room.
        for start, drawn, side in ((left, view.drawn[0], room[0]), (top, view.drawn[1], room[1])):
            assert start == -((side - drawn) // 2) if drawn <= side else 0 <= start <= drawn - side


def test_what_is_under_the_pointer_stays_there() -> None:
    view = Viewport((6000, 4000), (600, 400)).zoomed(1, 300, 200)
    for steps in (1, 1, -1, 2, -2):
        before = view.to_layer(417, 123)
        view = view.stepped(steps, 417, 123)
        assert view.to_layer(417, 123) == pytest.approx(before, abs=1 / view.scale)


def test_one_to_one_shows_a_pixel_of_the_layer_on_each_of_the_screen() -> None:
    view = Viewport((6000, 4000), (600, 401)).zoomed(1, 300, 200)
    assert view.drawn == (6000, 4000)
    assert view.seen()[2:] == (600, 401)
    assert view.panned(-3, 7).origin == (view.origin[0] + 3, view.origin[1] - 7)


def test_steps_go_over_one_to_one_and_end_at_fit() -> None:
    view = Viewport((6000, 4000), (600, 400))
    scales = []
    while view.scale < LARGEST:
        view = view.stepped(1, 300, 200)
        scales.append(view.scale)
    assert 1.0 in scales
    assert scales == sorted(set(scales))
    for _ in scales:
        view = view.stepped(-1, 300, 200)
    assert view.scale == view.fitting


def test_a_layer_smaller_than_the_room_can_be_seen_at_one_to_one() -> None:
    view = Viewport((16, 16), (400, 300))
    assert view.scale > 16
    assert view.zoomed(1, 0, 0).scale == 1
    assert view.stepped(-30, 0, 0).scale == 1


def test_the_centre_does_not_run_away_where_the_layer_cannot_move() -> None:
    view = Viewport((1000, 1000), (100, 100)).zoomed(1, 50, 50)
    for _ in range(20):
        view = view.panned(500, 0)
    assert view.panned(-10, 0).origin[0] == 10


def test_a_part_is_held_by_a_larger_one_alone() -> None:
    view = Viewport((6000, 4000), (600, 400)).zoomed(1, 300, 200)
    assert view.seen(0.25).holds(view.seen())
    assert not view.seen().holds(view.seen(0.25))
    assert not view.seen().holds(view.panned(1, 0).seen())
