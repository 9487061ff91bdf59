"""Convolutions of single pixels run before what they follow, and give the same."""

from __future__ import annotations

import mmap
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from localmatte.onnx.optimise import Light
from localmatte.onnx.prepare import Target, prepared
from localmatte.providers import CPU

pytestmark = pytest.mark.usefixtures("home")

PIXELS = np.random.default_rng(0).standard_normal((1, 3, 12, 10), np.float32)
TARGETS = pytest.mark.parametrize("target", [Target(cpu=True), Target()], ids=lambda t: t.name)


def _random(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(sum(shape)).standard_normal(shape, np.float32)


def _conv(read: str, made: str, channels: tuple[int, int], kernel: int, **attributes: Any) -> Any:
    """A node, and its kernel and bias."""
    pads = {"pads": [kernel // 2] * 4} if kernel > 1 else {}
    node = helper.make_node(
        "Conv", [read, f"{made} kernel", f"{made} bias"], [made], **{**pads, **attributes}
    )
    shape = channels[1], channels[0] // attributes.get("group", 1), kernel, kernel
    return node, {f"{made} kernel": _random(*shape), f"{made} bias": _random(channels[1])}


class Network:
    """A picture in; a convolution of 3 to 8 channels, halved and enlarged, beside another one;
    put together, and made one channel.

    Args:
        changes: Attributes of a node, by what it makes.
        half: Whether all its numbers are halves.
        made: How many channels it makes in the end.
        by_scales: Whether it enlarges by factors, and not to a size.
    """

    def __init__(
        self,
        *,
        half: bool = False,
        made: int = 1,
        by_scales: bool = False,
        **changes: Any,
    ) -> None:
        self.half = half
        kind = np.float16 if half else np.float32
        steps = [
            _conv("picture", "small", (3, 8), 3, strides=[2, 2]),
            _conv("picture", "fine", (3, 6), 3),
            _conv("both", "out", (14, made), 1, **changes.pop("out", {})),
        ]
        tensors: dict[str, NDArray[Any]] = {
            "sizes": np.array([1, 8, 12, 10]),
            "scales": np.array([1, 1, 2, 2], np.float32),
        }
        for _, more in steps:
            tensors |= {name: array.astype(kind) for name, array in more.items()}
        small, fine, out = (node for node, _ in steps)
        how = {"mode": "linear", "coordinate_transformation_mode": "align_corners"}
        target = ["scales"] if by_scales else ["", "sizes"]
        nodes = [
            small,
            helper.make_node("Relu", ["small"], ["lively"]),
            helper.make_node(
                "Resize", ["lively", "", *target], ["large"], **{**how, **changes.pop("large", {})}
            ),
            fine,
            helper.make_node("Concat", ["large", "fine"], ["both"], axis=1),
            out,
        ]
        self.kind = TensorProto.FLOAT16 if half else TensorProto.FLOAT
        model = helper.make_model(
            helper.make_graph(
                nodes,
                "made",
                [helper.make_tensor_value_info("picture", self.kind, PIXELS.shape)],
                [helper.make_tensor_value_info("out", self.kind, None)],
                [numpy_helper.from_array(array, name) for name, array in tensors.items()],
            ),
            opset_imports=[helper.make_opsetid("", 17)],
            ir_version=8,
        )
        self.content = bytes(model.SerializeToString())

    def light(self, folder: Path, target: Target) -> Light:
        """Prepared, as a large file is."""
        path = folder / "network.onnx"
        path.write_bytes(self.content)
        with path.open("rb") as stream:
            whole = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        return prepared(whole, path, path.stem, 0, target)

    def expected(self) -> NDArray[Any]:
        """What ONNX's own evaluator gives."""
        network = ReferenceEvaluator(onnx.load_from_string(self.content))
        kind = np.float16 if self.half else np.float32
        return np.asarray(network.run(["out"], {"picture": PIXELS.astype(kind)})[0])


def _kinds(light: Light) -> Counter[str]:
    return Counter(node.op_type for node in onnx.load_from_string(light.content).graph.node)


def _run(light: Light) -> NDArray[Any]:
    session = CPU.session(light)
    kind = np.float16 if session.get_inputs()[0].type == "tensor(float16)" else np.float32
    return np.asarray(session.run(None, {"picture": PIXELS.astype(kind)})[0])


@TARGETS
@pytest.mark.parametrize("by_scales", [False, True])
@pytest.mark.parametrize("mode", ["linear", "nearest"])
def test_nothing_is_put_together_or_enlarged_that_becomes_one_channel(
    mode: str, by_scales: bool, target: Target, tmp_path: Path
) -> None:
    places = "align_corners" if mode == "linear" else "asymmetric"
    network = Network(
        by_scales=by_scales, large={"mode": mode, "coordinate_transformation_mode": places}
    )
    light = network.light(tmp_path, target)
    kinds = _kinds(light)
    assert (kinds["Conv"], kinds["Resize"], kinds["Add"], kinds["Concat"]) == (3, 1, 1, 0)
    graph = onnx.load_from_string(light.content).graph
    kernels = {t.name: list(t.dims) for t in graph.initializer if len(t.dims) == 4}
    # The fine convolution and that of its channels became one.
    assert sorted(kernels.values()) == [[1, 3, 3, 3], [1, 8, 1, 1], [8, 3, 3, 3]]
    np.testing.assert_allclose(_run(light), network.expected(), atol=1e-5)


def test_halves_are_moved_on_a_card_too(tmp_path: Path) -> None:
    network = Network(half=True)
    light = network.light(tmp_path, Target())
    assert light.half
    assert "Concat" not in _kinds(light)
    np.testing.assert_allclose(_run(light), network.expected(), atol=0.02)


@TARGETS
@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"made": 8}, {"Concat", "Resize"}),
        ({"out": {"strides": [2, 2]}}, {"Concat", "Resize"}),
        ({"out": {"pads": [1, 1, 1, 1]}}, {"Concat", "Resize"}),
        ({"out": {"group": 2}, "made": 2}, {"Concat", "Resize"}),
        ({"large": {"mode": "cubic"}}, {"Resize"}),
    ],
    ids=str,
)
def test_what_would_give_something_else_or_gain_nothing_stays(
    changes: dict[str, Any], left: set[str], target: Target, tmp_path: Path
) -> None:
    network = Network(**changes)
    light = network.light(tmp_path, target)
    assert left <= _kinds(light).keys()
    np.testing.assert_allclose(_run(light), network.expected(), atol=1e-4)


@TARGETS
def test_what_is_read_elsewhere_as_well_is_still_put_together(
    target: Target, tmp_path: Path
) -> None:
    network = Network()
    model = onnx.load_from_string(network.content)
    model.graph.node[-1].output[0] = "matte"
    model.graph.node.extend(
        [
            helper.make_node("ReduceMean", ["both"], ["level"], keepdims=1, axes=[1]),
            helper.make_node("Add", ["matte", "level"], ["out"]),
        ]
    )
    network.content = bytes(model.SerializeToString())
    light = network.light(tmp_path, target)
    assert _kinds(light)["Concat"] == 1
    np.testing.assert_allclose(_run(light), network.expected(), atol=1e-5)
