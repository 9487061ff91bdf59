"""ONNX's files as messages that can be changed.

They are protocol buffers. What is needed of their schema stands below as a table, with the field
numbers of onnx.proto; protobuf, which ONNX Runtime brings along, keeps all other fields as they
are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from numpy.typing import NDArray

FLOAT, INT32, INT64, FLOAT16, DOUBLE = 1, 6, 7, 10, 11
"""TensorProto.DataType."""

EXTERNAL = 1
"""TensorProto.DataLocation: the numbers lie in another file."""

DTYPES: dict[int, type[np.generic]] = {
    1: np.float32,
    2: np.uint8,
    3: np.int8,
    6: np.int32,
    7: np.int64,
    9: np.bool_,
    10: np.float16,
    11: np.float64,
}
"""How numpy calls a TensorProto.DataType."""

_KINDS = {np.dtype(dtype): kind for kind, dtype in DTYPES.items()}

_SPARE = {1: "float_data", 6: "int32_data", 7: "int64_data", 10: "int32_data"}
"""Where the numbers of a data type lie if not in raw_data; halves as the low bits of integers."""

_ATTRIBUTE_KINDS = {"f": 1, "i": 2, "s": 3, "t": 4, "ints": 7}
"""AttributeProto.AttributeType by the field that holds the value."""

_SCHEMA = {
    "Model": "optional int64 ir_version 1; optional Graph graph 7; repeated Opset opset_import 8",
    "Opset": "optional string domain 1; optional int64 version 2",
    "Graph": "repeated Node node 1; optional string name 2; repeated Tensor initializer 5;"
    "repeated Value input 11; repeated Value output 12; repeated Value value_info 13",
    "Node": "repeated string input 1; repeated string output 2; optional string name 3;"
    "optional string op_type 4; repeated Attribute attribute 5; optional string domain 7",
    "Attribute": "optional string name 1; optional float f 2; optional int64 i 3;"
    "optional bytes s 4; optional Tensor t 5; optional Graph g 6; repeated int64 ints 8;"
    "optional int32 type 20",
    "Tensor": "repeated int64 dims 1; optional int32 data_type 2; repeated float float_data 4;"
    "repeated int32 int32_data 5; repeated int64 int64_data 7; optional string name 8;"
    "optional bytes raw_data 9; repeated Entry external_data 13; optional int32 data_location 14",
    "Entry": "optional string key 1; optional string value 2",
    "Value": "optional string name 1; optional Type type 2",
    "Type": "optional TensorType tensor_type 1",
    "TensorType": "optional int32 elem_type 1; optional Shape shape 2",
    "Shape": "repeated Dimension dim 1",
    "Dimension": "optional int64 dim_value 1; optional string dim_param 2",
}


def parse(content: bytes) -> Any:
    """A whole model file as a message.

    Raises:
        google.protobuf.message.DecodeError: It is no ONNX file.
    """
    return message("Model").FromString(content)


def node(kind: str, read: Sequence[str], made: str, **attributes: Any) -> Any:
    """Make a node with one output.

    Args:
        kind: The operator, e.g. "Conv".
        read: The names of the tensors that it reads, in the operator's order; "" for one that is
            left out.
        made: The name of its output.
        attributes: The operator's attributes, each an integer, a float, bytes, or a sequence of
            integers.

    Returns:
        A Node, which belongs to no graph yet.
    """
    # Not the output's name: some files have a node of that name.
    new = message("Node")(op_type=kind, input=read, output=[made], name=f"{made}/{kind}")
    for name, value in attributes.items():
        field = {int: "i", float: "f", bytes: "s"}.get(type(value), "ints")
        new.attribute.add(name=name, type=_ATTRIBUTE_KINDS[field], **{field: value})
    return new


def attribute(node: Any, name: str, default: Any = None) -> Any:
    """Read an attribute of a node.

    Args:
        node: The node.
        name: The attribute's name.
        default: What is returned where the node does not have it.

    Returns:
        An integer, a float, bytes, a Tensor, or a list of integers.
    """
    for entry in node.attribute:
        if entry.name == name:
            for field in ("i", "f", "s", "t"):
                if entry.HasField(field):
                    return getattr(entry, field)
            return list(entry.ints)
    return default


def tensor(name: str, array: NDArray[Any]) -> Any:
    """Make an initialiser from an array.

    Args:
        name: The tensor's name.
        array: Of any shape, and of one of DTYPES.

    Returns:
        A Tensor with the array's shape and a copy of its numbers.

    Raises:
        KeyError: The array's type is none of DTYPES.
    """
    return message("Tensor")(
        name=name,
        dims=array.shape,
        data_type=_KINDS[array.dtype],
        raw_data=np.ascontiguousarray(array).tobytes(),
    )


def array_of(tensor: Any) -> NDArray[Any] | None:
    """Read the numbers of a tensor.

    Args:
        tensor: An initialiser, or a constant's value.

    Returns:
        An array of the tensor's shape, which may be read-only; None where the numbers lie in
        another file, or their type is none of DTYPES.
    """
    dtype = DTYPES.get(tensor.data_type)
    if dtype is None or tensor.data_location == EXTERNAL:
        return None
    if tensor.raw_data or 0 in tensor.dims:
        flat = np.frombuffer(tensor.raw_data, dtype)
    elif tensor.data_type == FLOAT16:
        flat = np.array(tensor.int32_data, np.uint16).view(np.float16)
    else:
        flat = np.array(getattr(tensor, _SPARE.get(tensor.data_type, "int32_data")), dtype)
    return flat.reshape(tuple(tensor.dims))


def value(name: str, kind: int, shape: Sequence[int]) -> Any:
    """Describe an input or output of a graph.

    Args:
        name: The tensor's name.
        kind: Its TensorProto.DataType, e.g. FLOAT.
        shape: Its sides; empty for a scalar.

    Returns:
        A Value, which belongs to no graph yet.
    """
    new = message("Value")(name=name)
    new.type.tensor_type.elem_type = kind
    # Set even where it has no dimensions: then it is that of a scalar.
    new.type.tensor_type.shape.SetInParent()
    for side in shape:
        new.type.tensor_type.shape.dim.add(dim_value=side)
    return new


def opset(model: Any) -> int:
    """The version of ONNX's own operators that a model uses."""
    return max((entry.version for entry in model.opset_import if not entry.domain), default=0)


@cache
def message(name: str) -> Any:
    """The class of a message of the schema."""
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"onnx.{name}"))


@cache
def _pool() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="graph.proto", package="onnx", syntax="proto2")
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, fields in _SCHEMA.items():
        described = file.message_type.add(name=name)
        for words in fields.split(";"):
            label, kind, field, number = words.split()
            entry = described.field.add(name=field, number=int(number))
            entry.label = getattr(kinds, f"LABEL_{label.upper()}")
            if kind in _SCHEMA:
                entry.type, entry.type_name = kinds.TYPE_MESSAGE, f".onnx.{kind}"
            else:
                entry.type = getattr(kinds, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool
