"""What every execution provider answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol


class Provider(Protocol):
    """One way to run a network: a processor, through one of ONNX Runtime's providers."""

    name: str
    """As on the command line, e.g. "webgpu"."""

    title: str
    """As people know it, e.g. "WebGPU"."""

    def devices(self) -> list[str]:
        """Name the devices that this provider would use here, best first.

        Raises:
            ProviderError: It cannot work here; the sentence says why.
        """
        ...

    def version(self) -> str:
        """The version of the software that does the work."""
        ...

    def session(self, path: Path) -> Any:
        """Load a model into an onnxruntime.InferenceSession on the first device."""
        ...


def session_options() -> Any:
    """The options that all providers share."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Only errors: everything that a user should know is said by localmatte itself.
    options.log_severity_level = 3
    # Threads that spin on after a run would keep a core busy while the user paints.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return options
