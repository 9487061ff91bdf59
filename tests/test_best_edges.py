"""Best edges: a network refines what another one found, on a small one like ViTMatte."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skimage import data

import localmatte
from localmatte import library, store
from localmatte.cli.warm import _fields
from localmatte.engine import Engine
from localmatte.errors import CancelledError, ModelMissingError, UsageError
from localmatte.imaging.geometry import Box
from localmatte.imaging.pixels import Raster, from_array
from localmatte.inference import trial
from localmatte.inference.network import postprocess, preprocess, with_trimap
from localmatte.models import catalogue
from localmatte.models.spec import ModelFile, ModelSpec
from localmatte.options import Edges, Options, Prompts
from localmatte.progress import CancelToken
from localmatte.providers import CPU
from localmatte.refine.raw import Raw, Sight, packed, unpacked
from localmatte.store import cache
from localmatte.worker import fields
from tests import graphs
from tests.commands import localmatte as command

SIDE = 128
ROW = catalogue.get(catalogue.REFINER)
BEST = Options(provider="cpu", best_edges=True)
PLAIN = replace(BEST, best_edges=False)

ENGINE = Engine()
"""One for all tests: it loads a network once."""


def placed(monkeypatch: pytest.MonkeyPatch, folder: Path, sure: float = 1.0) -> ModelSpec:
    """A small refiner in the place of the catalogue's, and downloaded."""
    content = graphs.refiner(folder / "refiner.onnx", SIDE, sure).read_bytes()
    file = ModelFile("refiner.onnx", len(content), hashlib.sha256(content).hexdigest())
    row = replace(ROW, input_size=SIDE, file=file)
    others = [spec for spec in catalogue.MODELS if not spec.refines]
    monkeypatch.setattr(catalogue, "MODELS", (*others, row))
    cache.path_of(file).write_bytes(content)
    return row


@pytest.fixture
def refiner(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelSpec:
    return placed(monkeypatch, tmp_path)


@pytest.fixture(scope="module")
def photo() -> Raster:
    return from_array(np.ascontiguousarray(data.astronaut()[::2, ::2]))


@pytest.mark.usefixtures("refiner")
def test_the_network_decides_in_the_unknown_region_and_nowhere_else(photo: Raster) -> None:
    plain = ENGINE.matte(photo, PLAIN)
    stages: list[str] = []
    best = ENGINE.matte(photo, BEST, lambda _done, stage: stages.append(stage))
    assert plain.raw
    unknown = plain.raw.unknown(photo.rgb, plain.alpha)
    assert 0.01 < unknown.mean() < 0.5
    assert unknown[(plain.alpha > 0) & (plain.alpha < 1)].all()
    assert (best.alpha[~unknown] == plain.alpha[~unknown]).all()
    np.testing.assert_allclose(best.alpha[unknown], photo.rgb[unknown][:, 0] / 255, atol=1e-5)
    assert (best.model, best.notice) == (plain.model, "")
    assert best.seconds["edges"] > 0
    assert any(stage.startswith("Refining the edges: tile 1 of ") for stage in stages)


@pytest.mark.usefixtures("refiner")
def test_progress_only_rises(photo: Raster) -> None:
    told: list[float] = []
    ENGINE.matte(photo, BEST, lambda done, _stage: told.append(done))
    assert told == sorted(told)
    assert 0 <= told[0] <= told[-1] <= 1


@pytest.mark.usefixtures("refiner")
def test_strokes_are_kept(photo: Raster) -> None:
    hints = np.full(photo.rgb.shape[:2], 128, np.uint8)
    hints[50:200, 125:130], hints[50:200, 150:155] = 255, 0
    alpha = ENGINE.matte(replace(photo, hints=hints), BEST).alpha
    assert (alpha[hints == 255] == 1).all()
    assert (alpha[hints == 0] == 0).all()


@pytest.mark.usefixtures("refiner")
def test_an_existing_mask_stays_outside_of_the_selection(photo: Raster) -> None:
    existing = np.full(photo.rgb.shape[:2], 77, np.uint8)
    box = Box(50, 25, 200, 225)
    raster = replace(photo, existing=existing)
    best = ENGINE.matte(raster, replace(BEST, selection=box)).alpha
    outside = np.ones(existing.shape, bool)
    outside[box.rows_and_columns] = False
    assert (best[outside] == np.float32(77 / 255)).all()
    plain = ENGINE.matte(raster, replace(PLAIN, selection=box)).alpha
    assert (best != plain).any()


def test_edges_are_found_again_as_they_were(refiner: ModelSpec, photo: Raster) -> None:
    best = ENGINE.matte(photo, BEST)
    assert best.raw
    kept = packed(best.raw)
    again = ENGINE.refine(photo, unpacked(kept))
    assert abs(again.alpha - best.alpha).mean() < 0.001
    assert again.notice == ""
    library.remove(refiner)
    without = ENGINE.refine(photo, unpacked(kept))
    plain = ENGINE.refine(photo, unpacked(packed(replace(best.raw, best_edges=False))))
    assert (without.alpha == plain.alpha).all()
    assert without.notice.startswith("Best edges needs the model ViTMatte small")


def test_what_earlier_versions_kept_is_read() -> None:
    sight = np.zeros((8, 8), np.uint8)
    before = Raw((8, 8), Box(0, 0, 8, 8), Sight(Box(0, 0, 8, 8), sight), None, True)
    old = packed(before).replace(b',"best_edges":false', b"")
    assert unpacked(old).best_edges is False
    with pytest.raises(UsageError):
        unpacked(packed(before).replace(b'"best_edges":false', b'"best_edges":5'))


def test_a_network_that_cannot_be_trusted_changes_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photo: Raster
) -> None:
    placed(monkeypatch, tmp_path, sure=0.6)
    found = ENGINE.matte(photo, BEST)
    assert (found.alpha == ENGINE.matte(photo, PLAIN).alpha).all()
    assert found.notice == (
        "ViTMatte small gave a wrong result; those edges were refined without it."
    )


@pytest.mark.usefixtures("refiner")
def test_a_cancel_while_tiles_are_refined_ends_the_work(photo: Raster) -> None:
    cancel = CancelToken()

    def at_the_first_tile(_done: float, stage: str) -> None:
        if "tile 1" in stage:
            cancel.cancel()

    with pytest.raises(CancelledError):
        ENGINE.matte(photo, BEST, at_the_first_tile, cancel)


@pytest.mark.usefixtures("home")
def test_without_the_model_it_says_which_one_is_needed_and_runs_nothing(photo: Raster) -> None:
    stages: list[str] = []
    with pytest.raises(ModelMissingError) as caught:
        ENGINE.matte(photo, BEST, lambda _done, stage: stages.append(stage))
    assert str(caught.value) == (
        "Best edges needs the model ViTMatte small (104 MB), which is not downloaded. Download it "
        "with 'localmatte models pull vitmatte-small'."
    )
    assert stages == ["Loading the model"]


def test_the_command_line_says_the_same(
    home: Path, photos: dict[str, Path], tmp_path: Path
) -> None:
    target = tmp_path / "out.png"
    done = command("cut", photos["astronaut"], "-o", target, "--best-edges")
    assert done.returncode == 1
    assert b"Best edges needs the model ViTMatte small (104 MB)" in done.stderr
    assert not target.exists()
    done = command("cut", *photos.values(), "-o", tmp_path / "many", "--best-edges")
    assert done.returncode == 1
    assert done.stderr.count(b"Best edges needs") == 1
    done = command("cut", photos["astronaut"], "-o", target, "--best-edges", "--no-refine")
    assert done.returncode == 2
    assert b"Best edges are refined edges." in done.stderr


def test_a_refiner_finds_no_subject(refiner: ModelSpec, photo: Raster) -> None:
    for name in (refiner.id, str(store.path_of(refiner))):
        with pytest.raises(UsageError, match="ViTMatte small refines edges, and finds no subject"):
            ENGINE.matte(photo, Options(name))


@pytest.mark.usefixtures("refiner")
def test_the_library_takes_it_as_an_option(photo: Raster) -> None:
    best = localmatte.matte(photo.rgb, provider="cpu", best_edges=True)
    assert (best == ENGINE.matte(photo, BEST).alpha).all()


def test_it_travels() -> None:
    options = Options(
        "isnet-fp16", "cpu", True, Box(1, 2, 30, 40), Edges(specks=5), False, Prompts(((3, 4),))
    )
    for wanted in (options, replace(options, best_edges=True)):
        assert fields.options(_fields(wanted)) == wanted


def test_an_input_is_that_of_the_publishers_own_processor() -> None:
    """What transformers' VitMatteImageProcessor does: rescale by 255 both, normalise the picture
    alone with a mean and a standard deviation of a half, and put the trimap behind it."""
    rgb = np.random.default_rng(2).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    trimap = np.random.default_rng(3).choice(np.array([0, 0.5, 1], np.float32), (64, 64))
    made = with_trimap(rgb, trimap, ROW)
    assert made.shape == (1, 4, 64, 64)
    assert made.dtype == np.float32
    expected = (rgb.astype(float) / 255 - 0.5) / 0.5
    np.testing.assert_allclose(made[0, :3], expected.transpose(2, 0, 1), atol=1e-6)
    assert (made[0, 3] == trimap).all()
    assert (made[:, :3] == preprocess(rgb, replace(ROW, input_size=64))).all()


def test_the_faint_end_of_a_hair_is_kept() -> None:
    faint = np.full((1, 1, 8, 8), 0.05, np.float32)
    assert (postprocess(faint, ROW) == np.float32(0.05)).all()


def test_a_trial_gives_it_a_trimap(refiner: ModelSpec) -> None:
    found = trial.attempt(CPU, refiner, store.contents(refiner))
    assert found.usable
    picture = trial.test_image(SIDE, refiner.channels)
    assert picture.shape == (1, 4, SIDE, SIDE)
    assert set(np.unique(picture[0, 3])) == {0, 0.5, 1}
    assert (picture[:, :3] == trial.test_image(SIDE, 3)).all()


def test_lists_tell_it_from_the_models_that_find_subjects() -> None:
    rows = {spec.id: library.describe(spec) for spec in library.models()}
    assert [name for name, row in rows.items() if row["refines"]] == ["vitmatte-small"]
    assert rows["vitmatte-small"]["tier"] == "Best edges"
