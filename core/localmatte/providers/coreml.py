"""Apple's graphics and neural processors through Core ML, a part of the wheel for macOS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localmatte.providers.built_in import BuiltIn

if TYPE_CHECKING:
    from localmatte.onnx.optimise import Light


class CoreMl(BuiltIn):
    """ONNX Runtime's Core ML provider."""

    name = "coreml"
    title = "Core ML"
    key = "CoreMLExecutionProvider"
    device = "Apple GPU and Neural Engine"
    hint = "It requires a Mac with Apple silicon."

    def options(self, model: Light) -> dict[str, str]:
        """The newer of Core ML's two model formats; the older one knows fewer operators."""
        return {"ModelFormat": "MLProgram"}
