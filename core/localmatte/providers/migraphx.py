"""AMD GPUs through MIGraphX, where the onnxruntime-migraphx wheel stands in for onnxruntime."""

from __future__ import annotations

from localmatte.providers.built_in import BuiltIn


class MiGraphX(BuiltIn):
    """ONNX Runtime's MIGraphX provider, of AMD's ROCm."""

    name = "migraphx"
    title = "MIGraphX"
    key = "MIGraphXExecutionProvider"
    device = "AMD GPU 0"
    hint = "Install onnxruntime-migraphx in a separate environment, and AMD's ROCm."
