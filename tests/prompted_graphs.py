"""Small ONNX networks that stand for those which answer clicks: same inputs, same outputs.

Their decoder finds a disc around each click on the subject, without the discs around clicks
beside it, or what lies between the corners of a box, where the picture is bright. The second of
its three masks is the good one, and it says so.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, checker, helper, numpy_helper

SIDE = 64
"""Of the network's input and masks, in pixels."""

RADIUS = 12.0
"""Of the discs, in pixels of the network's."""

SCORES = (0.3, 0.9, 0.5)
SMALL = (1, 3, 256, 256)

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
Inputs = dict[str, tuple[int, list[int | str]]]


class _Nodes:
    """Nodes and constants of a graph, added one by one."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def __call__(self, kind: str, *inputs: str | NDArray[np.generic], **attributes: object) -> str:
        names = [each if isinstance(each, str) else self._constant(each) for each in inputs]
        name = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, names, [name], **attributes))
        return name

    def named(self, source: str, name: str) -> None:
        """Give a value the name of an output."""
        self.nodes.append(helper.make_node("Identity", [source], [name]))

    def save(self, path: Path, inputs: Inputs, outputs: dict[str, list[int | str]]) -> Path:
        graph = helper.make_graph(
            self.nodes,
            "small",
            [helper.make_tensor_value_info(name, *kind) for name, kind in inputs.items()],
            [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in outputs.items()],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        checker.check_model(model)
        path.write_bytes(model.SerializeToString())
        return path

    def _constant(self, value: NDArray[np.generic]) -> str:
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        return name


def encoder(path: Path, features: int) -> Path:
    """A network that gives the picture back, so many times."""
    nodes, names = _Nodes(), [f"feature{number}" for number in range(features)]
    for name in names:
        nodes.named("picture", name)
    shape: list[int | str] = [1, 3, SIDE, SIDE]
    return nodes.save(path, {"picture": (FLOAT, shape)}, dict.fromkeys(names, shape))


def efficient_sam(path: Path) -> Path:
    """A decoder with the inputs and outputs of EfficientSAM's."""
    nodes = _Nodes()
    places = nodes("Squeeze", "batched_point_coords", _ints(0, 1))
    labels = nodes("Squeeze", "batched_point_labels", _ints(0, 1))
    masks = _masks(nodes, _shape(nodes, places, labels, "image_embeddings"))
    nodes.named(nodes("Unsqueeze", masks, _ints(0)), "output_masks")
    nodes.named(nodes("Identity", _floats([[SCORES]])), "iou_predictions")
    nodes.named(nodes("Identity", np.zeros((1, *SMALL), np.float32)), "low_res_masks")
    inputs: Inputs = {
        "image_embeddings": (FLOAT, [1, 3, SIDE, SIDE]),
        "batched_point_coords": (FLOAT, [1, 1, "points", 2]),
        "batched_point_labels": (FLOAT, [1, 1, "points"]),
        "orig_im_size": (INT64, [2]),
    }
    outputs: dict[str, list[int | str]] = {
        "output_masks": [1, 1, 3, "height", "width"],
        "iou_predictions": [1, 1, 3],
        "low_res_masks": [1, *SMALL],
    }
    return nodes.save(path, inputs, outputs)


def sam_2(path: Path, answers: int = 0) -> Path:
    """A decoder with the inputs and outputs of SAM 2's.

    Args:
        path: Where to write it.
        answers: How many points it has to have been asked about in all its runs until it finds
            anything: each small mask holds the number of points, and the one before it.
    """
    nodes = _Nodes()
    places = nodes("Squeeze", "point_coords", _ints(0))
    labels = nodes("Squeeze", "point_labels", _ints(0))
    before = nodes("ReduceMean", nodes("Mul", "mask_input", "has_mask_input"), keepdims=0)
    count = nodes("Cast", nodes("Size", labels), to=FLOAT)
    total = nodes("Add", before, count)
    shape = _shape(nodes, places, labels, "image_embeddings")
    enough = nodes("GreaterOrEqual", total, _floats(answers))
    nodes.named(_masks(nodes, nodes("Where", enough, shape, _floats(-9))), "masks")
    nodes.named(nodes("Identity", _floats([SCORES])), "iou_predictions")
    nodes.named(nodes("Expand", total, _ints(*SMALL)), "low_res_masks")
    inputs: Inputs = {
        "image_embeddings": (FLOAT, [1, 3, SIDE, SIDE]),
        "high_res_features1": (FLOAT, [1, 3, SIDE, SIDE]),
        "high_res_features2": (FLOAT, [1, 3, SIDE, SIDE]),
        "point_coords": (FLOAT, [1, "points", 2]),
        "point_labels": (FLOAT, [1, "points"]),
        "mask_input": (FLOAT, [1, 1, 256, 256]),
        "has_mask_input": (FLOAT, [1]),
        "orig_im_size": (INT64, [2]),
    }
    outputs: dict[str, list[int | str]] = {
        "masks": [1, 3, "height", "width"],
        "iou_predictions": [1, 3],
        "low_res_masks": [*SMALL],
    }
    return nodes.save(path, inputs, outputs)


def _shape(nodes: _Nodes, places: str, labels: str, features: str) -> str:
    """What is found, before a sigmoid, SIDE×SIDE, of N×2 places and N labels."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    across, down = (
        nodes("Sub", grid[None], nodes("Unsqueeze", part, _ints(2)))
        for grid, part in zip((x, y), _columns(nodes, places), strict=True)
    )
    squares = nodes("Add", nodes("Mul", across, across), nodes("Mul", down, down))
    discs = nodes("Sub", _floats(RADIUS), nodes("Sqrt", squares))
    on, beside = (_best(nodes, discs, labels, label) for label in (1, 0))
    # Within a box: right of and below its first corner, left of and above its last one.
    low = nodes("Min", across, down)
    high = nodes("Min", nodes("Neg", across), nodes("Neg", down))
    first, last = _best(nodes, low, labels, 2), _best(nodes, high, labels, 3)
    within = nodes("Add", nodes("Min", first, last), _floats(0.5))
    shown = nodes("Min", nodes("Max", on, within), nodes("Neg", beside))
    bright = nodes("Sub", nodes("ReduceMean", features, axes=[0, 1], keepdims=0), _floats(0.5))
    return nodes("Min", shown, nodes("Mul", bright, _floats(50)))


def _columns(nodes: _Nodes, places: str) -> tuple[str, str]:
    """The x and the y of N×2 places, N×1 each."""
    x, y = (nodes("Gather", places, np.array([index]), axis=1) for index in (0, 1))
    return x, y


def _best(nodes: _Nodes, planes: str, labels: str, label: int) -> str:
    """The largest of N planes at each pixel among those with a label; -9 where there are none."""
    chosen = nodes("Equal", labels, _floats(label))
    chosen = nodes("Unsqueeze", chosen, _ints(1, 2))
    return nodes("ReduceMax", nodes("Where", chosen, planes, _floats(-9)), axes=[0], keepdims=0)


def _masks(nodes: _Nodes, shape: str) -> str:
    """1×3×h×w masks of the size that was asked for, of which the second is the one found."""
    decoy = nodes("Neg", shape)
    planes = [nodes("Unsqueeze", each, _ints(0, 1)) for each in (decoy, shape, decoy)]
    masks = nodes("Concat", *planes, axis=1)
    wanted = nodes("Concat", _ints(1, 3), "orig_im_size", axis=0)
    return nodes("Resize", masks, "", "", wanted, mode="linear")


def _floats(value: object) -> NDArray[np.float32]:
    return np.array(value, np.float32)


def _ints(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64)
