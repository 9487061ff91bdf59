"""Says on which machine the figures were measured."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from localmatte.errors import ProviderError
from localmatte.providers import ACCELERATED

PACKAGES = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-ep-webgpu", "numpy", "pillow", "rembg")


def describe() -> dict[str, object]:
    """The processor, the graphics cards, and the versions of what does the work."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "graphics": _graphics(),
        "packages": dict(_versions()),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _graphics() -> dict[str, list[str]]:
    found = {}
    for provider in ACCELERATED:
        try:
            found[provider.name] = provider.devices()
        except ProviderError:
            continue
    return found


def _versions() -> list[tuple[str, str]]:
    found = []
    for package in PACKAGES:
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            continue
    return found
