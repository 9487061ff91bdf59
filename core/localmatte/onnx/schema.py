"""ONNX's files as messages that can be changed.

They are protocol buffers. What is needed of their schema stands below as a table, with the field
numbers of onnx.proto; protobuf, which ONNX Runtime brings along, keeps all other fields as they
are.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FLOAT, FLOAT16, DOUBLE = 1, 10, 11
"""TensorProto.DataType."""

INTEGER = 2
"""AttributeProto.AttributeType."""

_SCHEMA = {
    "Model": "optional Graph graph 7",
    "Graph": "repeated Node node 1; repeated Tensor initializer 5; repeated Value input 11;"
    "repeated Value output 12; repeated Value value_info 13",
    "Node": "repeated string input 1; repeated string output 2; optional string op_type 4;"
    "repeated Attribute attribute 5",
    "Attribute": "optional string name 1; optional int64 i 3; optional bytes s 4;"
    "optional Tensor t 5; optional Graph g 6; repeated int64 ints 8; optional int32 type 20",
    "Tensor": "repeated int64 dims 1; optional int32 data_type 2; repeated int32 int32_data 5;"
    "optional string name 8; optional bytes raw_data 9",
    "Value": "optional string name 1; optional Type type 2",
    "Type": "optional TensorType tensor_type 1",
    "TensorType": "optional int32 elem_type 1",
}


def parse(content: bytes) -> Any:
    """A whole model file as a message.

    Raises:
        google.protobuf.message.DecodeError: It is no ONNX file.
    """
    return _model().FromString(content)


@cache
def _model() -> Any:
    """The class of a whole model file, made from the schema."""
    file = descriptor_pb2.FileDescriptorProto(name="graph.proto", package="onnx", syntax="proto2")
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, fields in _SCHEMA.items():
        message = file.message_type.add(name=name)
        for words in fields.split(";"):
            label, kind, field, number = words.split()
            entry = message.field.add(name=field, number=int(number))
            entry.label = getattr(kinds, f"LABEL_{label.upper()}")
            if kind in _SCHEMA:
                entry.type, entry.type_name = kinds.TYPE_MESSAGE, f".onnx.{kind}"
            else:
                entry.type = getattr(kinds, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("onnx.Model"))
