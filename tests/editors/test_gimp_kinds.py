"""Every kind of layer in a real GIMP, with a matte that holds every level."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from localmatte_bridge import BridgeError
from tests.editors.gimp_host import Gimp
from tests.editors.pairs import ALL
from tests.editors.pictures import read_alpha
from tests.editors.ramp_worker import RampWorker, ramp

pytestmark = pytest.mark.gimp

LAYER = (40, 30)
VISIBLE = (slice(3, 27), slice(4, 36))
"""The rows and columns of the layer that lie on the canvas."""

LAYER_TYPES = ("rgb-image", "rgba-image", "gray-image", "graya-image")
MASK_LAYOUTS = {"u8": "y8", "u16": "y16", "u32": "yf", "half": "yf", "float": "yf", "double": "yf"}
CURVES = ("linear", "non-linear", "perceptual")
PRECISIONS = [f"{depth}-{curve}" for depth in MASK_LAYOUTS for curve in CURVES]

Combine = Callable[[npt.NDArray[Any], npt.NDArray[Any]], npt.NDArray[Any]]


def cut(gimp: Gimp, layer: int, **arguments: Any) -> None:
    answer = gimp.call("gimp_commands.remove_background", layer=layer, **arguments)
    assert answer["status"] == "success", answer["error"]


def exported_alpha(gimp: Gimp, image: int, folder: Path) -> npt.NDArray[Any]:
    gimp.call("gimp_documents.export_composite", image=image, path=str(folder / "kind.png"))
    return read_alpha(folder / "kind.png")


def types_for(precision: str) -> Sequence[str]:
    """The layer types that a precision is tried with: one of them in turn, or all of them."""
    turn = PRECISIONS.index(precision) % len(LAYER_TYPES)
    return LAYER_TYPES if os.environ.get(ALL) else LAYER_TYPES[turn : turn + 1]


@pytest.mark.documents
@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_mask_is_exact_in_every_precision_type_and_profile(
    gimp: Gimp, ramp_worker: RampWorker, editor_workspace: Path, precision: str
) -> None:
    for layer_type in types_for(precision):
        for own_profile in (False, True):
            kind = {"layer_type": layer_type, "own_profile": own_profile}
            check(gimp, ramp_worker, editor_workspace, precision, **kind)
        plain, converted = (
            np.frombuffer(pixels, np.uint8).astype(int) for _, pixels in ramp_worker.requests[-2:]
        )
        # The engine sees sRGB; eight bits of another profile hold fewer of its dark levels.
        allowed = 16 if precision.startswith("u8") else 1
        assert np.abs(plain - converted).max() <= allowed


def check(gimp: Gimp, worker: RampWorker, folder: Path, precision: str, **kind: Any) -> None:
    mask_layout = MASK_LAYOUTS[precision.split("-")[0]]
    matte = ramp(*LAYER, mask_layout)[VISIBLE]
    image, layer = gimp.call("gimp_kinds.make", precision=precision, **kind)
    before = gimp.call("gimp_documents.state", image=image)["layers"][0]
    cut(gimp, layer)
    after = gimp.call("gimp_documents.state", image=image)["layers"][0]
    assert worker.requests[-1][0]["mask_layout"] == mask_layout
    assert after["pixels"] == before["pixels"]
    assert after["edits_mask"]
    assert after["applies_mask"]
    alpha = exported_alpha(gimp, image, folder)
    assert len(np.unique(alpha)) == (256 if mask_layout == "y8" else matte.size)
    assert_same_levels(alpha, matte, half=precision.startswith("half"))
    reloaded = gimp.call("gimp_documents.reload", image=image, path=str(folder / "kind.xcf"))
    again = gimp.call("gimp_documents.state", image=reloaded)["layers"][0]
    assert again["mask"] == after["mask"]
    assert again["pixels"] == before["pixels"]
    for document in (image, reloaded):
        gimp.call("gimp_documents.delete", image=document)


def assert_same_levels(
    alpha: npt.NDArray[Any], matte: npt.NDArray[Any], half: bool = False
) -> None:
    """The exported alpha is the matte, to the last level that the file and the mask can hold."""
    top = np.iinfo(alpha.dtype).max
    scale = np.iinfo(matte.dtype).max if matte.dtype.kind == "u" else 1.0
    wanted = np.rint(matte.astype(np.float64) / scale * top)
    # A half float has eleven significant bits; a float one can land beside a level's middle.
    allowed = 32 if half else (1 if matte.dtype.kind == "f" else 0)
    assert np.abs(alpha.astype(np.int64) - wanted).max() <= allowed


@pytest.mark.parametrize("own_profile", [False, True])
@pytest.mark.parametrize("layer_type", ["rgb-image", "rgba-image", "gray-image"])
def test_the_mask_is_exact_in_a_palette(
    gimp: Gimp,
    ramp_worker: RampWorker,
    editor_workspace: Path,
    layer_type: str,
    own_profile: bool,
) -> None:
    kind = {"layer_type": layer_type, "indexed": True, "own_profile": own_profile}
    check(gimp, ramp_worker, editor_workspace, "u8-non-linear", **kind)


def test_the_engine_gets_the_layers_own_pixels(gimp: Gimp, ramp_worker: RampWorker) -> None:
    _, layer = gimp.call("gimp_kinds.make", layer_type="rgb-image")
    gimp.call("gimp_kinds.add_mask", layer=layer)
    cut(gimp, layer, refine=False, model="some-model")
    header, pixels = ramp_worker.requests[-1]
    assert (header["width"], header["height"], header["layout"]) == (*LAYER, "rgb8")
    assert (header["model"], header["refine"]) == ("some-model", False)
    y, x = np.mgrid[:30, :40]
    wanted = np.stack((x * 6 % 256, y * 8 % 256, (x + y) * 3 % 256), axis=-1)
    np.testing.assert_array_equal(np.frombuffer(pixels, np.uint8).reshape(30, 40, 3), wanted)


def test_an_existing_mask_is_replaced_also_when_it_is_the_paint_target(
    gimp: Gimp, ramp_worker: RampWorker, editor_workspace: Path
) -> None:
    image, layer = gimp.call("gimp_kinds.make", layer_type="rgba-image")
    mask = gimp.call("gimp_kinds.add_mask", layer=layer)
    cut(gimp, mask)
    state = gimp.call("gimp_documents.state", image=image)["layers"][0]
    assert state["applies_mask"]
    assert not state["shows_mask"]
    alpha = exported_alpha(gimp, image, editor_workspace)
    np.testing.assert_array_equal(alpha, ramp(*LAYER)[VISIBLE])


@pytest.mark.parametrize("precision", ["u8-non-linear", "u16-linear", "float-perceptual"])
@pytest.mark.parametrize(
    ("existing", "combine"),
    [
        ("intersect", lambda old, new: np.minimum(old, new)),
        ("add", lambda old, new: np.minimum(old.astype(np.int64) + new, 65535)),
    ],
)
def test_an_existing_mask_is_combined_as_asked(
    gimp: Gimp, ramp_worker: RampWorker, precision: str, existing: str, combine: Combine
) -> None:
    _, layer = gimp.call("gimp_kinds.make", layer_type="rgba-image", precision=precision)
    cut(gimp, layer)
    new = mask_levels(gimp, layer)
    gimp.call("gimp_kinds.turn_mask", layer=layer)
    old = mask_levels(gimp, layer)
    assert (old != new).any()
    cut(gimp, layer, **{"existing-mask": existing})
    difference = mask_levels(gimp, layer).astype(np.int64) - combine(old, new)
    assert np.abs(difference).max() <= (1 if precision.startswith("float") else 0)


def mask_levels(gimp: Gimp, layer: int) -> npt.NDArray[np.uint16]:
    values = gimp.call("gimp_documents.mask_bytes", layer=layer, babl_format="Y u16")
    return np.frombuffer(bytes.fromhex(values), np.uint16)


@pytest.mark.parametrize("code", ["model-missing", "storage", "memory", "version", "picture"])
def test_an_error_of_the_engine_is_shown_with_its_hint_and_changes_nothing(
    gimp: Gimp, ramp_worker: RampWorker, code: str
) -> None:
    image, layer = gimp.call("gimp_kinds.make", layer_type="rgba-image")
    gimp.call("gimp_kinds.add_mask", layer=layer)
    before = gimp.call("gimp_documents.state", image=image)
    ramp_worker.failure = BridgeError(code, f"What is wrong: {code}.", f"What to do: {code}.")
    answer = gimp.call("gimp_commands.remove_background", layer=layer)
    assert answer["status"] == "execution-error"
    assert answer["error"].endswith(f"What is wrong: {code}.\nWhat to do: {code}.")
    assert gimp.call("gimp_documents.state", image=image) == before
