"""Lighter graphs give what the files give: small made ones, and ISNet's real one."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from localmatte.models import catalogue
from localmatte.onnx import optimise
from localmatte.onnx.optimise import Light
from localmatte.onnx.prepare import Target, prepared
from tests import weights

pytestmark = pytest.mark.usefixtures("empty_home")

PLANE = [1, "channels", "rows", "columns"]
PIXELS = np.random.default_rng(0).standard_normal((1, 3, 24, 20), dtype=np.float32)


def _run(content: bytes, pixels: NDArray[Any] = PIXELS) -> list[NDArray[Any]]:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    dtype = np.float16 if entry.type == "tensor(float16)" else np.float32
    return list(session.run(None, {entry.name: pixels.astype(dtype)}))


def _model(nodes: list[Any], tensors: dict[str, NDArray[Any]], outputs: dict[str, Any]) -> bytes:
    half = any(array.dtype == np.float16 for array in tensors.values())
    kind = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    made = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info("in", kind, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info(name, kind, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(array, name) for name, array in tensors.items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _random(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(len(shape)).standard_normal(shape, dtype=np.float32)


def _two_headed(dtype: type = np.float32, **attributes: Any) -> bytes:
    """Three channels to 48, then two heads of one channel each; the second is the side output."""
    tensors = {
        "w": _random(48, 3, 3, 3),
        "head": _random(1, 48, 3, 3),
        "bias": _random(1),
        "side": _random(1, 48, 1, 1),
    }
    nodes = [
        helper.make_node("Conv", ["in", "w"], ["wide"], pads=[1, 1, 1, 1]),
        helper.make_node("Conv", ["wide", "side"], ["side out"]),
        helper.make_node("Conv", ["wide", "head", "bias"], ["out"], **attributes),
    ]
    cast: dict[str, NDArray[Any]] = {name: array.astype(dtype) for name, array in tensors.items()}
    return _model(nodes, cast, {"side out": PLANE, "out": PLANE})


def _lightened(content: bytes, output: int, *, on_cpu: bool) -> Light:
    """Prepared as a small file is, which has no graph kept beside it."""
    sha256 = hashlib.sha256(content).hexdigest()
    return prepared(content, Path(f"{sha256}.onnx"), sha256, output, Target(cpu=on_cpu))


def _nodes(content: bytes) -> list[str]:
    return [node.op_type for node in onnx.load_from_string(content).graph.node]


@pytest.mark.parametrize("output", [0, 1])
def test_only_the_wanted_output_is_left(output: int) -> None:
    whole = _two_headed(pads=[1, 1, 1, 1])
    light = _lightened(whole, output, on_cpu=False).content
    (found,) = _run(light)
    assert (found == _run(whole)[output]).all()
    assert _nodes(light) == ["Conv", "Conv"]
    assert len(onnx.load_from_string(light).graph.initializer) == (2 if output == 0 else 3)


@pytest.mark.parametrize(
    "attributes",
    [
        {"pads": [1, 1, 1, 1]},
        {"pads": [2, 2, 2, 2], "dilations": [2, 2]},
        {"pads": [0, 1, 2, 0]},
        {"auto_pad": "SAME_UPPER"},
    ],
)
def test_a_convolution_to_one_channel_is_split(attributes: dict[str, Any]) -> None:
    whole = _two_headed(**attributes)
    light = _lightened(whole, 1, on_cpu=True).content
    assert _nodes(light) == ["Conv"] * 3
    np.testing.assert_allclose(_run(light)[0], _run(whole)[1], rtol=1e-4, atol=1e-4)


def test_a_convolution_with_strides_stays_whole() -> None:
    light = _lightened(_two_headed(pads=[1, 1, 1, 1], strides=[2, 2]), 1, on_cpu=True).content
    assert _nodes(light) == ["Conv"] * 2


def test_half_precision_is_widened_on_the_cpu_alone() -> None:
    whole = _two_headed(np.float16, pads=[1, 1, 1, 1])
    expected = _run(whole)[1]
    on_gpu = onnx.load_from_string(_lightened(whole, 1, on_cpu=False).content)
    assert on_gpu.graph.input[0].type.tensor_type.elem_type == TensorProto.FLOAT16
    light = _lightened(whole, 1, on_cpu=True).content
    (found,) = _run(light)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=0.01, atol=0.05)


def test_halves_that_lie_one_by_one_are_widened() -> None:
    halves = np.array([0.5, -2.0, 65504.0], np.float16)
    shift = helper.make_tensor(
        "shift", TensorProto.FLOAT16, (1, 3, 1, 1), halves.tolist(), raw=False
    )
    model = onnx.load_from_string(
        _model(
            [helper.make_node("Add", ["in", "shift"], ["out"])],
            {"shift": np.zeros((1, 3, 1, 1), np.float16)},
            {"out": PLANE},
        )
    )
    model.graph.initializer[0].CopyFrom(shift)
    assert model.graph.initializer[0].int32_data
    (found,) = _run(_lightened(model.SerializeToString(), 0, on_cpu=True).content)
    assert (found == PIXELS + halves.astype(np.float32)[:, None, None]).all()


def test_what_an_inner_graph_reads_is_kept() -> None:
    branches = {
        name: helper.make_graph(
            [helper.make_node(kind, ["in", "factor"], [name])],
            name,
            [],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, PLANE)],
        )
        for name, kind in (("then", "Mul"), ("else", "Add"))
    }
    node = helper.make_node(
        "If", ["yes"], ["out"], then_branch=branches["then"], else_branch=branches["else"]
    )
    tensors = {"yes": np.array(True), "factor": np.array(3, np.float32)}
    light = _lightened(_model([node], tensors, {"out": PLANE}), 0, on_cpu=True).content
    assert (_run(light)[0] == PIXELS * 3).all()


def _resized(source: str, target: str, mode: str, **attributes: Any) -> bytes:
    """A picture enlarged to the size of another one that is computed from its shape."""
    nodes = [
        helper.make_node("Conv", ["in", "w"], ["wide"], pads=[1, 1, 1, 1]),
        helper.make_node("Shape", ["wide"], ["shape"]),
        helper.make_node("Mul", ["shape", "times"], ["more"]),
        helper.make_node("Div", ["more", "over"], ["size"]),
        helper.make_node(
            "Resize",
            ["wide", "", "", "size"],
            ["out"],
            mode=mode,
            coordinate_transformation_mode=source,
            **attributes,
        ),
    ]
    times = {"double": [1, 1, 2, 2], "odd": [1, 1, 37, 31], "smaller": [1, 1, 2, 2]}[target]
    over = {"double": [1, 1, 1, 1], "odd": [1, 1, 24, 20], "smaller": [1, 1, 3, 3]}[target]
    tensors = {
        "w": _random(16, 3, 3, 3),
        "times": np.array(times),
        "over": np.array(over),
    }
    return _model(nodes, tensors, {"out": PLANE})


@pytest.mark.parametrize("places", ["half_pixel", "pytorch_half_pixel", "align_corners"])
@pytest.mark.parametrize("target", ["double", "odd", "smaller"])
def test_a_resize_by_a_factor_gives_what_one_to_a_size_gives(places: str, target: str) -> None:
    whole = _resized(places, target, "linear")
    light = _lightened(whole, 0, on_cpu=True).content
    resize = next(n for n in onnx.load_from_string(light).graph.node if n.op_type == "Resize")
    assert len(resize.input) == 3
    found, expected = _run(light)[0], _run(whole)[0]
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_a_resize_that_is_not_bilinear_stays_as_it_is() -> None:
    whole = _resized("half_pixel", "double", "cubic")
    assert _nodes(_lightened(whole, 0, on_cpu=True).content) == _nodes(whole)


def test_no_size_is_cut_off_below_the_one_meant() -> None:
    sides = np.arange(1, 2049)
    for old in sides:
        factor = np.float32(sides / old * optimise.HAIR)
        assert ((factor * np.float32(old)).astype(int) == sides).all()


@pytest.mark.parametrize(("model", "within"), [("u2netp", 1e-4), ("isnet-fp16", 1 / 255)])
def test_the_real_networks_give_the_same_matte(model: str, within: float) -> None:
    content = weights.cached(model).read_bytes()
    side = catalogue.get(model).input_size
    pixels = np.random.default_rng(1).random((1, 3, side, side), np.float32)
    light = _lightened(content, 0, on_cpu=True).content
    (found,) = _run(light, pixels)
    assert np.abs(found - _run(content, pixels)[0]).max() < within


def test_half_precision_is_recognised() -> None:
    half, single = _two_headed(np.float16, pads=[1, 1, 1, 1]), _two_headed(pads=[1, 1, 1, 1])
    assert _lightened(half, 1, on_cpu=False).half
    assert not _lightened(half, 1, on_cpu=True).half
    assert not _lightened(single, 1, on_cpu=False).half
