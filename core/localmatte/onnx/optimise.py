"""Makes an ONNX graph cheaper to run before it is loaded, without changing its result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from localmatte.onnx.schema import DOUBLE, FLOAT, FLOAT16, node, parse
from localmatte.onnx.skeleton import is_outside

X86 = ("x86_64", "AMD64")
"""The processors on which the forms for the CPU were measured."""

FEWEST_CHANNELS = 32
"""Splitting a convolution of fewer channels costs more than it saves."""

HAIR = 1 + 3e-8
"""Makes a factor so little larger that it is the same float32 where it is whole, and where it
is not, the size that ONNX Runtime computes from it is not cut off below the one meant. That
holds for all sides of up to 2048 pixels."""


@dataclass(frozen=True)
class Light:
    """A model ready to be loaded.

    Attributes:
        content: An ONNX file.
        half: Whether any of its weights are in half precision.
        folder: Where the file lies with those of its weights that are not in the content; None
            where its graph is the file's own.
    """

    content: bytes
    half: bool
    folder: Path | None = None


def as_published(content: bytes) -> Light:
    """A model without any change, for where the lighter one cannot be loaded.

    Args:
        content: An ONNX file without external data.

    Raises:
        google.protobuf.message.DecodeError: It is no ONNX file.
    """
    return Light(content, in_half_precision(parse(content).graph))


def in_half_precision(graph: Any) -> bool:
    """Whether any weights are in half precision."""
    return any(tensor.data_type == FLOAT16 for tensor in graph.initializer)


def prune(graph: Any, output: str | None = None) -> None:
    """Leave only the nodes and weights that one output, or any, depends on.

    Networks with supervised side outputs, such as U²-Net and ISNet, compute all of them in
    every run, wanted or not.

    Args:
        graph: Changed in place; its inputs stay.
        output: The name of the only output that is left; None for all.
    """
    left = {entry.name for entry in graph.output} if output is None else {output}
    makers = {name: node for node in graph.node for name in node.output}
    wanted: set[str] = set()
    waiting = [*left]
    while waiting:
        name = waiting.pop()
        if name and name not in wanted:
            wanted.add(name)
            if name in makers:
                waiting += read_by(makers[name])
    _keep(graph.node, lambda node: wanted.intersection(node.output))
    _keep(graph.initializer, lambda tensor: tensor.name in wanted)
    _keep(graph.output, lambda value: value.name in left)
    del graph.value_info[:]


def widen(graph: Any) -> None:
    """Make half precision single.

    A processor without arithmetic for half precision converts back and forth around the nodes.
    """
    for tensor in graph.initializer:
        if is_outside(tensor) and tensor.data_type == FLOAT16:
            # It stays half in its file.
            cast = node("Cast", [f"{tensor.name}/half"], tensor.name, to=FLOAT)
            tensor.name = cast.input[0]
            graph.node.insert(0, cast)
        else:
            _widen_tensor(tensor)
    for value in (*graph.input, *graph.output):
        if value.type.tensor_type.elem_type == FLOAT16:
            value.type.tensor_type.elem_type = FLOAT
    for step in graph.node:
        for attribute in step.attribute:
            if attribute.HasField("t"):
                _widen_tensor(attribute.t)
            if attribute.HasField("g"):
                widen(attribute.g)
            if step.op_type == "Cast" and attribute.name == "to" and attribute.i == FLOAT16:
                attribute.i = FLOAT
    del graph.value_info[:]


def split_narrow(graph: Any) -> None:
    """Split each convolution to one channel into two that cost less together.

    Blocked convolutions compute 8 or 16 channels even where one is wanted. The same result
    comes from a 1×1 convolution to one channel for each of the kernel's taps, and a second one
    that adds up the taps, each from its own place: both are linear, and both pad with zeros.
    """
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for conv in list(graph.node):
        kernel = weights.get(conv.input[1]) if conv.op_type == "Conv" else None
        if kernel is None or not _worth_splitting(conv, kernel):
            continue
        _, channels, rows, columns = kernel.dims
        values = np.frombuffer(kernel.raw_data, np.float32).reshape(channels, rows * columns)
        places = np.eye(rows * columns, dtype=np.float32)
        name = f"{conv.output[0]}/taps"
        taps = node("Conv", [conv.input[0], f"{name}/weights"], name)
        conv.input[0], conv.input[1] = name, f"{name}/places"
        graph.node.insert(list(graph.node).index(conv), taps)
        for tensor, array, dims in (
            ("weights", values.T, (rows * columns, channels, 1, 1)),
            ("places", places, (1, rows * columns, rows, columns)),
        ):
            graph.initializer.add(
                name=f"{name}/{tensor}", data_type=FLOAT, dims=dims, raw_data=array.tobytes()
            )


def enlarge_by_factors(graph: Any) -> None:
    """Tell bilinear Resize nodes by which factor to enlarge, instead of to what size.

    ONNX Runtime keeps the tensors between convolutions in blocks of channels. It can enlarge
    such blocks, but only by a whole factor; told a size, it takes the blocks apart and puts
    them together again. The factor is the size divided by the input's own, which is folded to
    a constant where the input's shape is fixed.
    """
    hair = np.array(HAIR).tobytes()
    for resize in list(graph.node):
        if resize.op_type != "Resize" or len(resize.input) < 4 or not _is_bilinear(resize):
            continue
        name = resize.output[0]
        graph.initializer.add(name=f"{name}/hair", data_type=DOUBLE, raw_data=hair)
        steps = (
            node("Shape", [resize.input[0]], f"{name}/shape"),
            node("Cast", [f"{name}/shape"], f"{name}/old", to=DOUBLE),
            node("Cast", [resize.input[3]], f"{name}/new", to=DOUBLE),
            node("Div", [f"{name}/new", f"{name}/old"], f"{name}/quotient"),
            node("Mul", [f"{name}/quotient", f"{name}/hair"], f"{name}/more"),
            node("Cast", [f"{name}/more"], f"{name}/factor", to=FLOAT),
        )
        place = list(graph.node).index(resize)
        for number, step in enumerate(steps):
            graph.node.insert(place + number, step)
        resize.input[2] = f"{name}/factor"
        del resize.input[3:]
        for attribute in resize.attribute:
            if attribute.s == b"pytorch_half_pixel":
                # The same but where a side ends as one pixel, and known in blocks.
                attribute.s = b"half_pixel"


def _is_bilinear(node: Any) -> bool:
    """Whether a Resize is bilinear along all of the tensor's axes, and nothing more."""
    names = {attribute.name: attribute.s for attribute in node.attribute}
    return names.get("mode") == b"linear" and not names.keys() & {
        "axes",
        "keep_aspect_ratio_policy",
    }


def _worth_splitting(node: Any, kernel: Any) -> bool:
    for attribute in node.attribute:
        if attribute.name == "group" and attribute.i != 1:
            return False
        if attribute.name == "strides" and max(attribute.ints) > 1:
            return False
    if kernel.data_type != FLOAT or not kernel.raw_data or len(kernel.dims) != 4:
        return False
    made, channels, rows, columns = kernel.dims
    return bool(made == 1 and channels >= FEWEST_CHANNELS and rows * columns > 1)


def read_by(node: Any) -> Iterator[str]:
    """The tensors that a node reads, those of its inner graphs included.

    Args:
        node: The node.

    Yields:
        Their names; "" for an input that is left out.
    """
    yield from node.input
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield from (value.name for value in attribute.g.output)
            for inner in attribute.g.node:
                yield from read_by(inner)


def _keep(entries: Any, wanted: Callable[[Any], object]) -> None:
    for number in reversed(range(len(entries))):
        if not wanted(entries[number]):
            del entries[number]


def _widen_tensor(tensor: Any) -> None:
    if tensor.data_type != FLOAT16:
        return
    # Halves lie in raw_data, or one by one as the low bits of int32_data.
    halves = tensor.raw_data or np.array(tensor.int32_data, np.uint16).tobytes()
    tensor.ClearField("int32_data")
    tensor.raw_data = np.frombuffer(halves, np.float16).astype(np.float32).tobytes()
    tensor.data_type = FLOAT
