"""Reckons once what would be reckoned at each load: everything that hangs on constants alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from localmatte.onnx.schema import message, parse, value
from localmatte.onnx.skeleton import is_outside
from localmatte.onnx.wiring import Shape

LEAST_SHARED = 1 << 10
"""Equal constants of fewer bytes are not worth a look."""


def folded(model: Any, beside: Path) -> Any:
    """Put constants in place of the nodes that ONNX Runtime folds.

    Weights that lie in a file of their own are not read: they are inputs meanwhile.

    Args:
        model: As skeleton() or parse() reads it; it is not changed.
        beside: A folder for a file that lives as long as this call.

    Returns:
        A new model, with the same inputs, outputs and outside weights.

    Raises:
        OSError: The folder cannot be written, or the disk is full.
        Exception: Whatever ONNX Runtime raises where it cannot load the model.
    """
    import onnxruntime

    bare, outside = _without_weights(model)
    with TemporaryDirectory(dir=beside, prefix=".fold-") as folder:
        saved = Path(folder) / "folded.onnx"
        options = _quiet()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(saved)
        onnxruntime.InferenceSession(
            bare.SerializeToString(),
            options,
            ["CPUExecutionProvider"],
            # It moves transposes into pieces that are to be recognised.
            disabled_optimizers=["TransposeOptimizer"],
        )
        result = parse(saved.read_bytes())
    names = {tensor.name for tensor in outside}
    for number in reversed(range(len(result.graph.input))):
        if result.graph.input[number].name in names:
            del result.graph.input[number]
    result.graph.initializer.extend(outside)
    return result


def inferred_shapes(model: Any, names: Iterable[str]) -> dict[str, Shape]:
    """Ask ONNX Runtime for the shapes of some tensors, without a run.

    Args:
        model: As folded() returns it; it is not changed.
        names: The tensors; a node of the graph makes each.

    Returns:
        Shapes by the tensors' names, those of the model's outputs among them. A tensor is left
        out where one of its sides is not fixed.

    Raises:
        Exception: Whatever ONNX Runtime raises where it cannot load the model.
    """
    import onnxruntime

    bare, _ = _without_weights(model)
    stated = {entry.name for entry in bare.graph.output}
    bare.graph.output.extend(message("Value")(name=name) for name in set(names) - stated)
    options = _quiet()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        bare.SerializeToString(), options, ["CPUExecutionProvider"]
    )
    return {
        entry.name: tuple(entry.shape)
        for entry in session.get_outputs()
        if all(isinstance(side, int) for side in entry.shape)
    }


def _without_weights(model: Any) -> tuple[Any, list[Any]]:
    """The model with inputs for the weights that lie in a file of their own, and those."""
    bare = message("Model")()
    bare.CopyFrom(model)
    outside = [tensor for tensor in bare.graph.initializer if is_outside(tensor)]
    inside = [tensor for tensor in bare.graph.initializer if not is_outside(tensor)]
    bare.graph.input.extend(value(each.name, each.data_type, each.dims) for each in outside)
    del bare.graph.initializer[:]
    bare.graph.initializer.extend(inside)
    return bare, outside


def _quiet() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return options


def share(graph: Any) -> None:
    """Keep one of each set of constants that are equal: windows' masks repeat in every block."""
    first: dict[tuple[Any, ...], str] = {}
    same: dict[str, str] = {}
    for tensor in graph.initializer:
        if len(tensor.raw_data) >= LEAST_SHARED:
            digest = hashlib.sha256(tensor.raw_data).digest()
            name = first.setdefault((tensor.data_type, *tensor.dims, digest), tensor.name)
            if name != tensor.name:
                same[tensor.name] = name
    for node in graph.node:
        for number, name in enumerate(node.input):
            if name in same:
                node.input[number] = same[name]
    for number in reversed(range(len(graph.initializer))):
        if graph.initializer[number].name in same:
            del graph.initializer[number]
