"""What every execution provider answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from localmatte.onnx.weights import weights_from

if TYPE_CHECKING:
    from localmatte.onnx.optimise import Light


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

    def free_memory(self) -> int | None:
        """How much memory is free where a model would run, in bytes; None where nothing tells."""
        ...

    def session(self, model: Light) -> Any:
        """Load a model into an onnxruntime.InferenceSession on the first device.

        Args:
            model: As prepare.prepared() gives it.
        """
        ...


SPINNING = "100"
"""For so many microseconds a thread of a heavy network waits awake for the others."""


def session_options(model: Light, threads: int = 0) -> Any:
    """The options that all providers share.

    Args:
        model: What is to be loaded.
        threads: How many of the processor's cores one run uses; 0 for all.

    Returns:
        An onnxruntime.SessionOptions.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Only errors: everything that a user should know is said by localmatte itself.
    options.log_severity_level = 3
    weights_from(options, model.folder)
    options.intra_op_num_threads = threads
    # With a plan of its memory a session holds what its first run took beside what the plan
    # takes: 541 instead of 348 MB for u2netp, 1271 instead of 899 MB for ISNet, and no faster.
    # DirectML cannot work with one.
    options.enable_mem_pattern = False
    if model.folder:
        # It takes seconds of the processor. Awake until the others are done, its threads took a
        # fifth more of it, and no less time, beside other programs.
        options.add_session_config_entry("session.intra_op.spin_duration_us", SPINNING)
    # Threads that spin on after a run would keep a core busy while the user paints.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return options
