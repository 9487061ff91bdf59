"""The processor that every computer has."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

from localmatte.providers.base import session_options
from localmatte.system import memory

if TYPE_CHECKING:
    from localmatte.onnx.optimise import Light


class Cpu:
    """ONNX Runtime's own CPU provider; the reference that the others are compared with."""

    name = "cpu"
    title = "CPU"

    def __init__(self, threads: int = 0) -> None:
        """Use that many cores for one run; 0 for all."""
        self._threads = threads

    def devices(self) -> list[str]:
        """The kind of processor."""
        return [platform.machine()]

    def version(self) -> str:
        """ONNX Runtime's version."""
        import onnxruntime

        return str(onnxruntime.__version__)

    def free_memory(self) -> int | None:
        """What the computer has free, in bytes."""
        return memory.available()

    def session(self, model: Light) -> Any:
        """Load a model on the CPU."""
        import onnxruntime

        return onnxruntime.InferenceSession(
            model.content, session_options(model, self._threads), providers=["CPUExecutionProvider"]
        )
