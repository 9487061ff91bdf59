"""A model raised to newer operators gives what it gave, or stays as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, defs, helper, numpy_helper

from localmatte.onnx import opset
from localmatte.onnx.schema import parse

NUMBERS = np.random.default_rng(3).random((1, 4, 6, 6), np.float32) + 0.5
AXES = np.array([2, 3])


def _model(
    kind: str,
    version: int,
    tensors: dict[str, NDArray[Any]],
    outputs: int = 1,
    **attributes: Any,
) -> bytes:
    names = [f"out {number}" for number in range(outputs)]
    graph = helper.make_graph(
        [helper.make_node(kind, ["in", *tensors], names, **attributes)],
        "one",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, NUMBERS.shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names],
        [numpy_helper.from_array(array, name) for name, array in tensors.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)], ir_version=8)
    return bytes(made.SerializeToString())


def _results(content: bytes) -> list[NDArray[Any]]:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return list(session.run(None, {"in": NUMBERS}))


REDUCTIONS = [kind for kind in opset.CHANGES if kind.startswith("Reduce")]
CASES: list[tuple[str, int, dict[str, Any]]] = [
    *((kind, 12, {"axes": [2, 3]}) for kind in REDUCTIONS),
    *((kind, 17, {"keepdims": 0}) for kind in REDUCTIONS),
    ("AveragePool", 12, {"kernel_shape": [2, 2], "strides": [2, 2]}),
    ("Softmax", 12, {"axis": -1}),
    ("LogSoftmax", 12, {"axis": -1}),
    ("Hardmax", 12, {"axis": -1}),
    ("Softmax", 13, {"axis": 1}),
    ("Split", 12, {"outputs": 2, "axis": 1, "split": [1, 3]}),
    ("Split", 12, {"outputs": 2, "axis": 1}),
    ("Split", 17, {"outputs": 3, "axis": 2}),
    ("Squeeze", 12, {"axes": [0]}),
    ("Unsqueeze", 12, {"axes": [0, 5]}),
]


@pytest.mark.parametrize(("kind", "version", "attributes"), CASES, ids=str)
def test_an_operator_that_changed_gives_the_same(
    kind: str, version: int, attributes: dict[str, Any]
) -> None:
    _is_raised(_model(kind, version, {}, **attributes))


def test_a_normalisation_and_an_enlargement_give_the_same() -> None:
    four = {name: np.ones(4, np.float32) * number for number, name in enumerate("sbmv", 1)}
    _is_raised(_model("BatchNormalization", 12, four))
    none = np.zeros(0, np.float32)
    sizes = {"roi": none, "scales": np.array([1, 1, 2, 2], np.float32)}
    _is_raised(_model("Resize", 12, sizes, mode="linear"))


def test_regions_are_still_aligned_as_they_were() -> None:
    boxes = {"boxes": np.array([[0, 0, 4, 4]], np.float32), "number": np.array([0])}
    content = _model("RoiAlign", 12, boxes, output_height=2, output_width=2)
    _is_raised(content)


def _is_raised(content: bytes) -> None:
    model = parse(content)
    assert opset.raised(model)
    new = bytes(model.SerializeToString())
    # Its outputs have no shapes; the node is what is checked.
    context = onnx.checker.C.CheckerContext()
    context.ir_version, context.opset_imports = 8, {"": opset.NEWEST}
    onnx.checker.check_node(onnx.load_from_string(new).graph.node[0], context)
    assert onnx.load_from_string(new).opset_import[0].version == opset.NEWEST
    for found, expected in zip(_results(new), _results(content), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("kind", "version", "attributes"),
    [
        ("Softmax", 12, {"axis": 1}),
        ("Softmax", 12, {}),
        ("AveragePool", 17, {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1}),
        ("LpPool", 17, {"kernel_shape": [2, 2]}),
        ("Relu", 11, {}),
    ],
    ids=str,
)
def test_what_may_mean_something_else_stays_as_it_is(
    kind: str, version: int, attributes: dict[str, Any]
) -> None:
    content = _model(kind, version, {}, **attributes)
    model = parse(content)
    assert not opset.raised(model)
    assert model.SerializeToString() == parse(content).SerializeToString()


@pytest.mark.parametrize("kind", sorted(opset.SAME))
def test_an_operator_that_stays_only_took_more_on(kind: str) -> None:
    versions = sorted(
        schema.since_version
        for schema in defs.get_all_schemas_with_history()
        if schema.name == kind and not schema.domain
    )
    first = max((v for v in versions if v <= opset.OLDEST), default=versions[0])
    old = defs.get_schema(kind, first)
    for version in range(first, opset.NEWEST + 1):
        new = defs.get_schema(kind, version)
        for name, attribute in old.attributes.items():
            # Pad's mode and others took more values on; none lost its default.
            assert new.attributes[name].type == attribute.type
            assert new.attributes[name].default_value == attribute.default_value
        kept = [entry.option for entry in new.inputs[: len(old.inputs)]]
        assert kept == [entry.option for entry in old.inputs]
        assert new.min_input <= old.min_input
        assert [entry.option for entry in new.outputs] == [entry.option for entry in old.outputs]
