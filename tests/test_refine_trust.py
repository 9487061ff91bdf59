"""Which matte is believed: the solution where colours bear it out, else the network's own."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from localmatte.imaging.resample import upscaled
from localmatte.refine import refine
from localmatte.refine.closed_form import Solved
from localmatte.refine.trimap import Trimap
from localmatte.refine.trust import evidence, mixable, trusted
from tests.quality.metrics import boundary
from tests.quality.pictures import spiky_disc

Floats = NDArray[np.float32]


def _edge(width: float) -> Floats:
    """A vertical edge in the middle of 200×300 pixels, soft over so many."""
    across = np.clip((np.arange(300) - 150) / width + 0.5, 0, 1)
    return np.broadcast_to(across, (200, 300)).astype(np.float32)


def _solved(matte: Floats, solution: Floats, picture: Floats) -> Solved:
    """A search whose by-products are the solution and the network's matte again."""
    unknown = np.abs(np.arange(300) - 150) < 60 | np.zeros((200, 1), bool)
    colours = np.stack([picture, 1 - picture, 0.5 * picture])
    return Solved(colours, Trimap(matte, unknown), solution, solution, (matte, matte))


def test_a_crisp_solution_is_believed_at_a_soft_edge_that_the_picture_has_crisp() -> None:
    solved = _solved(_edge(40), _edge(1), 0.2 + 0.6 * _edge(1))
    off = np.abs(trusted(solved) - _edge(1)).mean()
    assert off < 0.3 * np.abs(_edge(40) - _edge(1)).mean()


def test_a_veil_is_not_believed_where_the_network_was_crisp() -> None:
    veil = np.full((200, 300), 0.4, np.float32)
    off = np.abs(trusted(_solved(_edge(2), veil, np.full_like(veil, 0.5))) - _edge(2)).mean()
    assert off < 0.2 * np.abs(veil - _edge(2))[:, 90:210].mean()


def test_what_is_sure_stays_exactly_as_it_is() -> None:
    solved = _solved(_edge(40), np.full((200, 300), 0.7, np.float32), _edge(1))
    sure = ~solved.parts.unknown
    assert (trusted(solved)[sure] == solved.parts.alpha[sure]).all()


def test_what_is_found_lies_between_the_mattes() -> None:
    solved = _solved(_edge(40), _edge(1), _edge(3))
    mattes = np.stack(mixable(solved))
    found = trusted(solved)
    assert (found >= mattes.min(0) - 1e-6).all()
    assert (found <= mattes.max(0) + 1e-6).all()


def test_evidence_begins_with_the_mattes_at_the_unknown_pixels() -> None:
    solved = _solved(_edge(40), _edge(1), _edge(3))
    unknown, mattes = solved.parts.unknown, mixable(solved)
    found = evidence(solved.colours, unknown, mattes)
    assert (found[:, : len(mattes)] == np.stack(mattes)[:, unknown].T).all()
    assert np.isfinite(found).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (7, 5)])
def test_pictures_smaller_than_a_block_are_weighed_too(size: tuple[int, int]) -> None:
    matte = np.full(size, 0.5, np.float32)
    parts = Trimap(matte, np.ones(size, bool))
    solved = Solved(np.stack([matte] * 3), parts, matte, matte, (matte, matte))
    assert np.abs(trusted(solved) - 0.5).max() < 1e-6


def test_noise_that_hides_the_subject_does_not_make_a_veil_of_a_good_matte() -> None:
    """The solution alone, which follows the noise, has a boundary error of 0.22 here."""
    gravel = np.dstack([data.gravel()] * 3)
    _, truth = spiky_disc(data.coffee(), gravel, 900, 700)
    noise = np.random.default_rng(0).normal(128, 40, (700, 900, 3))
    rgb = noise.clip(0, 255).astype(np.uint8)
    small = np.asarray(upscaled(truth, 768, 640))
    assert boundary(refine(rgb, small), truth) < 0.08
