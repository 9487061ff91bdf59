"""NVIDIA GPUs through CUDA, where the onnxruntime-gpu wheel stands in for onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from localmatte.errors import ProviderError
from localmatte.providers.base import session_options

# A heuristic choice of cuDNN's algorithms costs 0.3 s instead of 2.2 s at the first run, and
# channels-last convolutions are the faster ones on tensor cores.
OPTIONS = {"cudnn_conv_algo_search": "HEURISTIC", "prefer_nhwc": "1"}


class Cuda:
    """ONNX Runtime's CUDA provider."""

    name = "cuda"
    title = "CUDA"

    def devices(self) -> list[str]:
        """Name the CUDA device."""
        _check()
        return ["NVIDIA GPU 0"]

    def version(self) -> str:
        """ONNX Runtime's version, of which the provider is a part."""
        import onnxruntime

        return str(onnxruntime.__version__)

    def session(self, path: Path) -> Any:
        """Load a model on the first NVIDIA GPU."""
        import onnxruntime

        _check()
        onnxruntime.preload_dlls()
        session = onnxruntime.InferenceSession(
            str(path),
            session_options(),
            providers=[("CUDAExecutionProvider", OPTIONS), "CPUExecutionProvider"],
        )
        if "CUDAExecutionProvider" not in session.get_providers():
            raise ProviderError(
                "CUDA cannot be used here: its libraries or the driver are missing.",
                "Install `localmatte[cuda]` and a current NVIDIA driver.",
            )
        return session


def _check() -> None:
    import onnxruntime

    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        raise ProviderError(
            "The CUDA provider is not installed.",
            "Install `localmatte[cuda]` into an environment of its own.",
        )
