"""Lets convolutions of single pixels run before what they follow, where that is smaller.

Such a convolution takes a weighted sum of channels. Of several tensors that are put together
along their channels it is the sum of one convolution of each. It gives the same whether an
enlargement comes before it or after it, since that weighs the pixels of a channel among
themselves, with weights that add up to one. And behind another convolution it is one with that.
Networks that end in "put together what was enlarged, then make one channel of it" take most of
their memory there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localmatte.onnx.schema import attribute, node, tensor
from localmatte.onnx.wiring import Wiring

Array = NDArray[Any]

Numbers = Callable[[Any], Array | None]
"""The numbers of a tensor, wherever they lie; None for an unusual kind."""

LARGEST_KERNEL = 8 << 20
"""A kernel of more bytes stays where it is: its parts would have to be stored once more."""

MODES = (b"nearest", b"linear")
"""Enlargements whose weights add up to one everywhere."""


def of_interest(graph: Any) -> set[str]:
    """The tensors whose shapes moved_up() asks for."""
    makers = {name: step for step in graph.node for name in step.output}
    found: set[str] = set()
    for conv in graph.node:
        read = [conv.input[0]] if conv.op_type == "Conv" else []
        if read and read[0] in makers and makers[read[0]].op_type == "Concat":
            read = list(makers[read[0]].input)
        for name in read:
            found.add(name)
            if name in makers and makers[name].op_type == "Resize":
                found.add(makers[name].input[0])
    return found & makers.keys()


def moved_up(wiring: Wiring, numbers: Numbers) -> None:
    """Move convolutions of single pixels before concatenations, enlargements and convolutions.

    What they followed is left for prune() where nothing else reads it.

    Args:
        wiring: The graph, which is changed, and the shapes that are known.
        numbers: Reads the kernels.
    """
    graph = wiring.graph
    mover = _Mover(wiring, numbers)
    nodes = [new for step in graph.node for new in mover.instead_of(step)]
    copies = [type(step).FromString(step.SerializeToString()) for step in nodes]
    del graph.node[:]
    graph.node.extend(copies)
    graph.initializer.extend(mover.tensors)


class _Mover:
    """Says what stands in for the nodes of a graph.

    Attributes:
        tensors: The initialisers that the new nodes read.
    """

    def __init__(self, wiring: Wiring, numbers: Numbers) -> None:
        self._wiring, self._numbers = wiring, numbers
        self._readers = Counter(name for step in wiring.graph.node for name in step.input)
        self._readers.update(entry.name for entry in wiring.graph.output)
        self.tensors: list[Any] = []

    def instead_of(self, step: Any) -> list[Any]:
        """The nodes in place of one; itself where nothing is to be gained."""
        kernel = self._kernel(step)
        if kernel is None or kernel.shape[2:] != (1, 1) or not _is_plain(step):
            return [step]
        kernel = kernel[..., 0, 0]
        parts = self._parts(step, kernel)
        if len(parts) == 1 and not self._can_follow(*parts[0]):
            return [step]
        return self._written(step, parts)

    def _kernel(self, conv: Any) -> Array | None:
        """The kernel of a convolution in one group; None where it is not at hand."""
        if conv is None or conv.op_type != "Conv" or attribute(conv, "group", 1) != 1:
            return None
        return self._constant(conv.input[1])

    def _constant(self, name: str) -> Array | None:
        # Halves that stay in their file are cast behind it.
        widened = self._wiring.kind(name) == "Cast"
        found = self._wiring.tensor(self._wiring.makers[name].input[0] if widened else name)
        if found is None or 4 * prod(found.dims) > LARGEST_KERNEL:
            return None
        array = self._numbers(found)
        return array.astype(np.float32) if widened and array is not None else array

    def _parts(self, conv: Any, kernel: Array) -> list[tuple[str, Array]]:
        """What a convolution reads, and the kernel for each; the whole if it cannot be parted."""
        made, channels = kernel.shape
        whole = [(conv.input[0], kernel)]
        concat = self._wiring.maker(conv.input[0])
        if concat is None or concat.op_type != "Concat" or attribute(concat, "axis") != 1:
            return whole
        shapes = [self._wiring.shape(name) for name in concat.input]
        # Adding up costs less than putting together only where fewer channels are made.
        if self._readers[conv.input[0]] > 1 or made * len(shapes) > channels:
            return whole
        widths = [shape[1] for shape in shapes if shape is not None and len(shape) == 4]
        if len(widths) != len(shapes) or sum(widths) != channels:
            return whole
        kernels = np.split(kernel, np.cumsum(widths)[:-1], axis=1)
        return list(zip(concat.input, kernels, strict=True))

    def _can_follow(self, name: str, kernel: Array) -> bool:
        """Whether what makes a convolution's input is better done, or joined, behind it."""
        made, channels = kernel.shape
        if self._readers[name] > 1 or made >= channels:
            return False
        step = self._wiring.maker(name)
        return self._enlarges(step) or self._kernel(step) is not None

    def _enlarges(self, step: Any) -> bool:
        if step is None or step.op_type != "Resize":
            return False
        small, large = self._wiring.shape(step.input[0]), self._wiring.shape(step.output[0])
        if not small or not large or small[:2] != large[:2] or prod(large) <= prod(small):
            return False
        cropped = attribute(step, "coordinate_transformation_mode", b"") == b"tf_crop_and_resize"
        plain = attribute(step, "mode", b"nearest") in MODES and attribute(step, "axes") is None
        return plain and not cropped

    def _written(self, conv: Any, parts: list[tuple[str, Array]]) -> list[Any]:
        """One convolution for each part, and their sum."""
        result = conv.output[0]
        bias = self._constant(conv.input[2]) if len(conv.input) > 2 else None
        if len(conv.input) > 2 and bias is None:
            return [conv]
        single = len(parts) == 1
        places = [result if single else f"{result}/part {n}" for n in range(len(parts))]
        nodes: list[Any] = []
        for place, (name, kernel) in zip(places, parts, strict=True):
            nodes += self._convolved(name, kernel, bias, place)
            # It is added once.
            bias = None
        # Behind all of them: ONNX Runtime then adds up each as soon as it is there.
        total = places[0]
        for number, place in enumerate(places[1:], 2):
            target = result if number == len(places) else f"{result}/sum {number}"
            nodes.append(node("Add", [place, total], target))
            total = target
        return nodes

    def _convolved(self, name: str, kernel: Array, bias: Array | None, place: str) -> list[Any]:
        """A convolution of one part; before its enlargement, or one with the one before it."""
        step = self._wiring.maker(name)
        if not self._can_follow(name, kernel):
            return [self._conv(name, kernel[..., None, None], bias, place)]
        if step.op_type == "Conv":
            return [self._joined(step, kernel, bias, place)]
        first = self._convolved(step.input[0], kernel, bias, f"{place}/small")
        later = type(step).FromString(step.SerializeToString())
        later.name, later.output[0] = f"{place}/Resize", place
        later.input[0] = f"{place}/small"
        if len(later.input) > 3:
            large = self._wiring.shape(name) or ()
            sizes = np.array([large[0], len(kernel), *large[2:]], np.int64)
            later.input[3] = self._tensor(f"{place}/sizes", sizes)
        return [*first, later]

    def _joined(self, before: Any, kernel: Array, bias: Array | None, place: str) -> Any:
        """Two convolutions as one."""
        first = self._kernel(before)
        assert first is not None
        single = kernel.astype(np.float32)
        whole = np.tensordot(single, first.astype(np.float32), 1).astype(kernel.dtype)
        added = self._constant(before.input[2]) if len(before.input) > 2 else None
        if added is not None:
            moved = (single @ added.astype(np.float32)).astype(kernel.dtype)
            bias = moved if bias is None else bias + moved
        later = self._conv(before.input[0], whole, bias, place)
        later.attribute.extend(before.attribute)
        return later

    def _conv(self, name: str, kernel: Array, bias: Array | None, place: str) -> Any:
        read = [name, self._tensor(f"{place}/kernel", kernel)]
        if bias is not None:
            read.append(self._tensor(f"{place}/bias", bias))
        return node("Conv", read, place)

    def _tensor(self, name: str, array: Array) -> str:
        self.tensors.append(tensor(name, array))
        return name


def _is_plain(conv: Any) -> bool:
    """Whether it neither pads nor skips pixels."""
    return not any(attribute(conv, "pads", [0])) and set(attribute(conv, "strides", [1])) == {1}
