"""Small networks with one deformable convolution, written as gathers the way exporters do."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Pair = tuple[int, int]


@dataclass
class Exported:
    """What is exported, and how; the faults are what no deformable convolution has.

    Attributes:
        channels: Of the picture that the convolution reads; it gives twice as many.
        gather: "GatherND" or "GatherElements".
        as_nodes: Whether constants are nodes, and not initialisers.
        slim: Whether steps that change nothing are left out, and sums are chains.
        fault: One of FAULTS, or none.
    """

    kernel: Pair = (3, 3)
    stride: Pair = (1, 1)
    padding: Pair = (1, 1)
    dilation: Pair = (1, 1)
    groups: int = 1
    offset_groups: int = 1
    channels: int = 4
    sides: Pair = (11, 9)
    modulated: bool = True
    bias: bool = False
    gather: str = "GatherND"
    as_nodes: bool = True
    slim: bool = False
    half: bool = False
    opset: int = 17
    fault: str = ""
    nodes: list[Any] = field(default_factory=list)
    tensors: list[Any] = field(default_factory=list)

    @property
    def places(self) -> Pair:
        """The output's sides."""
        found = [
            (side + 2 * pad - dilation * (kernel - 1) - 1) // stride + 1
            for side, pad, dilation, kernel, stride in zip(
                self.sides, self.padding, self.dilation, self.kernel, self.stride, strict=True
            )
        ]
        return found[0], found[1]

    def model(self) -> bytes:
        """The whole file: a picture 1×channels×sides in, the convolution's output out."""
        self.nodes.clear()
        self.tensors.clear()
        taps = prod(self.kernel)
        self._network("offset", 2 * taps * self.offset_groups)
        modulation = ""
        if self.modulated:
            self._network("raw", taps * self.offset_groups)
            modulation = self._op("Sigmoid", "raw")
        self._deformable("picture", "offset", modulation)
        kind = TensorProto.FLOAT16 if self.half else TensorProto.FLOAT
        graph = helper.make_graph(
            self.nodes,
            "exported",
            [helper.make_tensor_value_info("picture", kind, [1, self.channels, *self.sides])],
            [helper.make_tensor_value_info("out", kind, [1, 2 * self.channels, *self.places])],
            self.tensors,
        )
        opsets = [helper.make_opsetid("", self.opset)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())

    def pixels(self) -> NDArray[Any]:
        """A random picture."""
        shape = (1, self.channels, *self.sides)
        return np.random.default_rng(5).standard_normal(shape).astype(self._dtype)

    @property
    def _dtype(self) -> type[np.generic]:
        return np.float16 if self.half else np.float32

    def _network(self, result: str, made: int) -> None:
        """A convolution that gives a tensor of the places' sides."""
        random = np.random.default_rng(made)
        size = (made, self.channels, *self.kernel)
        self._op(
            "Conv",
            "picture",
            self._constant((0.7 * random.standard_normal(size)).astype(self._dtype)),
            to=result,
            strides=self.stride,
            dilations=self.dilation,
            pads=[*self.padding, *self.padding],
        )

    def _deformable(self, picture: str, offset: str, modulation: str) -> None:
        groups, taps, channels = self.offset_groups, prod(self.kernel), self.channels
        wide = (1, groups, -1, taps, *self.places)
        # The exporter pads by one where the convolution itself does not.
        pad = [amount or 1 for amount in self.padding]
        sides = [side + 2 * amount for side, amount in zip(self.sides, pad, strict=True)]
        place = self._op(
            "Add",
            self._constant(self._grid().astype(self._dtype)),
            self._reshaped(offset, 1, groups, taps, 2, *self.places),
        )
        floor = self._op("Round" if self.fault == "rounds" else "Floor", place)
        whole, rest = self._op("Cast", floor, to_=TensorProto.INT64), self._op("Sub", place, floor)
        one, number_one = self._constant(np.array(1, self._dtype)), self._constant(np.array(1))
        ends = []
        for axis in (0, 1):
            first = self._part(whole, 3, axis)
            share = self._part(rest, 3, axis)
            last = sides[axis] - (2 if self.fault == "clips early" else 1)
            limits = self._constant(np.array(0)), self._constant(np.array(last))
            second = self._op("Add", first, number_one)
            ends.append(
                [
                    (self._op("Clip", first, *limits), self._op("Sub", one, share)),
                    (self._op("Clip", second, *limits), share),
                ]
            )
        if self.fault == "columns first":
            ends.reverse()
        pads = self._constant(np.array([0, 0, *pad, 0, 0, *pad]))
        mode = "edge" if self.fault == "repeats the edge" else "constant"
        padded = self._op("Pad", picture, pads, mode=mode)
        planes = self._reshaped(padded, 1, groups, channels // groups, *sides)
        weighted = []
        for row, above in ends[0]:
            for column, beside in ends[1]:
                weight = self._reshaped(self._op("Mul", beside, above), *wide[:2], 1, *wide[3:])
                gather = self._by_place if self.gather == "GatherND" else self._by_index
                pixels = gather(planes, row, column, sides)
                weighted.append(self._op("Mul", weight, self._reshaped(pixels, *wide)))
        if self.fault == "forgets a corner":
            weighted[3] = weighted[2]
        total = self._sum(weighted)
        if modulation:
            total = self._op("Mul", total, self._reshaped(modulation, *wide[:2], 1, *wide[3:]))
        if self.fault == "clips pixels":
            total = self._op("Relu", total)
        self._closing(total)

    def _closing(self, total: str) -> None:
        tall, wide = self.kernel
        spread = self._reshaped(total, 1, self.channels, tall, wide, *self.places)
        order = [0, 1, 4, 3, 5, 2] if self.fault == "turns the kernel" else [0, 1, 4, 2, 5, 3]
        spread = self._op("Transpose", spread, perm=order)
        rows, columns = self.places
        spread = self._reshaped(spread, 1, self.channels, rows * tall, columns * wide)
        random = np.random.default_rng(1)
        size = (2 * self.channels, self.channels // self.groups, tall, wide)
        kernel = self._constant((random.standard_normal(size) / tall / wide).astype(self._dtype))
        bias = random.standard_normal(2 * self.channels).astype(self._dtype)
        names = [kernel, self._constant(bias)] if self.bias and self.slim else [kernel]
        later = self.bias and not self.slim
        result = self._op(
            "Conv",
            spread,
            *names,
            to="" if later else "out",
            group=self.groups,
            kernel_shape=self.kernel,
            strides=self.kernel,
        )
        if later:
            self._op("Add", result, self._constant(bias.reshape(1, -1, 1, 1)), to="out")

    def _grid(self) -> NDArray[Any]:
        """Where each tap looks in the padded picture, 1×1×taps×2×places."""
        found = []
        for axis in (0, 1):
            origin = 0 if self.padding[axis] else 1
            taps = np.arange(self.kernel[axis]) * self.dilation[axis]
            places = np.arange(self.places[axis]) * self.stride[axis] + origin
            shape = [1, 1, 1, 1]
            shape[axis] = shape[2 + axis] = -1
            taps = taps.reshape([-1, 1] if axis == 0 else [1, -1])
            places = places.reshape([-1, 1] if axis == 0 else [1, -1])
            found.append(
                np.broadcast_to(
                    taps[:, :, None, None] + places[None, None], (*self.kernel, *self.places)
                ).reshape(prod(self.kernel), *self.places)
            )
        grid = np.stack(found, axis=1)[None, None].astype(np.float32)
        if self.fault == "bends the grid":
            grid[..., -1, -1] += 1
        return grid

    def _by_place(self, planes: str, row: str, column: str, sides: list[int]) -> str:
        pair = [self._reshaped(name, 1, self.offset_groups, -1, 1) for name in (row, column)]
        places = self._op("Concat", *pair, axis=3)
        last = self._op("Transpose", planes, perm=[0, 1, 3, 4, 2])
        found = self._op("GatherND", last, places, batch_dims=2)
        return self._op("Transpose", found, perm=[0, 1, 3, 2])

    def _by_index(self, planes: str, row: str, column: str, sides: list[int]) -> str:
        pair = [self._reshaped(name, 1, self.offset_groups, 1, -1) for name in (row, column)]
        start = self._op("Mul", pair[0], self._constant(np.array(sides[1])))
        index = self._op("Add", start, pair[1])
        each = self.channels // self.offset_groups
        count = prod(self.kernel) * prod(self.places)
        shape = self._constant(np.array([1, self.offset_groups, each, count]))
        index = self._op("Expand", index, shape)
        flat = self._reshaped(planes, 1, self.offset_groups, each, prod(sides))
        return self._op("GatherElements", flat, index, axis=3)

    def _sum(self, names: list[str]) -> str:
        if not self.slim:
            return self._op("Sum", *names)
        total = names[0]
        for name in names[1:]:
            total = self._op("Add", name, total)
        return total

    def _part(self, name: str, axis: int, number: int) -> str:
        ends = (self._constant(np.array([value])) for value in (number, number + 1, axis))
        return self._op("Slice", name, *ends)

    def _reshaped(self, name: str, *shape: int) -> str:
        known = [side for side in shape if side != -1]
        if -1 in shape and len(shape) == 6:
            shape = tuple(
                self.channels // self.offset_groups if side == -1 else side for side in shape
            )
        assert known
        return self._op("Reshape", name, self._constant(np.array(shape)))

    def _constant(self, array: NDArray[Any]) -> str:
        name = f"constant {len(self.tensors) + len(self.nodes)}"
        tensor = numpy_helper.from_array(np.asarray(array), name)
        if self.as_nodes:
            self.nodes.append(helper.make_node("Constant", [], [name], value=tensor))
        else:
            self.tensors.append(tensor)
        return name

    def _op(self, kind: str, *read: str, to: str = "", **attributes: Any) -> str:
        name = to or f"step {len(self.tensors) + len(self.nodes)}"
        if "to_" in attributes:
            attributes["to"] = attributes.pop("to_")
        self.nodes.append(helper.make_node(kind, list(read), [name], **attributes))
        return name


FAULTS = (
    "rounds",
    "clips early",
    "columns first",
    "repeats the edge",
    "forgets a corner",
    "clips pixels",
    "turns the kernel",
    "bends the grid",
)
"""Networks that look like one and give something else."""
