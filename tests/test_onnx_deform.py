"""Deformable convolutions exported as gathers: recognised, written anew, and equal."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator

from localmatte.onnx import forms
from localmatte.onnx.optimise import Light
from localmatte.onnx.prepare import Target, prepared
from localmatte.providers import CPU
from tests.deformable import FAULTS, Exported

pytestmark = pytest.mark.usefixtures("home")

NATIVE, ROWS = Target(cpu=True, native=True), Target(native=False)
FORMS = pytest.mark.parametrize("target", [NATIVE, ROWS], ids=lambda target: target.name)


def light(file: Path, exported: Exported, target: Target) -> Light:
    """The network, prepared."""
    return prepared(exported.model(), file, file.stem, 0, target)


def operators(content: bytes) -> Counter[str]:
    return Counter(node.op_type for node in onnx.load_from_string(content).graph.node)


def run(light: Light, pixels: NDArray[Any]) -> NDArray[Any]:
    session = CPU.session(light)
    kind = np.float16 if session.get_inputs()[0].type == "tensor(float16)" else np.float32
    (found,) = session.run(None, {"picture": pixels.astype(kind)})
    return np.asarray(found)


def reference(exported: Exported, pixels: NDArray[Any]) -> NDArray[Any]:
    """What ONNX's own evaluator makes of the file as it was exported."""
    # Its GatherElements takes no more than 64 numbers; both gathers read the same pixels.
    exported = replace(exported, gather="GatherND")
    network = ReferenceEvaluator(onnx.load_from_string(exported.model()))
    return np.asarray(network.run(None, {"picture": pixels})[0])


def is_written_anew(content: bytes, target: Target) -> bool:
    kinds = operators(content)
    gathers = kinds["GatherND"] + kinds["GatherElements"]
    return not gathers and bool(kinds["DeformConv"] if target.native else kinds["Gather"])


GEOMETRIES = [
    {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    for kernel, stride, padding, dilation in product(
        [(1, 1), (3, 3), (2, 3)], [(1, 1), (2, 1)], [(0, 0), (1, 2)], [(1, 1), (2, 1)]
    )
    if kernel != (1, 1) or dilation == (1, 1)
]
KINDS = [
    {"groups": groups, "offset_groups": offset_groups, "modulated": modulated, "bias": modulated}
    for groups, offset_groups, modulated in product([1, 2], [1, 2, 4], [True, False])
]


@FORMS
@pytest.mark.parametrize("gather", ["GatherND", "GatherElements"])
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_every_geometry_is_written_anew_and_gives_the_same(
    geometry: dict[str, Any], gather: str, target: Target, tmp_path: Path
) -> None:
    exported = Exported(gather=gather, **geometry)
    found = light(tmp_path / "file.onnx", exported, target)
    assert is_written_anew(found.content, target)
    pixels = exported.pixels()
    np.testing.assert_allclose(run(found, pixels), reference(exported, pixels), atol=1e-5)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_a_large_one_is_done_a_row_at_a_time_and_gives_the_same(
    geometry: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "MOST_WRITTEN_DOWN", 0)
    exported = Exported(**geometry, modulated=geometry["stride"] == (1, 1), bias=True)
    found = light(tmp_path / "file.onnx", exported, NATIVE)
    tall, reach = geometry["kernel"][0], (exported.places[0] - 1) * geometry["stride"][0] + 1
    # A row of the kernel sees no fewer places than the picture has only with padding.
    expected = tall if reach >= exported.sides[0] else 1
    assert operators(found.content)["DeformConv"] == expected
    pixels = exported.pixels()
    np.testing.assert_allclose(run(found, pixels), reference(exported, pixels), atol=1e-5)


@FORMS
@pytest.mark.parametrize("slim", [False, True], ids=["plain", "slim"])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_kind_is_written_anew_and_gives_the_same(
    kind: dict[str, Any], slim: bool, target: Target, tmp_path: Path
) -> None:
    exported = Exported(slim=slim, as_nodes=not slim, kernel=(3, 2), **kind)
    found = light(tmp_path / "file.onnx", exported, target)
    assert is_written_anew(found.content, target)
    pixels = exported.pixels()
    np.testing.assert_allclose(run(found, pixels), reference(exported, pixels), atol=1e-5)


@FORMS
@pytest.mark.parametrize("gather", ["GatherND", "GatherElements"])
@pytest.mark.parametrize("fault", FAULTS)
def test_what_only_looks_like_one_stays_as_it_is(
    fault: str, gather: str, target: Target, tmp_path: Path
) -> None:
    exported = Exported(fault=fault, gather=gather, sides=(10, 10))
    found = light(tmp_path / "file.onnx", exported, target)
    assert operators(found.content)[gather] == (3 if fault == "forgets a corner" else 4)
    pixels = exported.pixels()
    np.testing.assert_allclose(run(found, pixels), reference(exported, pixels), atol=1e-5)
