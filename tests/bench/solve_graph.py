"""The refinement's solution with its products as an ONNX graph, beside numpy's.

`python3 -m tests.bench.solve_graph` solves for alpha of a photo at the size at which the refinement
does, in turns, and prints the least and the median of each way, by the clock and in processor time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from statistics import median
from typing import Any
from unittest import mock

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper
from PIL import Image

from localmatte.inference.sessions import Sessions
from localmatte.progress import CancelToken
from localmatte.refine import WORKING_SIDE, laplacian
from localmatte.refine.closed_form import solve
from tests.bench.photo import photo
from tests.quality.methods import look

Floats = NDArray[np.float32]
WINDOW = 9
INPUTS = {"colours": 3, "share": 1, "mean": 3, "windows": 1, "own": 4, "values": 1}
INPUTS.update({f"inverse{row}": 3 for row in range(3)})


def main() -> None:
    """Measure each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    seen = look(photo(12), Sessions().get("u2netp", "cpu"))
    guide = Image.fromarray(seen.rgb)
    guide.thumbnail((WORKING_SIDE, WORKING_SIDE))
    alphas: dict[str, Floats] = {}
    taken: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for turn in range(options.rounds + 1):
        for way, products in WAYS.items():
            with products():
                wall, busy = time.perf_counter(), time.process_time()
                alphas[way] = solve(guide, seen.matte, CancelToken()).alpha
                spent = time.perf_counter() - wall, time.process_time() - busy
            # The first turn loads the graph.
            taken[way] += [(spent[0] * 1e3, spent[1] * 1e3)] if turn else []
    print(f"{'products':22}{'wall ms':>18}{'processor ms':>18}{'apart, of 255':>15}")
    for way, turns in taken.items():
        columns = (f"{median(part):.0f} ({min(part):.0f})" for part in zip(*turns, strict=True))
        apart = abs(alphas[way] - alphas["numpy"]).max() * 255
        print(f"{way:22}" + "".join(f"{column:>18}" for column in columns) + f"{apart:15.4f}")


@contextmanager
def _numpy() -> Iterator[None]:
    yield


@contextmanager
def _graph(threads: int) -> Iterator[None]:
    """Let the Laplacian multiply by the graph, tiles side by side."""
    with ThreadPoolExecutor(threads) as pool:
        run: Callable[..., Any] = map if threads == 1 else pool.map

        def joined(self: Any, work: Any, padded: Floats) -> Floats:
            if work is not laplacian._Tile.product:
                return _joined(self, work, padded)
            tiles = self._tiles
            parts = list(run(_product, tiles, [padded[tile.outer] for tile in tiles]))
            return np.concatenate([part.ravel() for part in parts] or [np.empty(0, np.float32)])

        with mock.patch.object(laplacian.MattingLaplacian, "_joined", joined):
            yield


_joined = laplacian.MattingLaplacian._joined

WAYS: dict[str, Callable[[], Any]] = {
    "numpy": _numpy,
    "graph, one thread": lambda: _graph(1),
    "graph, two threads": lambda: _graph(2),
}


def _product(tile: Any, values: Floats) -> Floats:
    feeds = getattr(tile, "feeds", None)
    if feeds is None:
        feeds = _constants(tile)
        # A tile is frozen; its constants last as long as it does.
        object.__setattr__(tile, "feeds", feeds)
    (found,) = _session().run(None, {**feeds, "values": np.ascontiguousarray(values)[None, None]})
    return np.asarray(found)


def _constants(tile: Any) -> dict[str, Floats]:
    reach = slice(laplacian.REACH, -laplacian.REACH)
    colours = tile.colours[:, reach, reach]
    planes = {
        "colours": tile.colours,
        # What pools average, over windows of nine.
        "share": WINDOW * tile.share[None],
        "mean": tile.mean,
        "windows": tile.windows[None],
        "own": WINDOW * np.concatenate([colours, np.ones_like(colours[:1])]),
        **{f"inverse{row}": tile.inverse[row] for row in range(3)},
    }
    return {name: np.ascontiguousarray(plane[None], np.float32) for name, plane in planes.items()}


@cache
def _session() -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return ort.InferenceSession(_model(), options, providers=["CPUExecutionProvider"])


def _model() -> bytes:
    """The product of one tile, as laplacian._Tile.product() has it; of any size."""
    node = helper.make_node
    pool = {"kernel_shape": [3, 3]}
    nodes = [
        node("Mul", ["colours", "values"], ["weighted"]),
        node("Concat", ["weighted", "values"], ["four"], axis=1),
        node("AveragePool", ["four"], ["pooled"], **pool),
        node("Mul", ["pooled", "share"], ["means"]),
        node("Split", ["means", "split"], ["cross", "level"], axis=1),
        node("Mul", ["mean", "level"], ["expected"]),
        node("Sub", ["cross", "expected"], ["apart"]),
        node("Split", ["apart", "single"], ["apart0", "apart1", "apart2"], axis=1),
        *(node("Mul", [f"inverse{i}", f"apart{i}"], [f"slope{i}"]) for i in range(3)),
        node("Sum", ["slope0", "slope1", "slope2"], ["slopes"]),
        node("Mul", ["slopes", "mean"], ["raised"]),
        node("ReduceSum", ["raised", "axis"], ["lift"], keepdims=1),
        node("Sub", ["level", "lift"], ["offset"]),
        node("Concat", ["slopes", "offset"], ["fit"], axis=1),
        node("AveragePool", ["fit"], ["fitted"], **pool),
        node("Mul", ["fitted", "own"], ["shares"]),
        node("ReduceSum", ["shares", "axis"], ["followed"], keepdims=1),
        node("Slice", ["values", "from", "to", "sides"], ["inner"]),
        node("Mul", ["windows", "inner"], ["all"]),
        node("Sub", ["all", "followed"], ["product"]),
    ]
    reach = laplacian.REACH
    numbers = {
        "split": [3, 1],
        "single": [1, 1, 1],
        "axis": [1],
        "from": [reach, reach],
        "to": [-reach, -reach],
        "sides": [2, 3],
    }
    graph = helper.make_graph(
        nodes,
        "product",
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, planes, None, None])
            for name, planes in INPUTS.items()
        ],
        [helper.make_tensor_value_info("product", TensorProto.FLOAT, [1, 1, None, None])],
        [
            helper.make_tensor(name, TensorProto.INT64, [len(values)], values)
            for name, values in numbers.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


if __name__ == "__main__":
    main()
