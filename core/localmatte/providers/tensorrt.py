"""NVIDIA GPUs through TensorRT, which compiles a network for minutes before its first run."""

from __future__ import annotations

import contextlib
from importlib import import_module
from typing import TYPE_CHECKING, Any

from localmatte.errors import ProviderError
from localmatte.providers.built_in import BuiltIn
from localmatte.providers.cuda import Cuda
from localmatte.system import paths

if TYPE_CHECKING:
    from localmatte.onnx.optimise import Light


class TensorRt(Cuda):
    """ONNX Runtime's TensorRT provider, of the onnxruntime-gpu wheel."""

    name = "tensorrt"
    title = "TensorRT"
    key = "TensorrtExecutionProvider"
    # The provider of onnxruntime-gpu 1.31 is linked with TensorRT 10.
    hint = "Install localmatte[cuda] and the package tensorrt-cu13<11 in a separate environment."

    def session(self, model: Light) -> Any:
        """Load a model on the first device.

        Args:
            model: As prepare.prepared() gives it.

        Returns:
            An onnxruntime.InferenceSession.

        Raises:
            ProviderError: TensorRT's own libraries are missing.
            RuntimeError: Whatever else ONNX Runtime says where it cannot load the model.
        """
        try:
            # Not CUDA's, which searches for cuDNN's algorithms.
            return BuiltIn.session(self, model)
        except RuntimeError as error:
            if "install TensorRT" not in str(error):
                raise
            raise ProviderError(
                "TensorRT is not available: its libraries are missing.", self.hint
            ) from None

    def options(self, model: Light) -> dict[str, str]:
        """Half precision, and what was compiled kept for the next start."""
        return {
            "trt_fp16_enable": "1",
            "trt_engine_cache_enable": "1",
            "trt_engine_cache_path": str(paths.cache()),
            "trt_engine_cache_prefix": "tensorrt",
        }

    def prepare(self) -> None:
        """Load the libraries of NVIDIA's wheels."""
        super().prepare()
        with contextlib.suppress(ImportError):
            import_module("tensorrt")
