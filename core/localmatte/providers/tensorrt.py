"""NVIDIA GPUs through TensorRT, which compiles a network for minutes before its first run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localmatte import paths
from localmatte.providers.cuda import Cuda

if TYPE_CHECKING:
    from localmatte.graph import Light


class TensorRt(Cuda):
    """ONNX Runtime's TensorRT provider, of the onnxruntime-gpu wheel."""

    name = "tensorrt"
    title = "TensorRT"
    key = "TensorrtExecutionProvider"
    hint = "Install `localmatte[cuda]` and the package tensorrt into an environment of its own."

    def options(self, model: Light) -> dict[str, str]:
        """Half precision, and what was compiled kept for the next start."""
        return {
            "trt_fp16_enable": "1",
            "trt_engine_cache_enable": "1",
            "trt_engine_cache_path": str(paths.cache()),
            "trt_engine_cache_prefix": "tensorrt",
        }
