"""Raises a model to the version of ONNX's operators that has DeformConv.

The same node may mean something else in a later version. Where a graph has a node of which that
is not known, it stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from localmatte.onnx.schema import attribute, opset, tensor

OLDEST, NEWEST = 12, 19
"""From which version a model can be raised, and to which."""

_SAME = """
Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh BitShift Cast CastLike Ceil Celu Clip
Compress Concat Constant ConstantOfShape Conv ConvInteger ConvTranspose Cos Cosh CumSum
DepthToSpace DequantizeLinear Det Div Dropout DynamicQuantizeLinear Einsum Elu Equal Erf Exp
Expand EyeLike Flatten Floor Gather GatherElements GatherND Gemm GlobalAveragePool GlobalLpPool
GlobalMaxPool Greater GreaterOrEqual GridSample GroupNormalization HardSigmoid HardSwish Identity
InstanceNormalization IsInf IsNaN LRN LayerNormalization LeakyRelu Less LessOrEqual Log
LpNormalization MatMul MatMulInteger Max MaxPool MaxUnpool Mean MeanVarianceNormalization Min Mish
Mod Mul Neg NonMaxSuppression NonZero Not OneHot Or PRelu Pad Pow QLinearConv QLinearMatMul
QuantizeLinear Range Reciprocal Relu Reshape ReverseSequence Round ScatterElements ScatterND Selu
Shape Shrink Sigmoid Sign Sin Sinh Size Slice Softplus Softsign SpaceToDepth Sqrt Sub Sum Tan Tanh
ThresholdedRelu Tile TopK Transpose Trilu Where Xor
"""
SAME = frozenset(_SAME.split())
"""The operators that only took more types, inputs or attributes on in between."""

Change = Callable[[Any, int, Any], bool]
"""Brings a node of an older version into the newest one's words; false where that is not sure."""


def raised(model: Any) -> bool:
    """Raise a model, all of whose nodes keep their meaning; say whether it has DeformConv now.

    Args:
        model: The whole model; unchanged where the answer is no.
    """
    old = opset(model)
    if old >= NEWEST:
        return True
    trial = type(model)()
    trial.CopyFrom(model)
    if old < OLDEST or not all(_raise(node, old, trial.graph) for node in trial.graph.node):
        return False
    for entry in trial.opset_import:
        if not entry.domain:
            entry.version = NEWEST
    model.CopyFrom(trial)
    return True


def _raise(node: Any, old: int, graph: Any) -> bool:
    if any(entry.HasField("g") for entry in node.attribute):
        return False
    if node.domain or node.op_type in SAME:
        return True
    change = CHANGES.get(node.op_type)
    return change is not None and change(node, old, graph)


def _axes_as_input(since: int) -> Change:
    def change(node: Any, old: int, graph: Any) -> bool:
        if old < since:
            _as_input(node, "axes", graph)
        return True

    return change


def _as_input(node: Any, name: str, graph: Any) -> None:
    """Give a node as its second input what was an attribute."""
    numbers = attribute(node, name)
    if numbers is None:
        return
    _drop(node, name)
    graph.initializer.append(tensor(f"{node.output[0]}/{name}", np.array(numbers, np.int64)))
    node.input.append(f"{node.output[0]}/{name}")


def _split(node: Any, old: int, graph: Any) -> bool:
    if old < 13:
        _as_input(node, "split", graph)
    if old < 18 and len(node.input) < 2:
        node.attribute.add(name="num_outputs", i=len(node.output), type=2)
    return True


def _softmax(node: Any, old: int, _graph: Any) -> bool:
    # It used to take all axes from the given one on together.
    return old >= 13 or attribute(node, "axis", 1) == -1


def _batch_normalization(node: Any, _old: int, _graph: Any) -> bool:
    return len(node.output) == 1


def _average_pool(node: Any, _old: int, _graph: Any) -> bool:
    # Version 19 changed what windows beyond the edge divide by.
    return not attribute(node, "ceil_mode", 0)


def _resize(node: Any, old: int, _graph: Any) -> bool:
    mode = attribute(node, "coordinate_transformation_mode", b"half_pixel")
    return old >= 13 or mode != b"tf_half_pixel_for_nn"


def _roi_align(node: Any, old: int, _graph: Any) -> bool:
    if old < 16:
        node.attribute.add(name="coordinate_transformation_mode", s=b"output_half_pixel", type=3)
    return True


def _drop(node: Any, name: str) -> None:
    for number, entry in enumerate(node.attribute):
        if entry.name == name:
            del node.attribute[number]
            return


CHANGES: dict[str, Change] = {
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_normalization,
    "Hardmax": _softmax,
    "LogSoftmax": _softmax,
    "Resize": _resize,
    "RoiAlign": _roi_align,
    "Softmax": _softmax,
    "Split": _split,
    "Squeeze": _axes_as_input(13),
    "Unsqueeze": _axes_as_input(13),
    "ReduceSum": _axes_as_input(13),
    **dict.fromkeys(
        (
            "ReduceL1",
            "ReduceL2",
            "ReduceLogSum",
            "ReduceLogSumExp",
            "ReduceMax",
            "ReduceMean",
            "ReduceMin",
            "ReduceProd",
            "ReduceSumSquare",
        ),
        _axes_as_input(18),
    ),
}
"""The operators that changed in between."""
