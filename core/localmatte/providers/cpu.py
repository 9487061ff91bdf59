"""The processor that every computer has."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

from localmatte.providers.base import session_options


class Cpu:
    """ONNX Runtime's own CPU provider; the reference that the others are compared with."""

    name = "cpu"
    title = "CPU"

    def devices(self) -> list[str]:
        """The processor's name."""
        return [platform.processor() or platform.machine()]

    def version(self) -> str:
        """ONNX Runtime's version."""
        import onnxruntime

        return str(onnxruntime.__version__)

    def session(self, path: Path) -> Any:
        """Load a model on the CPU."""
        import onnxruntime

        return onnxruntime.InferenceSession(
            str(path), session_options(), providers=["CPUExecutionProvider"]
        )
