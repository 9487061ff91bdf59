"""Runs quantised convolutions in single precision, which is faster wherever it was measured.

Dynamic quantisation rounds each convolution's input to 256 levels, multiplies whole numbers, and
scales the result. It makes a file small. But ONNX Runtime's processor takes twice as long for it
as for single precision, and cards hand such nodes to the processor. The weights stay as small in
their file; the rounding of what they are multiplied with goes, and so do its errors.
"""

from __future__ import annotations

from math import prod
from typing import Any

from localmatte.onnx.schema import FLOAT, node
from localmatte.onnx.wiring import Wiring


def dequantise(wiring: Wiring) -> bool:
    """Write dynamically quantised convolutions as plain ones.

    What they were made of is left for prune().

    Args:
        wiring: The graph, which is changed.

    Returns:
        Whether there were any.
    """
    graph = wiring.graph
    nodes = [new for step in graph.node for new in _instead_of(wiring, step) or [step]]
    if len(nodes) == len(graph.node):
        return False
    copies = [type(step).FromString(step.SerializeToString()) for step in nodes]
    del graph.node[:]
    graph.node.extend(copies)
    return True


def _instead_of(wiring: Wiring, scaled: Any) -> list[Any]:
    """The nodes in place of the one that scales a convolution of whole numbers; none otherwise."""
    if scaled.op_type != "Mul":
        return []
    cast, scales = (wiring.maker(name) for name in scaled.input)
    conv = cast and cast.op_type == "Cast" and wiring.maker(cast.input[0])
    if not conv or conv.op_type != "ConvInteger" or not scales or scales.op_type != "Mul":
        return []
    levels = wiring.maker(conv.input[0])
    if levels is None or levels.op_type != "DynamicQuantizeLinear" or len(conv.input) < 3:
        return []
    scale = [name for name in scales.input if name != levels.output[1]]
    if levels.output[2] != conv.input[2] or len(scale) != 1:
        return []
    # A scale for each channel would have to be laid out along the kernel's.
    one_for_all = [*scale, *conv.input[3:4]]
    if not _is_constant(wiring, conv.input[1]) or not all(
        _is_constant(wiring, name, single=True) for name in one_for_all
    ):
        return []
    result = scaled.output[0]
    nodes = [node("Cast", [conv.input[1]], f"{result}/levels", to=FLOAT)]
    if len(conv.input) > 3:
        nodes.append(node("Cast", [conv.input[3]], f"{result}/zero", to=FLOAT))
        nodes.append(node("Sub", [f"{result}/levels", f"{result}/zero"], f"{result}/centred"))
    nodes.append(node("Mul", [nodes[-1].output[0], *scale], f"{result}/kernel"))
    plain = node("Conv", [levels.input[0], f"{result}/kernel"], result)
    plain.attribute.extend(conv.attribute)
    return [*nodes, plain]


def _is_constant(wiring: Wiring, name: str, *, single: bool = False) -> bool:
    found = wiring.tensor(name)
    return found is not None and (not single or prod(found.dims) == 1)
