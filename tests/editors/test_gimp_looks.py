"""The dialog reads a layer, in a real GIMP: as it is, and GIMP lives if its image is closed."""

from __future__ import annotations

import numpy as np
import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.gimp

CANVAS, LAYER, CHOSEN = (32, 24), (40, 30), (5, 5, 20, 10)
"""As in inside/gimp_kinds.py and inside/gimp_looks.py."""

COMMANDS = (
    "localmatte-remove-background",
    "localmatte-edges-again",
    "localmatte-finish-painted-edges",
    "localmatte-keep-selected",
)

GONE = "The layer or its image no longer exists.\nSelect a layer and run the command again."


@pytest.fixture
def plug_in(engine: InstalledEngine) -> str:
    (folder,) = engine.user.glob(".config/GIMP/3.*/plug-ins/localmatte")
    return str(folder)


@pytest.mark.parametrize("at", ["situation", "small", "whole", "small-again", "whole-again"])
def test_an_image_may_be_closed_before_any_line(
    gimp: Gimp, ramp_worker: RampWorker, plug_in: str, at: str
) -> None:
    said = gimp.call("gimp_looks.closed_on_the_way", plug_in=plug_in, ways=[at])
    assert sum(said.values()) > 10
    assert gimp.call("gimp_documents.version")


def test_a_command_whose_image_is_closed_before_any_line_says_so_in_one_sentence(
    gimp: Gimp, ramp_worker: RampWorker, plug_in: str
) -> None:
    said = gimp.call("gimp_looks.closed_on_the_way", plug_in=plug_in, ways=COMMANDS)
    assert said.pop(GONE) > 100
    # Where all is done already, there is nothing to say.
    assert 0 < said.pop("") < 100
    assert not said
    assert gimp.call("gimp_documents.version")


def test_a_mask_may_be_deleted_before_any_line(gimp: Gimp, plug_in: str) -> None:
    ends = gimp.call("gimp_looks.mask_deleted_on_the_way", plug_in=plug_in)
    assert set(ends) == {"BridgeError", "NoneType"}


@pytest.mark.parametrize("at", ["small", "whole"])
@pytest.mark.parametrize("place", [(0, 0), (-8, 3), (12, -7), (-3, -3)])
def test_what_is_selected_of_a_layer(
    gimp: Gimp, plug_in: str, at: str, place: tuple[int, int]
) -> None:
    x, y = place
    seen = gimp.call("gimp_looks.selected", plug_in=plug_in, at=at, x=x, y=y)
    left, top, width, height = CHOSEN
    expected = np.zeros((CANVAS[1] + 80, CANVAS[0] + 80), np.uint8)
    expected[40 + top : 40 + top + height, 40 + left : 40 + left + width] = 255
    over = expected[40 + y : 40 + y + LAYER[1], 40 + x : 40 + x + LAYER[0]]
    assert np.array_equal(np.frombuffer(bytes.fromhex(seen), np.uint8).reshape(over.shape), over)
