"""NVIDIA GPUs through CUDA, where the onnxruntime-gpu wheel stands in for onnxruntime."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import TYPE_CHECKING

from localmatte.providers.built_in import BuiltIn

if TYPE_CHECKING:
    from localmatte.onnx.optimise import Light


class Cuda(BuiltIn):
    """ONNX Runtime's CUDA provider."""

    name = "cuda"
    title = "CUDA"
    key = "CUDAExecutionProvider"
    device = "NVIDIA GPU 0"
    hint = "Install `localmatte[cuda]` into an environment of its own, and a current NVIDIA driver."

    def devices(self) -> list[str]:
        """Name the first card as NVIDIA's driver does; whether it works, only a session shows."""
        self._check()
        return [_card() or self.device]

    def options(self, model: Light) -> dict[str, str]:
        """Whatever measurements on an H100 showed to be faster and still right."""
        # A heuristic choice of cuDNN's algorithms costs 0.3 s instead of 2.2 s at the first
        # run, and channels-last convolutions are the faster ones on tensor cores. TF32's ten
        # bits moved u2netp's matte by up to 0.11; without it, half precision does not reach
        # the tensor cores either, and takes four times as long.
        return {
            "cudnn_conv_algo_search": "HEURISTIC",
            "prefer_nhwc": "1",
            "use_tf32": "1" if model.half else "0",
        }

    def prepare(self) -> None:
        """Load the CUDA libraries of NVIDIA's wheels."""
        import onnxruntime

        onnxruntime.preload_dlls()


@cache
def _card() -> str:
    """The name of the driver's first card; empty where there is no driver or no card."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return ""
    number, name = ctypes.c_int(), ctypes.create_string_buffer(256)
    failed = (
        driver.cuInit(0)
        or driver.cuDeviceGet(ctypes.byref(number), 0)
        or driver.cuDeviceGetName(name, len(name), number)
    )
    return "" if failed else name.value.decode(errors="replace")
