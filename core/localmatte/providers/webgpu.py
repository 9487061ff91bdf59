"""Any maker's GPU through WebGPU: Vulkan on Linux, Direct3D 12 on Windows, Metal on macOS."""

from __future__ import annotations

from localmatte.providers.plugin import Plugin


class WebGpu(Plugin):
    """The WebGPU plug-in, the default way to a GPU."""

    name = "webgpu"
    title = "WebGPU"
    package = "onnxruntime-ep-webgpu"
    hint = (
        "Check the graphics driver. On Linux, install the Vulkan loader (libvulkan1); 'vulkaninfo "
        "--summary' must list the card."
    )
