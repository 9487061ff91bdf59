"""Where the solution is believed: only where it is crisper than the network's own matte."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage import data

from localmatte.imaging.resample import upscaled
from localmatte.refine import refine
from localmatte.refine.trimap import Trimap
from localmatte.refine.trust import trusted
from tests.quality.metrics import boundary
from tests.quality.pictures import spiky_disc

Floats = NDArray[np.float32]


def _edge(width: float) -> Floats:
    """A vertical edge in the middle of 200×300 pixels, soft over so many."""
    across = np.clip((np.arange(300) - 150) / width + 0.5, 0, 1)
    return np.broadcast_to(across, (200, 300)).astype(np.float32)


def _parts(matte: Floats) -> Trimap:
    return Trimap(matte, np.abs(np.arange(300) - 150) < 60 | np.zeros((200, 1), bool))


def test_a_crisp_solution_is_believed_at_a_soft_edge() -> None:
    found = trusted(_edge(1), _parts(_edge(40)))
    assert np.abs(found - _edge(1)).max() < 0.05


def test_a_veil_is_not_believed_where_the_network_was_crisp() -> None:
    found = trusted(np.full((200, 300), 0.4, np.float32), _parts(_edge(2)))
    assert np.abs(found - _edge(2)).max() < 0.1


def test_what_is_sure_stays_exactly_as_it_is() -> None:
    parts = _parts(_edge(40))
    found = trusted(np.full((200, 300), 0.7, np.float32), parts)
    assert (found[~parts.unknown] == parts.alpha[~parts.unknown]).all()


def test_noise_that_hides_the_subject_does_not_make_a_veil_of_a_good_matte() -> None:
    """The solution alone, which follows the noise, has a boundary error of 0.22 here."""
    gravel = np.dstack([data.gravel()] * 3)
    _, truth = spiky_disc(data.coffee(), gravel, 900, 700)
    noise = np.random.default_rng(0).normal(128, 40, (700, 900, 3))
    rgb = noise.clip(0, 255).astype(np.uint8)
    small = np.asarray(upscaled(truth, 768, 640))
    assert boundary(refine(rgb, small), truth) < 0.08
