"""What the providers share that are compiled into a wheel of ONNX Runtime.

Only one such wheel can stand in an environment: all of them bring the module `onnxruntime`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localmatte.errors import ProviderError
from localmatte.providers.base import session_options

if TYPE_CHECKING:
    from localmatte.onnx.optimise import Light


class BuiltIn:
    """A provider of a wheel of ONNX Runtime; a subclass says which.

    Attributes:
        key: ONNX Runtime's name of it.
        device: What people call the device.
        hint: How to get it.
    """

    name: str
    title: str
    key: str
    device: str
    hint: str

    def devices(self) -> list[str]:
        """Name the device; whether it works, only a session shows."""
        self._check()
        return [self.device]

    def version(self) -> str:
        """ONNX Runtime's version, of which the provider is a part."""
        import onnxruntime

        return str(onnxruntime.__version__)

    def free_memory(self) -> int | None:
        """Nothing tells of it, in general."""
        return None

    def session(self, model: Light) -> Any:
        """Load a model on the first device."""
        return self._load(model, self.options(model))

    def options(self, model: Light) -> dict[str, str]:
        """The provider's own options for a model."""
        return {}

    def prepare(self) -> None:
        """Whatever has to be done before the first session."""

    def _load(self, model: Light, options: dict[str, str]) -> Any:
        import onnxruntime

        self._check()
        self.prepare()
        session = onnxruntime.InferenceSession(
            model.content,
            session_options(model),
            providers=[(self.key, options), "CPUExecutionProvider"],
            # It would say so on stdout, and go on with the CPU.
            enable_fallback=0,
        )
        # ONNX Runtime goes on with the CPU where a provider's own libraries are missing.
        if self.key not in session.get_providers():
            raise ProviderError(
                f"{self.title} is not available: its libraries or the driver are missing.",
                self.hint,
            )
        return session

    def _check(self) -> None:
        import onnxruntime

        if self.key not in onnxruntime.get_available_providers():
            raise ProviderError(f"The {self.title} provider is not installed.", self.hint)
