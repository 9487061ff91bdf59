"""NVIDIA's RTX cards through TensorRT for RTX, which compiles a network when it is loaded."""

from __future__ import annotations

from localmatte.providers.plugin import Plugin


class TensorRtRtx(Plugin):
    """The TensorRT RTX plug-in; its wheel carries NVIDIA's libraries."""

    name = "tensorrt-rtx"
    title = "TensorRT RTX"
    package = "onnxruntime-ep-nv-tensorrt-rtx"
    hint = "It requires an NVIDIA RTX card (30 series or newer) and a current driver."
