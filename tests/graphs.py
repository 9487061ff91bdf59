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


def refiner(path: Path, size: int, sure: float = 1.0) -> Path:
    """A network with the inputs and outputs of ViTMatte's: it finds alpha in the red channel.

    Args:
        path: Where to write it.
        size: The sides of its input.
        sure: What it makes of the subject, where the trimap is sure of it.
    """
    constants = {"half": 0.5, "sure": sure}
    nodes = [
        helper.make_node("Constant", [], [name], value_float=value)
        for name, value in constants.items()
    ]
    nodes += [
        helper.make_node("Split", ["pixel_values"], ["red", "green", "blue", "trimap"], axis=1),
        # Pixels come as -1..1.
        helper.make_node("Mul", ["red", "half"], ["halved"]),
        helper.make_node("Add", ["halved", "half"], ["found"]),
        helper.make_node("Equal", ["trimap", "half"], ["unknown"]),
        helper.make_node("Mul", ["trimap", "sure"], ["repeated"]),
        helper.make_node("Where", ["unknown", "found", "repeated"], ["alphas"]),
    ]
    shapes = {"pixel_values": (1, 4, size, size)}, {"alphas": (1, 1, size, size)}
    return save(path, nodes, *shapes)
