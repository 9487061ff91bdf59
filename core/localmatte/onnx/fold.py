"""Reckons once what would be reckoned at each load: everything that hangs on constants alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from localmatte.onnx.optimise import read_by
from localmatte.onnx.schema import FLOAT, INT64, array_of, message, parse, tensor, value
from localmatte.onnx.skeleton import is_outside
from localmatte.onnx.wiring import Shape

LEFT_OUT = ("TransposeOptimizer", "ConstantSharing")
"""The first moves transposes into pieces that are to be recognised; the other one gives constants
new names."""

LEAST_SHARED = 1 << 10
"""Equal constants of fewer bytes are not worth a look."""

MOST_OF_A_SHAPE = 1 << 10
"""Constants of more bytes are none of those that say how a tensor is shaped."""

NEVER_ALIKE = (
    *("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"),
    *("Bernoulli", "Multinomial", "Dropout"),
)
"""Operators that may give something else each time."""


def without_repeats(graph: Any) -> None:
    """Drop nodes that compute what another one before them computes.

    Exporters write a constant or a shape anew wherever it is read: half of BiRefNet's nodes.
    ONNX Runtime finds out only after it has reckoned all of them.

    Args:
        graph: Changed in place; its outputs keep their names.
    """
    kept = {entry.name for entry in graph.output}
    for step in graph.node:
        if _has_graphs(step):
            # These read by name, and are left as they are.
            kept.update((*read_by(step), *step.output))
    first: dict[tuple[Any, ...], Any] = {}
    same: dict[str, str] = {}
    repeats: list[int] = []
    for number, step in enumerate(graph.node):
        for place, name in enumerate(step.input):
            if name in same:
                step.input[place] = same[name]
        if step.op_type in NEVER_ALIKE or kept.intersection(step.output):
            continue
        twin = first.setdefault(_described(step), step)
        if twin is not step:
            same.update(zip(step.output, twin.output, strict=True))
            repeats.append(number)
    for number in reversed(repeats):
        del graph.node[number]


def _has_graphs(step: Any) -> bool:
    return any(entry.HasField("g") for entry in step.attribute)


def _described(step: Any) -> tuple[Any, ...]:
    """What a node does, and with what; its own name and those of its outputs left out."""
    attributes = sorted(entry.SerializeToString() for entry in step.attribute)
    wanted = [bool(name) for name in step.output]
    return (step.op_type, step.domain, *step.input, *attributes, *wanted)


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

    bare, outside = without_weights(model)
    with TemporaryDirectory(dir=beside, prefix=".fold-") as folder:
        saved = Path(folder) / "folded.onnx"
        options = _quiet()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(saved)
        onnxruntime.InferenceSession(
            bare.SerializeToString(),
            options,
            ["CPUExecutionProvider"],
            disabled_optimizers=list(LEFT_OUT),
        )
        result = parse(saved.read_bytes())
    names = {each.name for each in outside}
    for number in reversed(range(len(result.graph.input))):
        if result.graph.input[number].name in names:
            del result.graph.input[number]
    result.graph.initializer.extend(outside)
    return result


def with_constants(model: Any, graph: Any) -> None:
    """Take over what was reckoned for the same model in single precision.

    ONNX Runtime's processor folds few nodes in half precision, and would put casts around the
    others.

    Args:
        model: The model in half precision; changed.
        graph: Its graph in single precision, as folded() gives it.

    Raises:
        Exception: Whatever ONNX Runtime raises where it cannot load the model.
    """
    made = {name for step in model.graph.node for name in step.output}
    constants = {each.name: each for each in graph.initializer if each.name in made}
    floats = [name for name, each in constants.items() if each.data_type == FLOAT]
    halves = {entry.name for entry in _inferred(model, floats) if entry.type == "tensor(float16)"}
    for name, constant in constants.items():
        if name in halves:
            array = array_of(constant)
            if array is None:
                continue
            constant = tensor(name, array.astype(np.float16))
        model.graph.initializer.add().CopyFrom(constant)
        made.discard(name)
    for number in reversed(range(len(model.graph.node))):
        outputs = model.graph.node[number].output
        if not made.intersection(outputs):
            del model.graph.node[number]
    _take_over_shapes(model.graph, graph)


def _take_over_shapes(half: Any, single: Any) -> None:
    """Let nodes read the constants that ONNX Runtime put into the places of computed shapes."""
    whole = {each.name: each for each in single.initializer if each.data_type == INT64}
    twins = {step.output[0]: step for step in single.node}
    for step in half.node:
        twin = twins.get(step.output[0])
        if twin is None or (twin.op_type, len(twin.input)) != (step.op_type, len(step.input)):
            continue
        for place, name in enumerate(twin.input):
            if name in whole and step.input[place] != name:
                # ONNX Runtime would call its own constants the same again.
                step.input[place] = f"{step.output[0]}/shape {place}"
                half.initializer.add().CopyFrom(whole[name])
                half.initializer[-1].name = step.input[place]


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
    return {
        entry.name: tuple(entry.shape)
        for entry in _inferred(model, names)
        if all(isinstance(side, int) for side in entry.shape)
    }


def _inferred(model: Any, names: Iterable[str]) -> list[Any]:
    """What ONNX Runtime says of some tensors: name, type and shape."""
    import onnxruntime

    bare, _ = without_weights(model, MOST_OF_A_SHAPE)
    stated = {entry.name for entry in bare.graph.output}
    bare.graph.output.extend(message("Value")(name=name) for name in set(names) - stated)
    options = _quiet()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        bare.SerializeToString(), options, ["CPUExecutionProvider"]
    )
    return list(session.get_outputs())


def without_weights(model: Any, largest: int | None = None) -> tuple[Any, list[Any]]:
    """A model that can be loaded without its large weights.

    Args:
        model: As skeleton() reads it.
        largest: How many bytes a weight may have that stays although it is at hand; None for any.

    Returns:
        A copy with inputs for the weights that lie outside or are larger, and those weights.
    """

    def leaves(each: Any) -> bool:
        return is_outside(each) or (largest is not None and len(each.raw_data) > largest)

    bare = message("Model")()
    bare.CopyFrom(model)
    outside = [each for each in bare.graph.initializer if leaves(each)]
    inside = [each for each in bare.graph.initializer if not leaves(each)]
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
    for each in graph.initializer:
        if len(each.raw_data) >= LEAST_SHARED:
            digest = hashlib.sha256(each.raw_data).digest()
            name = first.setdefault((each.data_type, *each.dims, digest), each.name)
            if name != each.name:
                same[each.name] = name
    for node in graph.node:
        for number, name in enumerate(node.input):
            if name in same:
                node.input[number] = same[name]
    for number in reversed(range(len(graph.initializer))):
        if graph.initializer[number].name in same:
            del graph.initializer[number]
