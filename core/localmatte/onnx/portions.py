"""Reckons large tables, such as those of attention, a portion at a time.

Attention (Vaswani et al., 2017) weighs each query against each key: a table of pairs, some hundred
megabytes where a picture has many pixels, and several of them, from the products to the weights.
What follows makes it small again. But each window, head and query is reckoned by itself. So the
same nodes can run on one portion after another, and only their results are put together. The same
goes for the pixels between the two layers of a perceptron.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import ceil, lcm, prod
from typing import Any

import numpy as np

from localmatte.onnx.deform import DRAWN, Run
from localmatte.onnx.schema import FLOAT, attribute, message, node, tensor
from localmatte.onnx.wiring import Shape, Wiring

LARGE = 64 << 20
"""Tables of fewer bytes are reckoned at once."""

PORTION = 32 << 20
"""How many bytes of a table are reckoned at once, where it can be parted so far."""

NEWER = 13
"""From this opset on Softmax runs along a single axis."""

BYTES = 4
"""Of a number: processors reckon in single precision."""

CLOSING = ("MatMul", "Gemm")
"""What makes a table small again."""

ONE_BY_ONE = (
    *("Add", "Sub", "Mul", "Div", "Where", "Cast", "Identity", "Erf", "Gelu", "Relu", "Sigmoid"),
    *("Tanh", "Sqrt", "Pow", "Exp", "Neg", "Clip"),
)
"""What reckons each number by itself, or from numbers at the same place."""


@dataclass(frozen=True)
class Along:
    """Along which axis a tensor is parted.

    Attributes:
        axis: The axis, from 0.
        each: How many of its places belong to one of the result's.
    """

    axis: int
    each: Fraction = Fraction(1)


Reads = list[Along | None]
"""How each input of a node is parted; None for one that all portions read as a whole."""


class _ImpossibleError(Exception):
    """It cannot be parted this way."""


def of_interest(graph: Any) -> set[str]:
    """The tensors whose shapes parted() asks for."""
    wiring = Wiring(graph)
    found: set[str] = set()
    for closing in graph.node:
        if closing.op_type in CLOSING:
            found.update(closing.output)
            for step in wiring.back(closing.input[:1], tuple(RULES)):
                found.update((*step.input, *step.output))
    return found & wiring.makers.keys()


def parted(wiring: Wiring, version: int, run: Run) -> None:
    """Let large tables be reckoned in portions, each only after a proof.

    The nodes that reckoned them at once are left for prune().

    Args:
        wiring: The graph, which is changed, and the shapes that are known.
        version: Of ONNX's operators that the graph has.
        run: Runs the pieces of a proof.
    """
    if version < NEWER:
        return
    writer = _Writer(wiring, run)
    nodes = [new for step in wiring.graph.node for new in writer.instead_of(step)]
    copies = [type(step).FromString(step.SerializeToString()) for step in nodes]
    del wiring.graph.node[:]
    wiring.graph.node.extend(copies)
    wiring.graph.initializer.extend(writer.tensors)


@dataclass
class _Region:
    """The nodes that run in portions.

    Attributes:
        along: The tensors that are parted, those from outside included, and how.
        nodes: In an order in which they can run.
    """

    along: dict[str, Along] = field(default_factory=dict)
    nodes: list[Any] = field(default_factory=list)

    @property
    def step(self) -> int:
        """By how many places of the result a portion may grow."""
        return lcm(*(along.each.denominator for along in self.along.values()))


class _Writer:
    """Says what stands in for the nodes of a graph.

    Attributes:
        tensors: The initialisers that the new nodes read.
    """

    def __init__(self, wiring: Wiring, run: Run) -> None:
        self._wiring = wiring
        self._run = run
        self._readers = Counter(name for step in wiring.graph.node for name in step.input)
        self._readers.update(entry.name for entry in wiring.graph.output)
        self._cut: dict[tuple[str, int, int, int], str] = {}
        self.tensors: list[Any] = []

    def instead_of(self, closing: Any) -> list[Any]:
        """The nodes in place of the one that makes a table small; itself for others."""
        if closing.op_type not in CLOSING:
            return [closing]
        shape, table = self._wiring.shape(closing.output[0]), self._size(closing.input[0])
        if not shape or table < LARGE or table < 2 * self._size(closing.output[0]):
            return [closing]
        wanted = ceil(table / PORTION)
        best: tuple[int, int, _Region] | None = None
        for axis in range(len(shape) - 1):
            region = self._region(closing, axis, table)
            most = min(shape[axis] // region.step, wanted) if region else 1
            if region and most > (best[0] if best else 1):
                best = most, axis, region
            # What lies along the first axes lies together in memory.
            if best and 4 * best[0] >= wanted:
                break
        if best is None or not self._proved(closing.output[0], *best[1:]):
            return [closing]
        return self._written(closing, *best)

    def _size(self, name: str) -> int:
        return BYTES * prod(self._wiring.shape(name) or (0,))

    def _region(self, closing: Any, axis: int, table: int) -> _Region | None:
        """What runs in portions where a result is parted along an axis; None if nothing can."""
        region = _Region()
        try:
            self._follow(region, closing, Along(axis), table)
        except _ImpossibleError:
            return None
        inside = Counter(name for step in region.nodes for name in step.input)
        made = {step.output[0] for step in region.nodes[:-1]}
        alone = all(inside[name] == self._readers[name] for name in made)
        return region if alone and len(region.nodes) > 1 else None

    def _follow(self, region: _Region, step: Any, along: Along, table: int) -> None:
        """Take a node into a region, and what leads to it as far as that is large."""
        result = step.output[0]
        if result in region.along:
            if region.along[result] != along:
                raise _ImpossibleError
            return
        region.along[result] = along
        for name, part in zip(step.input, self._reads(step, along), strict=True):
            before = self._wiring.maker(name)
            if part is None or not name:
                continue
            if before is not None and self._belongs(before, name, table):
                self._follow(region, before, part, table)
            elif region.along.setdefault(name, part) != part or self._stays_large(name, table):
                raise _ImpossibleError
        region.nodes.append(step)

    def _belongs(self, step: Any, name: str, table: int) -> bool:
        """Whether a node is to run in portions, too."""
        if step.op_type not in RULES or step.domain or self._wiring.tensor(name) is not None:
            return False
        # ONNX Runtime multiplies with what was transposed just before without transposing it.
        turned = step.op_type == "Transpose" and self._readers[name] == 1
        return turned or 2 * self._size(name) >= table

    def _stays_large(self, name: str, table: int) -> bool:
        return 2 * self._size(name) >= table and self._wiring.tensor(name) is None

    def _reads(self, step: Any, along: Along) -> Reads:
        shapes = [self._wiring.shape(name) if name else () for name in step.input]
        result = self._wiring.shape(step.output[0])
        if result is None or None in shapes:
            raise _ImpossibleError
        return RULES[step.op_type](step, along, [shape or () for shape in shapes], result)

    def _written(self, closing: Any, count: int, axis: int, region: _Region) -> list[Any]:
        """The region's nodes for each portion, and what puts the results together."""
        result = closing.output[0]
        units = (self._wiring.shape(result) or ())[axis] // region.step
        ends = [units * number // count * region.step for number in range(count + 1)]
        nodes: list[Any] = []
        for number, (first, last) in enumerate(pairwise(ends)):
            nodes += self._portion(region, number, first, last)
        names = [_named(result, number) for number in range(count)]
        return [*nodes, node("Concat", names, result, axis=axis)]

    def _proved(self, result: str, axis: int, region: _Region) -> bool:
        """Whether two small portions give what both give at once, on random numbers."""
        graph, given = self._proof(result, axis, region)
        shapes = {name: self._wiring.shape(name) for name in given}
        inputs = {name: (FLOAT, shape) for name, shape in shapes.items() if shape is not None}
        random = np.random.default_rng(0)
        numbers = {
            name: np.resize(random.standard_normal(min(DRAWN, prod(shape)), np.float32), shape)
            for name, (_, shape) in inputs.items()
        }
        wiring = Wiring(graph)
        pieces = [wiring.cut(name, inputs) for name in (_named(result, 0), result)]
        if None in pieces:
            return False
        whole, both = (self._run(piece, numbers) for piece in pieces)
        if whole is None or both is None or whole.shape != both.shape:
            return False
        return bool(np.abs(whole - both).max() <= 1e-4 * np.abs(whole).max())

    def _proof(self, result: str, axis: int, region: _Region) -> tuple[Any, set[str]]:
        """A graph with both forms of two small portions, and the names of what it is given."""
        apart = _Writer(self._wiring, self._run)
        step = region.step
        nodes = [
            *apart._portion(region, 0, 0, 2 * step),
            *apart._portion(region, 1, 0, step),
            *apart._portion(region, 2, step, 2 * step),
            node("Concat", [_named(result, 1), _named(result, 2)], result, axis=axis),
        ]
        given = {name for each in nodes for name in each.input if name}
        given -= {each.output[0] for each in nodes} | {each.name for each in apart.tensors}
        graph = message("Graph")(name="proof", node=nodes, initializer=apart.tensors)
        for name in sorted(given):
            constant = self._wiring.tensor(name)
            if constant is not None:
                graph.initializer.add().CopyFrom(constant)
                graph.initializer[-1].name = name
                given.discard(name)
        return graph, given

    def _portion(self, region: _Region, number: int, first: int, last: int) -> Iterator[Any]:
        made = {step.output[0] for step in region.nodes}
        for step in region.nodes:
            new = type(step).FromString(step.SerializeToString())
            new.name = f"{step.output[0]}/portion {number}/{step.op_type}"
            new.output[0] = _named(step.output[0], number)
            parts = self._reads(step, region.along[step.output[0]])
            for place, (name, part) in enumerate(zip(step.input, parts, strict=True)):
                if part is None or not name:
                    continue
                ends = int(first * part.each), int(last * part.each)
                if name in made:
                    new.input[place] = _named(name, number)
                else:
                    yield from self._sliced(name, part.axis, *ends)
                    new.input[place] = self._cut[name, part.axis, *ends]
            if step.op_type == "Reshape":
                new.input[1] = self._target(step, region.along[step.output[0]], first, last)
            yield new

    def _target(self, step: Any, along: Along, first: int, last: int) -> str:
        sides = list(self._wiring.shape(step.output[0]) or ())
        sides[along.axis] = int((last - first) * along.each)
        name = f"{step.output[0]}/{first} to {last}"
        return self._constant(name, np.array(sides, np.int64))

    def _sliced(self, name: str, axis: int, first: int, last: int) -> Iterator[Any]:
        """The node that cuts something out of a tensor, unless that was cut out before."""
        key = name, axis, first, last
        if key in self._cut:
            return
        cut = self._cut[key] = f"{name}/{axis}/{first} to {last}"
        array = self._wiring.constant(name)
        if array is not None:
            part = array[(*[slice(None)] * axis, slice(first, last))]
            self._constant(cut, np.ascontiguousarray(part))
            return
        ends = zip(("from", "to", "along"), (first, last, axis), strict=True)
        read = [self._constant(f"{cut}/{key}", np.array([value])) for key, value in ends]
        yield node("Slice", [name, *read], cut)

    def _constant(self, name: str, array: Any) -> str:
        self.tensors.append(tensor(name, array))
        return name


def _named(name: str, number: int) -> str:
    return f"{name}/portion {number}"


def _one_by_one(_: Any, along: Along, shapes: list[Shape], result: Shape) -> Reads:
    return [_broadcast(along, shape, result) for shape in shapes]


def _broadcast(along: Along, shape: Shape, result: Shape) -> Along | None:
    """How an input is parted whose last axes are the result's last axes."""
    axis = along.axis - (len(result) - len(shape))
    if axis < 0 or shape[axis] == 1:
        return None
    return Along(axis, along.each)


def _softmax(step: Any, along: Along, _: list[Shape], result: Shape) -> Reads:
    if along.axis == attribute(step, "axis", -1) % len(result):
        raise _ImpossibleError
    return [along]


def _matmul(_: Any, along: Along, shapes: list[Shape], result: Shape) -> Reads:
    first, second = shapes
    if min(len(first), len(second)) < 2 or along.axis == len(result) - 1:
        raise _ImpossibleError
    if along.axis == len(result) - 2:
        return [Along(len(first) - 2, along.each), None]
    return [_broadcast(along, shape, result) for shape in shapes]


def _gemm(step: Any, along: Along, shapes: list[Shape], _: Shape) -> Reads:
    added = len(shapes) > 2 and len(shapes[2]) > 1 and shapes[2][0] > 1
    if along.axis != 0 or attribute(step, "transA", 0) or added:
        raise _ImpossibleError
    return [along, *[None] * (len(shapes) - 1)]


def _transpose(step: Any, along: Along, _: list[Shape], result: Shape) -> Reads:
    turned = attribute(step, "perm", [*reversed(range(len(result)))])
    return [Along(turned[along.axis], along.each)]


def _reshape(_: Any, along: Along, shapes: list[Shape], result: Shape) -> Reads:
    """An axis of the input that begins at the same number, and holds the same, or groups of it."""
    before, side = prod(result[: along.axis]), result[along.axis]
    for axis, old in enumerate(shapes[0]):
        if prod(shapes[0][:axis]) == before and side > 1 < old:
            if old % side and side % old:
                break
            return [Along(axis, along.each * Fraction(old, side)), None]
    raise _ImpossibleError


RULES: Mapping[str, Callable[[Any, Along, list[Shape], Shape], Reads]] = {
    **dict.fromkeys(ONE_BY_ONE, _one_by_one),
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Reshape": _reshape,
    "Softmax": _softmax,
    "Transpose": _transpose,
}
"""By operator: how the inputs of a node are parted, where its result is."""
