"""Large tables are reckoned in portions, and give the same."""

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

from localmatte.onnx import portions
from localmatte.onnx.optimise import Light
from localmatte.onnx.prepare import Target, prepared
from localmatte.providers import CPU

pytestmark = pytest.mark.usefixtures("home")

make = helper.make_node
ON_CPU = Target(cpu=True, native=True)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of a kilobyte are large, and reckoned 512 bytes at once."""
    monkeypatch.setattr(portions, "LARGE", 1 << 10)
    monkeypatch.setattr(portions, "PORTION", 1 << 9)


class Attention:
    """Tokens in; attention of some windows and heads; the values' weighted sums out.

    Args:
        batch: The sides before the tokens: windows and heads, or heads alone.
        tokens: How many there are.
        places: Tokens as rows and columns, for relative positions as ViTDet adds them; or none.
        masked: A mask for each window, as Swin adds it, between two Reshapes.
        axis: Of the Softmax.
        shown: Whether the weights are read elsewhere as well.
        opset: Of ONNX's operators.
    """

    def __init__(
        self,
        batch: tuple[int, ...] = (6, 2),
        tokens: int = 9,
        *,
        places: tuple[int, int] | None = None,
        masked: bool = False,
        axis: int = -1,
        shown: bool = False,
        opset: int = 17,
    ) -> None:
        self._nodes: list[Any] = []
        self._tensors: list[Any] = []
        self._random = np.random.default_rng(3)
        self.shape = (*batch, tokens, 4)
        order = [*range(len(batch)), len(batch) + 1, len(batch)]
        queries, keys, values = (self._layer("x", name) for name in ("q", "k", "v"))
        table = self._op("MatMul", queries, self._op("Transpose", keys, perm=order))
        if places:
            table = self._with_places(table, queries, (*batch, *places))
        if masked:
            table = self._op("Reshape", table, self._constant([1, *batch, tokens, tokens]))
            mask = self._numbers(1, batch[0], 1, tokens, tokens)
            table = self._op("Reshape", self._op("Add", table, mask), self._sides(-1, tokens))
        weights = self._op("Softmax", table, axis=axis)
        if shown:
            self._op("MatMul", weights, values, to="sums")
            self._op("Sub", "sums", self._op("ReduceMax", weights), to="out")
        else:
            self._op("MatMul", weights, values, to="out")
        self.model = _model(self._nodes, self._tensors, self.shape, opset)

    def _layer(self, read: str, name: str) -> str:
        return self._op("MatMul", read, self._numbers(4, 4), to=name)

    def _with_places(self, table: str, queries: str, shape: tuple[int, ...]) -> str:
        *batch, rows, columns = shape
        tokens = rows * columns
        wide = self._op("Reshape", table, self._constant([*batch, rows, columns, rows, columns]))
        for side, sides in ((rows, (rows, 1)), (columns, (1, columns))):
            moved = self._op("MatMul", queries, self._numbers(4, side))
            target = self._constant([*batch, rows, columns, *sides])
            wide = self._op("Add", wide, self._op("Reshape", moved, target))
        return self._op("Reshape", wide, self._constant([*batch, tokens, tokens]))

    def _sides(self, first: int, tokens: int) -> str:
        return self._constant([first, self.shape[1], tokens, tokens])

    def _numbers(self, *shape: int) -> str:
        return self._constant(self._random.standard_normal(shape).astype(np.float32))

    def _constant(self, array: Any) -> str:
        name = f"constant {len(self._tensors)}"
        self._tensors.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def _op(self, kind: str, *read: str, to: str = "", **attributes: Any) -> str:
        name = to or f"step {len(self._nodes)}"
        self._nodes.append(make(kind, list(read), [name], **attributes))
        return name


def _model(nodes: list[Any], tensors: list[Any], shape: Any, opset: int = 17) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        tensors,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def _perceptron(pixels: int = 24, *, decomposed: bool = True) -> onnx.ModelProto:
    """Two layers, and between them the Gaussian error unit as exporters write it."""
    random = np.random.default_rng(5)
    arrays = {
        "in": random.standard_normal((4, 16)).astype(np.float32),
        "added": random.standard_normal(16).astype(np.float32),
        "back": random.standard_normal((16, 4)).astype(np.float32),
        "root": np.array(2**0.5, np.float32),
        "one": np.array(1, np.float32),
        "half": np.array(0.5, np.float32),
    }
    unit = [
        make("Div", ["wide", "root"], ["a"]),
        make("Erf", ["a"], ["b"]),
        make("Add", ["b", "one"], ["c"]),
        make("Mul", ["wide", "c"], ["d"]),
        make("Mul", ["d", "half"], ["lively"]),
    ]
    nodes = [
        make("MatMul", ["x", "in"], ["product"]),
        make("Add", ["product", "added"], ["wide"]),
        *(unit if decomposed else [make("CumSum", ["wide", "axis"], ["lively"])]),
        make("MatMul", ["lively", "back"], ["out"]),
    ]
    tensors = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    tensors.append(numpy_helper.from_array(np.array(1), "axis"))
    return _model(nodes, tensors, (1, pixels, 4))


def _light(model: onnx.ModelProto, folder: Path, target: Target = ON_CPU) -> Light:
    path = folder / "network.onnx"
    path.write_bytes(model.SerializeToString())
    with path.open("rb") as stream:
        whole = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    return prepared(whole, path, path.stem, 0, target)


def _kinds(light: Light) -> Counter[str]:
    return Counter(node.op_type for node in onnx.load_from_string(light.content).graph.node)


def _check(light: Light, model: onnx.ModelProto) -> None:
    shape = [side.dim_value for side in model.graph.input[0].type.tensor_type.shape.dim]
    x: NDArray[Any] = np.random.default_rng(7).standard_normal(shape).astype(np.float32)
    (found,) = CPU.session(light).run(["out"], {"x": x})
    (expected,) = ReferenceEvaluator(model).run(["out"], {"x": x})
    # Each library adds up in an order of its own, so what counts is the size of the largest terms.
    np.testing.assert_allclose(found, expected, atol=1e-6 * max(10, np.abs(expected).max()))


@pytest.mark.parametrize(
    ("attention", "count"),
    [
        ({}, 6),
        ({"masked": True}, 6),
        ({"batch": (2,), "tokens": 24}, 9),
        ({"batch": (1, 3), "tokens": 12}, 3),
        ({"batch": (2,), "tokens": 12, "places": (4, 3)}, 2),
        ({"batch": (8,), "tokens": 12, "places": (3, 4)}, 8),
        ({"batch": (), "tokens": 40}, 13),
    ],
    ids=str,
)
def test_attention_is_reckoned_in_portions(
    attention: dict[str, Any], count: int, tmp_path: Path
) -> None:
    model = Attention(**attention).model
    light = _light(model, tmp_path)
    assert _kinds(light)["Softmax"] == count
    _check(light, model)


def test_so_is_what_stands_between_the_layers_of_a_perceptron(tmp_path: Path) -> None:
    model = _perceptron()
    light = _light(model, tmp_path)
    assert _kinds(light)["Erf"] == 3
    _check(light, model)


@pytest.mark.parametrize(
    "attention",
    [
        {"batch": (1, 1), "axis": -2, "tokens": 24},
        {"shown": True},
        {"batch": (1, 2), "tokens": 6},
        {"opset": 12},
    ],
    ids=str,
)
def test_what_hangs_together_is_small_or_is_read_elsewhere_stays(
    attention: dict[str, Any], tmp_path: Path
) -> None:
    model = Attention(**attention).model
    light = _light(model, tmp_path)
    assert _kinds(light)["Softmax"] == 1
    _check(light, model)


def test_a_rule_that_is_wrong_is_found_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rules = {**portions.RULES, "CumSum": lambda _, along, *__: [along, None]}
    monkeypatch.setattr(portions, "RULES", rules)
    model = _perceptron(decomposed=False)
    light = _light(model, tmp_path)
    assert _kinds(light)["CumSum"] == 1
    _check(light, model)


def test_sums_along_the_pixels_stay(tmp_path: Path) -> None:
    model = _perceptron(decomposed=False)
    light = _light(model, tmp_path)
    assert _kinds(light)["CumSum"] == 1
    _check(light, model)


def test_a_card_gets_the_table_at_once(tmp_path: Path) -> None:
    light = _light(Attention().model, tmp_path, Target())
    assert _kinds(light)["Softmax"] == 1
