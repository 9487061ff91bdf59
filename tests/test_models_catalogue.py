"""The catalogue says what it must, and each row's arithmetic is that of its publisher."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from PIL import Image

import localmatte
from localmatte.errors import UsageError
from localmatte.inference.network import Network, postprocess, preprocess
from localmatte.models import catalogue
from localmatte.models.spec import Commercial, ModelSpec, Tier
from localmatte.providers import PROVIDERS
from tests import graphs, weights

EVERY_ROW = pytest.mark.parametrize("spec", catalogue.MODELS, ids=lambda spec: spec.id)

EXPECTED = {
    # What people know from other tools, by tier.
    Tier.ULTRA_LITE: {"u2netp"},
    Tier.BALANCED: {
        "isnet-quint8",
        "isnet-fp16",
        "silueta",
        "rmbg-1.4-int8",
        "rmbg-1.4-fp16",
        "birefnet-general-lite-fp16",
        "modnet",
        "efficientsam-ti",
        "sam2.1-tiny",
    },
    Tier.MAXIMUM: {
        "u2net",
        "u2net_human_seg",
        "isnet-general-use",
        "isnet-anime",
        "rmbg-1.4",
        "rmbg-2.0",
        "birefnet-general-lite",
        "birefnet-general",
        "birefnet-portrait",
        "birefnet-dis",
        "birefnet-hrsod",
        "birefnet-massive",
        "ben2-fp16",
    },
    Tier.BEST_EDGES: {"vitmatte-small"},
}

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
HALF = ((0.5, 0.5, 0.5), (1.0, 1.0, 1.0))
BIREFNET = (*IMAGENET, "maximum", "sigmoid")
U2NET = (*IMAGENET, "maximum", "min-max")
RMBG_1 = (*HALF, 255, "min-max")
IMGLY = ((128 / 255,) * 3, (256 / 255,) * 3, 255, "as is")

PUBLISHED = {
    # Mean, standard deviation, divisor, output: as each network's own code or model card has it.
    "u2netp": U2NET,
    "u2net": U2NET,
    "u2net_human_seg": U2NET,
    "silueta": U2NET,
    "isnet-general-use": (*HALF, "maximum", "min-max"),
    "isnet-anime": (IMAGENET[0], (1.0, 1.0, 1.0), "maximum", "min-max"),
    "isnet-fp16": IMGLY,
    "isnet-quint8": IMGLY,
    "rmbg-1.4": RMBG_1,
    "rmbg-1.4-fp16": RMBG_1,
    "rmbg-1.4-int8": RMBG_1,
    "rmbg-2.0": (*IMAGENET, 255, "as is"),
    "ben2-fp16": (*IMAGENET, 255, "as is"),
    "modnet": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5), 255, "as is"),
    "efficientsam-ti": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 255, "sigmoid"),
    "sam2.1-tiny": (*IMAGENET, 255, "sigmoid"),
    "birefnet-general-lite-fp16": (*IMAGENET, 255, "sigmoid"),
    "birefnet-general-lite": BIREFNET,
    "birefnet-general": BIREFNET,
    "birefnet-portrait": BIREFNET,
    "birefnet-dis": BIREFNET,
    "birefnet-hrsod": BIREFNET,
    "birefnet-massive": BIREFNET,
    "vitmatte-small": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5), 255, "as is"),
}


def expected_matte(rgb: NDArray[np.uint8], name: str) -> NDArray[np.float64]:
    """The matte of `graphs.mean_of_channels`, worked out from what the publisher says."""
    mean, std, divisor, rule = PUBLISHED[name]
    pixels = rgb.astype(float)
    scale = pixels.max() if divisor == "maximum" else divisor
    out = ((pixels / scale - np.array(mean)) / np.array(std)).mean(axis=2)
    if rule == "sigmoid":
        return np.asarray(1 / (1 + np.exp(-out)))
    if rule == "min-max":
        return np.asarray((out - out.min()) / (out.max() - out.min()))
    return np.asarray(np.clip(out, 0, 1))


@EVERY_ROW
def test_the_arithmetic_of_a_row_is_its_publishers(spec: ModelSpec, tmp_path: Path) -> None:
    size = "free" if spec.input_step else spec.input_size
    path = graphs.mean_of_channels(tmp_path / "small.onnx", size, decoys=6)
    # Never 255, so that the divisor matters; of the network's own size, so that nothing is
    # resampled.
    rgb = np.random.default_rng(0).integers(
        20, 200, (spec.input_size, spec.input_size, 3), dtype=np.uint8
    )
    network = Network(onnxruntime.InferenceSession(str(path)), spec)
    matte = postprocess(network.run(preprocess(rgb, spec)), spec)
    assert matte.shape == rgb.shape[:2]
    assert matte.dtype == np.float32
    np.testing.assert_allclose(matte, expected_matte(rgb, spec.id), atol=2e-6)


@EVERY_ROW
def test_a_flat_output_stays_finite(spec: ModelSpec) -> None:
    for value in (0.0, 0.5, 1.0):
        matte = postprocess(np.full((1, 1, 32, 32), value, np.float32), spec)
        assert np.isfinite(matte).all()
        assert matte.min() >= 0
        assert matte.max() <= 1


@EVERY_ROW
def test_a_row_names_files_that_a_public_source_vouches_for(spec: ModelSpec) -> None:
    for file in spec.files:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert file.bytes > 1_000_000
        assert file.addresses
        for address in file.addresses:
            assert address.startswith("https://")
            # A branch may change under its name; a revision does not.
            if "huggingface.co" in address:
                assert re.search(r"/resolve/[0-9a-f]{40}/", address)
        assert sum(piece.bytes for piece in file.pieces) == file.bytes
        assert all(0 < piece.bytes <= (file.part_bytes or file.bytes) for piece in file.pieces)


@EVERY_ROW
def test_a_row_tells_people_what_they_need_to_choose(spec: ModelSpec) -> None:
    assert spec.title
    assert spec.good_at
    assert spec.memory.cpu > 0
    assert spec.licence.name
    assert spec.licence.link.startswith("https://")
    assert spec.licence.to_accept == (spec.licence.commercial is Commercial.NO)
    assert set(spec.avoid_providers) <= set(PROVIDERS)


def test_the_catalogue_holds_every_model_that_people_expect_in_its_tier() -> None:
    for tier, group in groupby(catalogue.MODELS, lambda spec: spec.tier):
        assert {spec.id for spec in group} == EXPECTED[tier]


def test_tiers_are_in_order_and_of_the_sizes_that_they_promise() -> None:
    limits = {Tier.ULTRA_LITE: (0, 5e6), Tier.BALANCED: (25e6, 155e6), Tier.MAXIMUM: (175e6, 2e9)}
    limits[Tier.BEST_EDGES] = (100e6, 110e6)
    tiers = [spec.tier for spec in catalogue.MODELS]
    assert tiers == sorted(tiers, key=list(limits).index)
    for spec in catalogue.MODELS:
        low, high = limits[spec.tier]
        assert low < spec.bytes < high, spec.id


def test_ids_file_names_and_hashes_are_unique() -> None:
    rows = [row for spec in catalogue.MODELS for row in spec.by_file]
    assert len({spec.id for spec in catalogue.MODELS}) == len(catalogue.MODELS)
    for values in zip(*((row.file.name, row.file.sha256) for row in rows), strict=True):
        assert len(set(values)) == len(rows)


def test_the_default_of_every_tier_may_be_used_commercially() -> None:
    for tier in EXPECTED.keys() - {Tier.BEST_EDGES}:
        (default,) = (spec for spec in catalogue.MODELS if spec.tier is tier and spec.default)
        assert default.licence.commercial is Commercial.YES
    assert catalogue.get(catalogue.DEFAULT).tier is Tier.ULTRA_LITE


@pytest.mark.parametrize("name", [spec.id for spec in catalogue.MODELS if spec.tested])
def test_the_real_weights_of_every_tested_row_cut_a_photo(
    name: str, photos: dict[str, Path], empty_home: Path
) -> None:
    weights.place(name, empty_home)
    alpha = localmatte.matte(Image.open(photos["astronaut"]), model=name, provider="cpu")
    face, sky = alpha[100:150, 200:250], alpha[:20, 300:340]
    assert face.min() > 0.95
    assert sky.max() < 0.05


def test_an_unknown_id_names_those_that_are_spelt_alike() -> None:
    with pytest.raises(UsageError) as caught:
        catalogue.get("birefnet-genral")
    assert "'birefnet-genral'" in caught.value.message
    assert "birefnet-general" in caught.value.hint
    with pytest.raises(UsageError) as caught:
        catalogue.get("zzz")
    assert "localmatte models list" in caught.value.hint


@pytest.mark.parametrize(
    ("picture", "network"),
    [
        ((512, 512), (512, 512)),
        ((1024, 1024), (512, 512)),
        ((1500, 1000), (768, 512)),
        ((1000, 1500), (512, 768)),
        ((100, 130), (512, 672)),
        ((20000, 100), (1024, 512)),
    ],
)
def test_a_network_of_free_size_keeps_the_pictures_proportions(
    picture: tuple[int, int], network: tuple[int, int]
) -> None:
    assert catalogue.get("modnet").fit(*picture) == network


def test_a_network_of_fixed_size_gets_a_square() -> None:
    assert catalogue.get("u2netp").fit(1500, 1000) == (320, 320)
