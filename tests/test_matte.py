"""The library: matte() and cutout() with real weights, on real photos and on hard cases."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import localmatte
from localmatte.errors import CancelledError, PictureError, UsageError
from localmatte.options import Edges
from localmatte.progress import CancelToken
from tests import weights
from tests.conftest import PHOTOS

pytestmark = pytest.mark.usefixtures("home")


@pytest.mark.parametrize("name", PHOTOS)
def test_the_plain_matte_agrees_with_rembg_for_the_same_weights(
    photos: dict[str, Path], home: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "u2netp.onnx").write_bytes(weights.cached("u2netp").read_bytes())
    monkeypatch.setenv("U2NET_HOME", str(home))
    import rembg

    photo = Image.open(photos[name])
    theirs = np.asarray(
        rembg.remove(photo, session=rembg.new_session("u2netp"), only_mask=True), np.float32
    )
    ours = localmatte.matte(photo, refine=False, provider="cpu") * 255
    assert np.abs(ours - theirs).mean() < 1


def test_isnet_finds_the_subject_as_u2netp_does(photos: dict[str, Path], home: Path) -> None:
    photo = Image.open(photos["astronaut"])
    small = localmatte.matte(photo)
    for model in ("isnet-fp16", "isnet-quint8"):
        weights.place(model, home)
        found = localmatte.matte(photo, model=model)
        both = ((found > 0.5) & (small > 0.5)).sum() / ((found > 0.5) | (small > 0.5)).sum()
        assert both > 0.8, model


def test_arrays_and_images_give_the_same_matte(photos: dict[str, Path]) -> None:
    photo = Image.open(photos["chelsea"])
    array = np.asarray(photo)
    expected = localmatte.matte(photo)
    assert expected.dtype == np.float32
    assert expected.shape == array.shape[:2]
    assert 0 <= expected.min() <= expected.max() <= 1
    for same in (array, array.astype(np.uint16) * 257, array.astype(np.float32) / 255):
        assert (localmatte.matte(same) == expected).all()


def test_the_pictures_own_alpha_limits_the_matte(photos: dict[str, Path]) -> None:
    rgba = Image.open(photos["astronaut"]).convert("RGBA")
    alpha = np.full((512, 512), 255, np.uint8)
    alpha[:, 256:] = 100
    rgba.putalpha(Image.fromarray(alpha))
    found = localmatte.matte(rgba)
    assert found[200, 220] > 0.9
    assert found[:, 256:].max() <= 100 / 255 + 1e-6


def test_the_cutout_has_the_photos_colours(photos: dict[str, Path]) -> None:
    photo = Image.open(photos["chelsea"])
    cut = np.asarray(localmatte.cutout(photo))
    changed = (cut[..., :3] != np.asarray(photo)).any(2)
    soft = (cut[..., 3] > 0) & (cut[..., 3] < 255)
    assert changed[soft].any(), "the background is taken out of soft edges"
    assert not changed[cut[..., 3] == 255].any()
    kept = np.asarray(localmatte.cutout(photo, clean_colours=False))
    assert (kept[..., :3] == np.asarray(photo))[kept[..., 3] > 0].all()
    assert (kept[..., 3] == cut[..., 3]).all()


def test_edges_are_finished_as_asked(photos: dict[str, Path]) -> None:
    photo = Image.open(photos["chelsea"])
    found = localmatte.matte(photo)
    hard = localmatte.matte(photo, edges=Edges(contrast=1))
    assert (hard == (found >= 0.5)).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 10000), (10000, 1), (3, 2), (320, 320)])
@pytest.mark.parametrize("refine", [True, False])
def test_flat_pictures_of_any_shape_show_nothing(size: tuple[int, int], refine: bool) -> None:
    found = localmatte.matte(Image.new("RGB", size, "teal"), refine=refine)
    assert found.shape == (size[1], size[0])
    assert found.max() == 0


def test_a_fully_transparent_picture_is_refused() -> None:
    with pytest.raises(PictureError, match="transparent"):
        localmatte.matte(np.zeros((9, 9, 4), np.uint8))


@pytest.mark.parametrize("shape", [(5,), (5, 5, 5), (2, 5, 5, 3)])
def test_arrays_that_are_no_pictures_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="not an image"):
        localmatte.matte(np.zeros(shape, np.uint8))


def test_progress_rises_to_one_and_names_its_stages(photos: dict[str, Path]) -> None:
    told: list[tuple[float, str]] = []
    localmatte.matte(Image.open(photos["chelsea"]), on_progress=lambda *step: told.append(step))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert "Finding the subject" in {stage for _, stage in told}


def test_a_cancel_ends_a_forward_pass_that_is_under_way(
    photos: dict[str, Path], home: Path
) -> None:
    weights.place("isnet-fp16", home)
    photo = Image.open(photos["astronaut"])
    localmatte.matte(photo, model="isnet-fp16")  # loads it
    cancel = CancelToken()
    stages: list[str] = []

    def cancel_soon(fraction: float, stage: str) -> None:
        stages.append(stage)
        if stage == "Finding the subject":
            threading.Timer(0.2, cancel.cancel).start()

    with pytest.raises(CancelledError):
        localmatte.matte(photo, model="isnet-fp16", on_progress=cancel_soon, cancel=cancel)
    assert stages[-1] == "Finding the subject"
