"""Any maker's GPU through WebGPU: Vulkan on Linux, Direct3D 12 on Windows, Metal on macOS.

A plug-in provider beside the stock onnxruntime wheel; see ONNX Runtime's documentation of
plug-in execution provider libraries.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from localmatte.errors import ProviderError, reason
from localmatte.providers.base import session_options

PACKAGE = "onnxruntime-ep-webgpu"

MAKERS = {
    0x1002: "AMD",
    0x106B: "Apple",
    0x10DE: "NVIDIA",
    0x13B5: "Arm",
    0x5143: "Qualcomm",
    0x8086: "Intel",
}
"""By the PCI vendor id, where the driver gives no description."""


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
            f"The WebGPU provider cannot be loaded: {reason(error)}.",
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
    maker = MAKERS.get(hardware.vendor_id) or hardware.vendor or "unknown"
    named = dict(hardware.metadata).get("Description")
    return str(named or f"{maker} GPU {hardware.device_id:#06x}")
