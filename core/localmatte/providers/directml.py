"""Windows' own way to any GPU, where the onnxruntime-directml wheel stands in for onnxruntime."""

from __future__ import annotations

from localmatte.providers.built_in import BuiltIn


class DirectMl(BuiltIn):
    """ONNX Runtime's DirectML provider, which ended near version 1.24."""

    name = "directml"
    title = "DirectML"
    key = "DmlExecutionProvider"
    device = "GPU 0"
    hint = "Install localmatte[webgpu] instead, which supports the same cards."
