"""Reads an ONNX file without its weights, which stay where they are."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localmatte.onnx.schema import DTYPES, EXTERNAL, array_of, message

SMALLEST = 1 << 16
"""Tensors of fewer bytes are read: optimisations look into some of them."""

GRAPH, INITIALIZER, RAW_DATA = 7, 5, 9
"""Field numbers of ModelProto, GraphProto and TensorProto in onnx.proto."""

Field = tuple[int, int, int, int]
"""Its number, where it begins, where its value begins, and where that ends."""


def skeleton(whole: mmap.mmap, name: str) -> Any:
    """Read a model, but for its large weights, which become places in its own file.

    Args:
        whole: An ONNX file without external data.
        name: The file's name, without a folder.

    Returns:
        A Model; tensors of SMALLEST bytes or more say the file's name, and where in it their
        numbers lie, in bytes.

    Raises:
        google.protobuf.message.DecodeError: It is no ONNX file.
        ValueError: The same.
    """
    model = message("Model")()
    for number, start, value, end in _fields(whole, 0, len(whole)):
        if number == GRAPH:
            _read_graph(model.graph, whole, value, end, name)
        else:
            model.MergeFromString(whole[start:end])
    return model


def is_outside(tensor: Any) -> bool:
    """Whether a tensor's numbers lie in a file of their own."""
    return bool(tensor.data_location == EXTERNAL)


def numbers_of(whole: bytes | mmap.mmap, tensor: Any) -> NDArray[Any] | None:
    """Read a tensor's numbers, out of its own file where they are there.

    Args:
        whole: The file.
        tensor: Of the file's model, as skeleton() or schema.parse() reads it.

    Returns:
        An array of the tensor's shape and type; None for an unusual type.
    """
    if not is_outside(tensor):
        return array_of(tensor)
    dtype = DTYPES.get(tensor.data_type)
    places = {entry.key: entry.value for entry in tensor.external_data}
    if dtype is None:
        return None
    start, length = int(places["offset"]), int(places["length"])
    return np.frombuffer(whole[start : start + length], dtype).reshape(tuple(tensor.dims))


def _read_graph(graph: Any, whole: mmap.mmap, first: int, last: int, name: str) -> None:
    for number, start, value, end in _fields(whole, first, last):
        if number == INITIALIZER and end - value >= SMALLEST:
            _read_tensor(graph.initializer.add(), whole, value, end, name)
        else:
            graph.MergeFromString(whole[start:end])


def _read_tensor(tensor: Any, whole: mmap.mmap, first: int, last: int, name: str) -> None:
    for number, start, value, end in _fields(whole, first, last):
        if number == RAW_DATA:
            tensor.data_location = EXTERNAL
            places = {"location": name, "offset": str(value), "length": str(end - value)}
            for key, text in places.items():
                tensor.external_data.add(key=key, value=text)
        else:
            tensor.MergeFromString(whole[start:end])


def _fields(whole: mmap.mmap, place: int, last: int) -> Iterator[Field]:
    """The fields of a message on the wire.

    Raises:
        ValueError: It is none.
    """
    while place < last:
        start = place
        key, place = _varint(whole, place)
        value, kind = place, key & 7
        if kind == 2:
            length, value = _varint(whole, place)
            place = value + length
        elif kind == 0:
            _, place = _varint(whole, place)
        elif kind in (1, 5):
            place += 8 if kind == 1 else 4
        else:
            raise ValueError("This is not a protocol buffer.")
        if place > last:
            raise ValueError("The file is cut off.")
        yield key >> 3, start, value, place


def _varint(whole: mmap.mmap, place: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        if place >= len(whole) or shift > 63:
            raise ValueError("The file is cut off.")
        byte = whole[place]
        number |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return number, place
