"""What the editors say of the device that the engine computed on."""

from __future__ import annotations

from localmatte_bridge import device


def test_a_device_is_named_and_the_cpu_is_the_cpu() -> None:
    assert device.named({"provider": "cpu", "device": "16 cores"}) == "Running on the CPU"
    trying = {"provider": "cpu", "device": "16 cores", "trying": ["CUDA", "WebGPU"]}
    assert device.named(trying) == "Running on the CPU; trying CUDA, WebGPU"
    named = device.named({"provider": "webgpu", "device": "NVIDIA H100"})
    assert named == "Running on the GPU (NVIDIA H100)"
