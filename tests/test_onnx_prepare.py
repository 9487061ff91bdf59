"""What is prepared once is kept, bound to its file, and made again where anything is wrong."""

from __future__ import annotations

import errno
import hashlib
import mmap
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from localmatte import store
from localmatte.inference.network import Network
from localmatte.models import catalogue
from localmatte.onnx import deform, kept
from localmatte.onnx.optimise import Light
from localmatte.onnx.prepare import Target, prepared
from localmatte.providers import CPU
from localmatte.providers.cuda import SEARCHES, Searching
from localmatte.store import cache
from tests import weights
from tests.deformable import Exported

pytestmark = pytest.mark.usefixtures("home")

NATIVE = Target(cpu=True, native=True)


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    path = tmp_path / "network.onnx"
    path.write_bytes(Exported().model())
    return path


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _prepared(path: Path, target: Target = NATIVE) -> Light:
    return prepared(path.read_bytes(), path, _hash(path), 0, target)


def _graphs(home: Path) -> list[Path]:
    return sorted((home / "models").glob("*.graph"))


def _run(light: Light) -> Any:
    (found,) = CPU.session(light).run(None, {"picture": Exported().pixels()})
    return found


def test_a_proof_is_made_once_for_a_file(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    proofs: list[Any] = []
    real = deform.proved

    def counted(*given: Any) -> bool:
        proofs.append(given)
        return real(*given)

    monkeypatch.setattr(deform, "proved", counted)
    for _ in range(2):
        light = _prepared(exported)
        assert "DeformConv" in {n.op_type for n in onnx.load_from_string(light.content).graph.node}
    assert len(proofs) == 1


@pytest.mark.parametrize("change", ["a byte", "half of it", "another version"])
def test_a_kept_graph_that_is_not_whole_is_made_again(
    exported: Path, home: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _prepared(exported).content
    (path,) = _graphs(home)
    content = bytearray(path.read_bytes())
    if change == "a byte":
        content[-1] ^= 1
    elif change == "half of it":
        del content[len(content) // 2 :]
    else:
        monkeypatch.setattr(kept, "VERSION", 0)
    path.write_bytes(content)
    assert kept.load(_hash(exported), "cpu-native-0") is None
    assert _prepared(exported).content == whole


def test_a_kept_graph_is_bound_to_its_file(exported: Path, home: Path) -> None:
    _prepared(exported)
    (path,) = _graphs(home)
    path.replace(path.with_name(path.name.replace(_hash(exported), "0" * 64)))
    assert kept.load("0" * 64, "cpu-native-0") is None


def test_removing_a_model_removes_what_was_made_from_it(home: Path) -> None:
    spec = catalogue.get("u2netp")
    weights.place("u2netp", home)
    kept.save(spec.file.sha256, "cpu-native-0", b"graph")
    kept.save("0" * 64, "cpu-native-0", b"another's")
    assert store.remove(spec)
    assert [path.name for path in _graphs(home)] == ["0" * 64 + ".cpu-native-0.graph"]


@pytest.mark.parametrize("when", ["folding", "keeping"])
def test_a_full_disk_changes_no_result(
    exported: Path, home: Path, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _run(Light(exported.read_bytes(), half=False))

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    if when == "folding":
        monkeypatch.setattr("localmatte.onnx.fold.TemporaryDirectory", full)
    monkeypatch.setattr(kept, "replacing", full)
    light = _prepared(exported)
    np.testing.assert_allclose(_run(light), expected, atol=1e-5)
    assert _graphs(home) == []


@pytest.mark.parametrize("model", ["u2netp", "isnet-fp16"])
def test_real_weights_that_stay_in_their_file_give_the_same(
    model: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, spec = weights.place(model, home), catalogue.get(model)
    pixels = np.random.default_rng(2).random((1, 3, spec.input_size, spec.input_size), np.float32)
    monkeypatch.setattr(cache, "MAPPED", 1 << 40)
    expected = Network.open(CPU, spec, store.contents(spec)).run(pixels)
    assert _graphs(home) == []
    monkeypatch.setattr(cache, "MAPPED", 1)
    for _ in range(2):
        found = Network.open(CPU, spec, store.contents(spec)).run(pixels)
        np.testing.assert_allclose(found, expected, atol=1e-5)
    (graph,) = _graphs(home)
    assert graph.stat().st_size < path.stat().st_size / 2
    kinds = {t.data_type for t in onnx.load_from_string(graph.read_bytes()[32:]).graph.initializer}
    assert (onnx.TensorProto.FLOAT16 in kinds) == (model == "isnet-fp16")


def test_a_form_that_a_provider_does_not_take_gives_way_to_the_files_own(exported: Path) -> None:
    class Old:
        name, title = "cuda", "Old"

        def free_memory(self) -> None:
            return None

        def session(self, model: Light) -> Any:
            if model.folder:
                raise RuntimeError("DeformConv is not implemented")
            return CPU.session(model)

    spec = catalogue.get("u2netp")
    network = Network.open(Old(), spec, exported.read_bytes())  # type: ignore[arg-type]
    assert network.run(Exported().pixels()).shape[-2:] == Exported().places


def test_a_half_precision_network_reckons_places_in_single(tmp_path: Path) -> None:
    # Halves have steps of 1/8 from 128 on: what was exported reads beside its places.
    wide = Exported(sides=(8, 300), half=True, as_nodes=False)
    path = tmp_path / "half.onnx"
    path.write_bytes(wide.model())
    model = onnx.load_from_string(wide.model())
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT16:
            array = numpy_helper.to_array(tensor).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    single = CPU.session(Light(model.SerializeToString(), half=False))
    (expected,) = single.run(None, {"picture": wide.pixels().astype(np.float32)})
    # ONNX Runtime's processor reckons halves in single precision; a card does not.
    network = ReferenceEvaluator(onnx.load_from_string(wide.model()))
    (coarse,) = network.run(None, {"picture": wide.pixels()})
    for target in (Target(native=True), Target()):
        light = _prepared(path, target)
        assert light.half
        (found,) = CPU.session(light).run(None, {"picture": wide.pixels()})
        assert np.abs(found - expected).max() < np.abs(coarse - expected).max() / 4


def test_cudnn_is_asked_in_another_way_before_the_card_is_given_up() -> None:
    asked: list[str] = []

    class Card:
        def __init__(self, search: str) -> None:
            asked.append(search)

        def run(self, *_: Any) -> str:
            if asked[-1] == "HEURISTIC":
                raise RuntimeError("CUDNN_FE failure 8: HEURISTIC_QUERY_FAILED")
            if asked[-1] == "EXHAUSTIVE":
                return "found"
            raise RuntimeError("device lost")

        def get_inputs(self) -> str:
            return "inputs"

    session = Searching(Card)
    assert session.get_inputs() == "inputs"
    assert session.run(None, {}) == "found"
    assert asked == list(SEARCHES[:2])
    asked.append("lost")
    with pytest.raises(RuntimeError, match="device lost"):
        session.run(None, {})
    assert asked[:2] == list(SEARCHES[:2])


def test_halves_are_folded_for_a_card_and_stay_halves(tmp_path: Path) -> None:
    """A half-precision picture, its sides reckoned from its shape, plus a constant of floats."""
    half = onnx.TensorProto.FLOAT16
    nodes = [
        helper.make_node("Shape", ["picture"], ["shape"]),
        helper.make_node("Gather", ["shape", "rows"], ["height"]),
        helper.make_node("Concat", ["minus one", "height"], ["sides"], axis=0),
        helper.make_node("Reshape", ["picture", "sides"], ["flat"]),
        helper.make_node("ConstantOfShape", ["sides of one"], ["ones"], value=_halves([1])),
        helper.make_node("Mul", ["ones", "third"], ["thirds"]),
        helper.make_node("Add", ["flat", "thirds"], ["out"]),
    ]
    graph = helper.make_graph(
        nodes,
        "halves",
        [helper.make_tensor_value_info("picture", half, [1, 3, 8, 4])],
        [helper.make_tensor_value_info("out", half, None)],
        [
            numpy_helper.from_array(np.array([2]), "rows"),
            numpy_helper.from_array(np.array([-1]), "minus one"),
            numpy_helper.from_array(np.array([12, 8]), "sides of one"),
            numpy_helper.from_array(np.array([1 / 3], np.float16), "third"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path / "halves.onnx"
    path.write_bytes(model.SerializeToString())
    with path.open("rb") as stream:
        whole = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    light = prepared(whole, path, _hash(path), 0, Target(native=True))
    found = onnx.load_from_string(light.content).graph
    assert [node.op_type for node in found.node] == ["Reshape", "Add"]
    assert light.half
    pixels = np.random.default_rng(0).random((1, 3, 8, 4)).astype(np.float16)
    (given,) = CPU.session(light).run(None, {"picture": pixels})
    (expected,) = ReferenceEvaluator(model).run(None, {"picture": pixels})
    assert given.dtype == np.float16
    np.testing.assert_array_equal(given, expected)


def _halves(numbers: list[float]) -> Any:
    return numpy_helper.from_array(np.array(numbers, np.float16), "halves")
