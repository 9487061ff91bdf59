"""Any maker's GPU through WebGPU: Vulkan on Linux, Direct3D 12 on Windows, Metal on macOS.

A plug-in provider beside the stock onnxruntime wheel; see ONNX Runtime's documentation of
plug-in execution provider libraries.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from localmatte.errors import ProviderError
from localmatte.providers.base import session_options

PACKAGE = "onnxruntime-ep-webgpu"


class WebGpu:
    """The WebGPU plug-in provider."""

    name = "webgpu"
    title = "WebGPU"

    def devices(self) -> list[str]:
        """Name the GPUs that WebGPU sees."""
        return [_title(device) for device in _found()]

    def version(self) -> str:
        """The plug-in's version."""
        return version(PACKAGE)

    def session(self, path: Path) -> Any:
        """Load a model on the GPU that WebGPU prefers."""
        import onnxruntime

        options = session_options()
        options.add_provider_for_devices(_found()[:1], {})
        return onnxruntime.InferenceSession(str(path), options)


@cache
def _register() -> str:
    import onnxruntime

    try:
        import onnxruntime_ep_webgpu as plugin
    except ImportError:
        raise ProviderError(
            "The WebGPU provider is not installed.", "Install it with `localmatte[webgpu]`."
        ) from None
    try:
        onnxruntime.register_execution_provider_library("webgpu", plugin.get_library_path())
    except Exception as error:
        raise ProviderError(
            f"The WebGPU provider cannot be loaded: {str(error).strip().splitlines()[-1]}",
            "On Linux it needs the Vulkan loader (the package libvulkan1).",
        ) from None
    return str(plugin.get_ep_name())


def _found() -> list[Any]:
    import onnxruntime

    name = _register()
    found = [device for device in onnxruntime.get_ep_devices() if device.ep_name == name]
    if not found:
        raise ProviderError(
            "WebGPU finds no graphics card here.", "Check the driver with `vulkaninfo --summary`."
        )
    return found


def _title(device: Any) -> str:
    hardware = device.device
    known = dict(hardware.metadata)
    return str(known.get("Description") or hardware.vendor or f"device {hardware.device_id:#06x}")
