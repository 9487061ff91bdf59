"""Small ONNX networks that stand for large ones: same input, outputs and kind of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import onnx
from onnx import TensorProto, helper

Shape = Sequence[int | str]


def save(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Mapping[str, Shape],
    outputs: Mapping[str, Shape],
    kind: int = TensorProto.FLOAT,
) -> Path:
    """Write a graph with these nodes, inputs and outputs."""
    graph = helper.make_graph(
        list(nodes),
        "small",
        [helper.make_tensor_value_info(name, kind, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, kind, shape) for name, shape in outputs.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path


def mean_of_channels(
    path: Path,
    size: int | str = 32,
    decoys: int = 0,
    channels_last: bool = False,
    kind: int = TensorProto.FLOAT,
) -> Path:
    """A network whose first output is the mean of the three channels of its input.

    Args:
        path: Where to write it.
        size: The sides of its input, or a name for free ones.
        decoys: How many side outputs follow, as a U²-Net has: negated ones.
        channels_last: Whether it takes N×H×W×3.
        kind: The type of its numbers.
    """
    axis = 3 if channels_last else 1
    free = isinstance(size, str)
    height, width = ("height", "width") if free else (size, size)
    picture = [1, height, width, 3] if channels_last else [1, 3, height, width]
    plane = [1, height, width, 1] if channels_last else [1, 1, height, width]
    outputs: dict[str, Shape] = {"matte": plane}
    nodes = [helper.make_node("ReduceMean", ["picture"], ["matte"], axes=[axis], keepdims=1)]
    for number in range(decoys):
        outputs[f"side{number}"] = plane
        nodes.append(helper.make_node("Neg", ["matte"], [f"side{number}"]))
    return save(path, nodes, {"picture": picture}, outputs, kind)
