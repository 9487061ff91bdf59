"""Quantised convolutions run in single precision, and give what they gave but for its rounding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from localmatte import store
from localmatte.models import catalogue
from localmatte.onnx.optimise import Light
from localmatte.onnx.prepare import Target, prepared
from localmatte.providers import CPU
from tests import weights

pytestmark = pytest.mark.usefixtures("home")

PIXELS = np.random.default_rng(0).random((1, 3, 16, 16), np.float32)
ZERO, SCALE = 121, 0.004


def _quantised(levels: str = "picture zero", each: bool = False, zero: bool = True) -> bytes:
    """A network of one convolution as ONNX Runtime's tool for dynamic quantisation writes it."""
    kernel = np.random.default_rng(1).integers(0, 256, (8, 3, 3, 3), np.uint8)
    scale = np.full((8, 1, 1) if each else (), SCALE, np.float32)
    quantised = ["picture quantised", "picture scale", "picture zero"]
    read = [quantised[0], "kernel", levels, "kernel zero"][: 4 if zero else 3]
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["picture"], quantised),
        helper.make_node("Mul", ["picture scale", "kernel scale"], ["scales"]),
        helper.make_node("ConvInteger", read, ["sums"], pads=[1] * 4, dilations=[1, 1]),
        helper.make_node("Cast", ["sums"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["floats", "scales"], ["scaled"]),
        helper.make_node("Add", ["scaled", "bias"], ["out"]),
    ]
    tensors = {
        "kernel": kernel,
        "kernel zero": np.array(ZERO, np.uint8),
        "kernel scale": scale,
        "other zero": np.array(3, np.uint8),
        "bias": np.random.default_rng(2).random((1, 8, 1, 1), np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "quantised",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, PIXELS.shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    return bytes(model.SerializeToString())


def _prepared(content: bytes, target: Target) -> Light:
    return prepared(content, Path("quantised.onnx"), "quantised", 0, target)


def _kinds(light: Light) -> set[str]:
    return {node.op_type for node in onnx.load_from_string(light.content).graph.node}


def _run(light: Light) -> NDArray[Any]:
    return np.asarray(CPU.session(light).run(None, {"picture": PIXELS})[0])


@pytest.mark.parametrize("target", [Target(cpu=True), Target()], ids=lambda target: target.name)
@pytest.mark.parametrize("zero", [True, False])
def test_a_quantised_convolution_is_run_in_single_precision(target: Target, zero: bool) -> None:
    content = _quantised(zero=zero)
    light = _prepared(content, target)
    assert not _kinds(light) & {"ConvInteger", "DynamicQuantizeLinear"}
    found = _run(light)
    (expected,) = ReferenceEvaluator(onnx.load_from_string(content)).run(None, {"picture": PIXELS})
    # Half a step of the picture's 256 levels, times the sum of what it is multiplied with.
    most = 0.5 / 255 * 27 * SCALE * max(ZERO, 255 - ZERO) if zero else 0.5 / 255 * 27 * SCALE * 255
    assert 0 < np.abs(found - expected).max() <= most


@pytest.mark.parametrize("changes", [{"levels": "other zero"}, {"each": True}], ids=str)
def test_what_is_quantised_in_another_way_stays(changes: dict[str, Any]) -> None:
    content = _quantised(**changes)
    light = _prepared(content, Target(cpu=True))
    assert "ConvInteger" in _kinds(light)
    np.testing.assert_allclose(_run(light), _run(Light(content, half=False)), rtol=1e-6)


def test_no_convolution_of_the_real_weights_stays_quantised(home: Path) -> None:
    path, spec = weights.place("isnet-quint8", home), catalogue.get("isnet-quint8")
    light = prepared(store.contents(spec), path, spec.file.sha256, 0, Target(cpu=True))
    assert not _kinds(light) & {"ConvInteger", "DynamicQuantizeLinear"}
    # The weights stay in their file, a byte each.
    assert len(light.content) < spec.file.bytes / 10
