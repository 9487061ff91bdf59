"""What is computed several times is computed once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from localmatte.onnx.fold import without_repeats
from localmatte.onnx.schema import parse

make = helper.make_node
PIXELS = np.random.default_rng(0).standard_normal((2, 3), np.float32)


def _model(*nodes: Any, outputs: tuple[str, ...] = ("out",)) -> onnx.ModelProto:
    graph = helper.make_graph(
        list(nodes),
        "repeats",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _left(model: onnx.ModelProto) -> Counter[str]:
    """Which operators are left, after a check that the results are the same."""
    message = parse(model.SerializeToString())
    without_repeats(message.graph)
    found = onnx.load_from_string(message.SerializeToString())
    for given, expected in zip(_run(found), _run(model), strict=True):
        np.testing.assert_array_equal(given, expected)
    return Counter(node.op_type for node in found.graph.node)


def _run(model: onnx.ModelProto) -> list[Any]:
    return list(ReferenceEvaluator(model).run(None, {"x": PIXELS}))


def _constant(name: str, number: float) -> Any:
    array = numpy_helper.from_array(np.array(number, np.float32), f"value of {name}")
    array.name = ""
    return make("Constant", [], [name], value=array)


def test_chains_that_are_alike_become_one() -> None:
    model = _model(
        _constant("two", 2),
        make("Mul", ["x", "two"], ["a"]),
        make("Exp", ["a"], ["b"]),
        _constant("again", 2),
        make("Mul", ["x", "again"], ["c"]),
        make("Exp", ["c"], ["d"]),
        make("Add", ["b", "d"], ["out"]),
    )
    assert _left(model) == {"Constant": 1, "Mul": 1, "Exp": 1, "Add": 1}


def test_what_differs_in_a_number_an_input_or_an_attribute_stays() -> None:
    model = _model(
        _constant("two", 2),
        _constant("three", 3),
        make("Sub", ["x", "two"], ["a"]),
        make("Sub", ["two", "x"], ["b"]),
        make("Softmax", ["a"], ["c"], axis=0),
        make("Softmax", ["a"], ["d"], axis=1),
        make("Sum", ["b", "c", "d", "three"], ["out"]),
    )
    assert _left(model) == {"Constant": 2, "Sub": 2, "Softmax": 2, "Sum": 1}


def test_outputs_keep_their_names() -> None:
    model = _model(
        make("Exp", ["x"], ["first"]), make("Exp", ["x"], ["out"]), outputs=("out", "first")
    )
    assert _left(model) == {"Exp": 2}


def test_an_output_that_only_one_of_two_nodes_gives_is_not_lost() -> None:
    model = _model(
        make("MaxPool", ["wide"], ["a"], kernel_shape=[1]),
        make("MaxPool", ["wide"], ["b", "places"], kernel_shape=[1]),
        make("Cast", ["places"], ["c"], to=TensorProto.FLOAT),
        make("Sum", ["a", "b", "c"], ["out"]),
    )
    axis = numpy_helper.from_array(np.array([0]), "axis")
    model.graph.initializer.append(axis)
    model.graph.node.insert(0, make("Unsqueeze", ["x", "axis"], ["wide"]))
    assert _left(model)["MaxPool"] == 2


def test_random_numbers_are_drawn_each_time() -> None:
    model = _model(
        make("RandomNormalLike", ["x"], ["a"]),
        make("RandomNormalLike", ["x"], ["b"]),
        make("Sub", ["a", "b"], ["out"]),
    )
    message = parse(model.SerializeToString())
    without_repeats(message.graph)
    assert len(message.graph.node) == 3


def test_what_an_inner_graph_reads_keeps_its_name() -> None:
    inner = helper.make_graph(
        [make("Identity", ["b"], ["inner"])],
        "inner",
        [],
        [helper.make_tensor_value_info("inner", TensorProto.FLOAT, None)],
    )
    yes = numpy_helper.from_array(np.array(True), "yes")
    model = _model(
        make("Exp", ["x"], ["a"]),
        make("Exp", ["x"], ["b"]),
        make("Exp", ["x"], ["c"]),
        make("If", ["yes"], ["d"], then_branch=inner, else_branch=inner),
        make("Sum", ["a", "c", "d"], ["out"]),
    )
    model.graph.initializer.append(yes)
    assert _left(model) == {"Exp": 2, "If": 1, "Sum": 1}
