"""Writes a deformable convolution in the form that a provider runs well.

A form is a list of nodes and a list of tensors that stand in for the node that closed the
gathers; what led up to it is pruned where nothing else reads it.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localmatte.onnx.deform import DeformConv
from localmatte.onnx.schema import FLOAT, FLOAT16, INT32, node, tensor

Written = tuple[list[Any], list[Any]]
"""Nodes and initialisers."""

MOST_WRITTEN_DOWN = 256 << 20
"""A native convolution whose taps read more bytes is done in rows."""

MOST_PIXELS = 1 << 24
"""Up to this many, float32 numbers each of them exactly."""


class _Writer:
    """Collects nodes and tensors under names that begin with the result's."""

    def __init__(self, result: str) -> None:
        self._result = result
        self._count = 0
        self.nodes: list[Any] = []
        self.tensors: list[Any] = []

    def constant(self, array: NDArray[Any] | list[int]) -> str:
        """A tensor; a list is one of integers."""
        array = np.array(array, np.int64) if isinstance(array, list) else array
        self.tensors.append(tensor(self._name(), array))
        return str(self.tensors[-1].name)

    def op(self, kind: str, *read: str, result: str = "", **attributes: Any) -> str:
        """A node; its output, under the name that is asked for or a new one."""
        self.nodes.append(node(kind, read, result or self._name(), **attributes))
        return str(self.nodes[-1].output[0])

    def part(self, name: str, axis: int, first: int, last: int) -> str:
        """What lies along an axis between two indices."""
        ends = (self.constant([number]) for number in (first, last, axis))
        return self.op("Slice", name, *ends)

    def taps(self, name: str, group: int, first: int, last: int) -> str:
        """Some taps of one group."""
        starts, ends = self.constant([group, first]), self.constant([group + 1, last])
        return self.op("Slice", name, starts, ends, self.constant([0, 1]))

    def summed(self, names: list[str], result: str) -> str:
        """The sum of tensors, each added as soon as it is there.

        ONNX Runtime runs first what leads to the later one of two nodes; so the sums have to
        stand behind all that is summed, or all of that would be kept until the end.
        """
        total = names[0]
        for name in names[1:]:
            total = self.op("Add", name, total, result=result if name == names[-1] else "")
        return total

    def shaped(self, name: str, *shape: int) -> str:
        """The same numbers in another shape."""
        return self.op("Reshape", name, self.constant(list(shape)))

    def cast(self, name: str, kind: int, result: str = "") -> str:
        """The same numbers in another type."""
        return self.op("Cast", name, result=result, to=kind)

    def _name(self) -> str:
        self._count += 1
        return f"{self._result}/deform/{self._count}"


def native(conv: DeformConv) -> Written:
    """ONNX's own operator, from opset 19 on; places are reckoned in single precision.

    ONNX Runtime's kernels write down what all taps read before they multiply. A large
    convolution is done a row of its kernel at a time, and the rows' results are added up.
    """
    write = _Writer(conv.output)
    read = {
        "picture": conv.picture,
        "kernel": conv.kernel,
        "offset": conv.offset,
        "bias": conv.bias,
        "modulation": conv.modulation,
    }
    if conv.half:
        read = {key: name and write.cast(name, FLOAT) for key, name in read.items()}
    single = "" if conv.half else conv.output
    if _in_rows(conv):
        result = _row_by_row(write, conv, read, single)
    else:
        result = _deformed(write, conv, read, single)
    if conv.half:
        write.cast(result, FLOAT16, conv.output)
    return write.nodes, write.tensors


def _deformed(write: _Writer, conv: DeformConv, read: dict[str, str], result: str) -> str:
    """The operator itself."""
    names = [read[key] for key in ("picture", "kernel", "offset", "bias", "modulation")]
    while not names[-1]:
        names.pop()
    return write.op(
        "DeformConv",
        *names,
        result=result,
        kernel_shape=conv.kernel_shape[2:],
        strides=conv.strides,
        dilations=conv.dilations,
        pads=conv.pads,
        group=conv.groups,
        offset_group=conv.offset_groups,
    )


def _in_rows(conv: DeformConv) -> bool:
    """Whether a convolution is large, and of a kind whose rows are convolutions, too."""
    written_down = 4 * conv.sides[0] * conv.taps * prod(conv.places)
    tall = conv.kernel_shape[2] > 1 and conv.offset_groups == 1
    return tall and written_down > MOST_WRITTEN_DOWN and _below(conv) >= 0


def _below(conv: DeformConv) -> int:
    """The padding below with which one row of the kernel gives as many rows of places."""
    return (conv.places[0] - 1) * conv.strides[0] + 1 - conv.sides[1]


def _row_by_row(write: _Writer, conv: DeformConv, read: dict[str, str], result: str) -> str:
    tall, wide = conv.kernel_shape[2:]
    row = replace(
        conv,
        kernel_shape=(*conv.kernel_shape[:2], 1, wide),
        pads=(0, conv.pads[1], _below(conv), conv.pads[3]),
    )
    given: list[str] = []
    for number in range(tall):
        first = number * wide
        # Rows of places are counted without padding above.
        moved = np.zeros((1, 2 * wide, 1, 1), np.float32)
        moved[0, ::2] = number * conv.dilations[0] - conv.pads[0]
        offset = write.part(read["offset"], 1, 2 * first, 2 * (first + wide))
        modulation = read["modulation"]
        part = {
            "picture": read["picture"],
            "kernel": write.part(read["kernel"], 2, number, number + 1),
            "offset": write.op("Add", offset, write.constant(moved)),
            # It is added once.
            "bias": "" if given else read["bias"],
            "modulation": modulation and write.part(modulation, 1, first, first + wide),
        }
        given.append(_deformed(write, row, part, ""))
    return write.summed(given, result)


def rows(conv: DeformConv) -> Written:
    """Plain operators, a row of the kernel at a time: gather its taps, weigh, multiply, add up.

    Indices stay float32 until just before each gather: WebGPU has no Slice of whole numbers.
    """
    write = _Writer(conv.output)
    places = prod(conv.places)
    made, channels, tall, wide = conv.kernel_shape
    each = made // conv.groups
    corners = _corners(write, conv)
    planes = _planes(write, conv)
    kernel = write.shaped(conv.kernel, conv.groups, each, channels, tall, wide)
    kernel = write.op("Transpose", kernel, perm=[3, 0, 1, 2, 4])
    total = ""
    for row in range(tall):
        taps = [
            _gathered(write, plane, _of_row(write, corners, group, row * wide, wide, places))
            for group, plane in enumerate(planes)
        ]
        read = taps[0] if len(taps) == 1 else write.op("Concat", *taps, axis=0)
        read = write.shaped(read, conv.groups, channels * wide, places)
        weights = write.part(kernel, 0, row, row + 1)
        weights = write.shaped(weights, conv.groups, each, channels * wide)
        product = write.op("MatMul", weights, read)
        total = write.op("Add", total, product) if total else product
    total = write.shaped(total, made, places)
    if conv.bias:
        total = write.op("Add", total, write.shaped(conv.bias, made, 1))
    shape = write.constant([1, made, *conv.places])
    write.op("Reshape", total, shape, result=conv.output)
    return write.nodes, write.tensors


def writable_as_rows(conv: DeformConv) -> bool:
    """Whether float32 can hold the index of each of the picture's pixels."""
    return prod(conv.sides[1:]) <= MOST_PIXELS


def _planes(write: _Writer, conv: DeformConv) -> list[str]:
    """The pixels of each offset group's channels, channels×(H·W)."""
    channels, pixels = conv.sides[0] // conv.offset_groups, prod(conv.sides[1:])
    flat = write.shaped(conv.picture, conv.sides[0], pixels)
    if conv.offset_groups == 1:
        return [flat]
    firsts = range(0, conv.sides[0], channels)
    return [write.part(flat, 0, first, first + channels) for first in firsts]


def _corners(write: _Writer, conv: DeformConv) -> list[tuple[str, str]]:
    """The four pixels around each place: index and weight, groups×(k·l)×(h·w) float32 each.

    A pixel beside the picture is one at its edge, with the weight zero.
    """
    places = prod(conv.places)
    flat = (conv.offset_groups, conv.taps, places)
    offset = write.cast(conv.offset, FLOAT) if conv.half else conv.offset
    moved = write.shaped(offset, conv.offset_groups, conv.taps, 2, *conv.places)
    pairs = []
    for axis, side in enumerate(conv.sides[1:]):
        along = write.part(moved, 2, axis, axis + 1)
        along = write.shaped(along, conv.offset_groups, conv.taps, *conv.places)
        place = write.op("Add", along, write.constant(conv.unmoved(axis)))
        pairs.append(_pair(write, write.shaped(place, *flat), side))
    modulation = conv.modulation
    if modulation:
        modulation = write.shaped(modulation, *flat)
        modulation = write.cast(modulation, FLOAT) if conv.half else modulation
    width = write.constant(np.array(conv.sides[2], np.float32))
    found = []
    for row, above in pairs[0]:
        start = write.op("Mul", row, width)
        tall = write.op("Mul", above, modulation) if modulation else above
        for column, beside in pairs[1]:
            weight = write.op("Mul", tall, beside)
            weight = write.cast(weight, FLOAT16) if conv.half else weight
            found.append((write.op("Add", start, column), weight))
    return found


def _pair(write: _Writer, place: str, side: int) -> list[tuple[str, str]]:
    """The two pixels around a place along one axis, and their weights."""
    first, last = (write.constant(np.array(number, np.float32)) for number in (0, side - 1))
    one = write.constant(np.array(1, np.float32))
    before = write.op("Floor", place)
    rest = write.op("Sub", place, before)
    found = []
    for pixel, share in (
        (before, write.op("Sub", one, rest)),
        (write.op("Add", before, one), rest),
    ):
        kept = write.op("Clip", pixel, first, last)
        inside = write.cast(write.op("Equal", pixel, kept), FLOAT)
        found.append((kept, write.op("Mul", share, inside)))
    return found


def _of_row(
    write: _Writer, corners: list[tuple[str, str]], group: int, first: int, wide: int, places: int
) -> list[tuple[str, str]]:
    """The corners of a row of taps: index (l·h·w) and weight of each."""
    found = []
    for corner in corners:
        parts = (write.taps(name, group, first, first + wide) for name in corner)
        index, weight = (write.shaped(part, wide * places) for part in parts)
        found.append((write.cast(index, INT32), weight))
    return found


def _gathered(write: _Writer, plane: str, corners: list[tuple[str, str]]) -> str:
    """The weighted sum of the pixels at the corners, channels×(l·h·w)."""
    total = ""
    for index, weight in corners:
        pixels = write.op("Gather", plane, index, axis=1)
        weighted = write.op("Mul", pixels, weight)
        total = write.op("Add", total, weighted) if total else weighted
    return total
