"""What a network made of a picture is known when the same client asks again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from localmatte.engine import Engine
from localmatte.imaging.geometry import Box
from localmatte.imaging.pixels import from_array
from localmatte.inference import recent
from localmatte.inference.recent import Recent
from localmatte.inference.sessions import Loaded
from localmatte.options import Options, Prompts
from localmatte.progress import no_progress
from tests import weights

PHOTO = data.astronaut()[::2, ::2].copy()
CLICKED = Options(prompts=Prompts(keep=((100, 150),)))
BOXED = Options(prompts=Prompts(box=Box(30, 0, 200, 256)))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    home = tmp_path_factory.mktemp("home")
    weights.place("u2netp", home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALMATTE_HOME", str(home))
        yield Engine()


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The networks that ran, each time that one did."""
    ran: list[str] = []
    run = Loaded.run

    def counted(self: Loaded, *arguments: Any) -> NDArray[Any]:
        ran.append(self.spec.id)
        return run(self, *arguments)

    monkeypatch.setattr(Loaded, "run", counted)
    return ran


def alpha(engine: Engine, known: Recent, options: Options, photo: Any = PHOTO) -> NDArray[Any]:
    return engine.matte(from_array(photo), options, no_progress, None, known).alpha


def test_a_click_on_a_known_picture_needs_no_run_and_changes_nothing(
    engine: Engine, runs: list[str]
) -> None:
    known = Recent()
    first = alpha(engine, known, Options())
    assert runs
    for options in (CLICKED, BOXED):
        anew = alpha(engine, Recent(), options)
        alpha(engine, known, options)
        runs.clear()
        np.testing.assert_array_equal(alpha(engine, known, options), anew)
        assert runs == []
    np.testing.assert_array_equal(alpha(engine, known, Options()), first)
    assert runs == []


def test_another_picture_is_looked_at(engine: Engine, runs: list[str]) -> None:
    known = Recent()
    alpha(engine, known, Options())
    runs.clear()
    other = PHOTO.copy()
    other[100:150, 100:150] = 0
    np.testing.assert_array_equal(
        alpha(engine, known, Options(), other), alpha(engine, Recent(), Options(), other)
    )
    assert len(runs) >= 2


def test_what_is_kept_is_bounded(
    engine: Engine, runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Recent()
    monkeypatch.setattr(recent, "KEPT_BYTES", 2 * 320 * 320 * 4)
    fast = Options(refine=False)
    photos = [np.roll(PHOTO, shift, axis=1) for shift in (0, 10, 20)]
    for photo in photos:
        alpha(engine, known, fast, photo)
    runs.clear()
    for photo in photos[1:]:
        alpha(engine, known, fast, photo)
    assert runs == []
    alpha(engine, known, fast, photos[0])
    assert len(runs) == 1
