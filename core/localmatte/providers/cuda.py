"""NVIDIA GPUs through CUDA, where the onnxruntime-gpu wheel stands in for onnxruntime."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from localmatte.providers import nvidia
from localmatte.providers.built_in import BuiltIn

if TYPE_CHECKING:
    from localmatte.onnx.optimise import Light


SEARCHES = ("HEURISTIC", "EXHAUSTIVE", "DEFAULT")
"""How cuDNN's algorithms are chosen, the quickest first run first. Its heuristics find none for
some convolutions in half precision; BiRefNet lite's first run then takes 1.7 s and the next ones
0.05 s with an exhaustive search, 8.6 s and 0.08 s with the default one."""


class Cuda(BuiltIn):
    """ONNX Runtime's CUDA provider."""

    name = "cuda"
    title = "CUDA"
    key = "CUDAExecutionProvider"
    device = "NVIDIA GPU 0"
    hint = "Install localmatte[cuda] in a separate environment, and a current NVIDIA driver."

    def devices(self) -> list[str]:
        """Name the first card as NVIDIA's driver does; whether it works, only a session shows."""
        self._check()
        return [nvidia.card() or self.device]

    def free_memory(self) -> int | None:
        """What is free on the card, in bytes."""
        return nvidia.free_memory()

    def session(self, model: Light) -> Any:
        """Load a model on the first card."""
        options = self.options(model)

        def load(search: str) -> Any:
            return self._load(model, {**options, "cudnn_conv_algo_search": search})

        return Searching(load)

    def options(self, model: Light) -> dict[str, str]:
        """Whatever measurements on an H100 showed to be faster and still right."""
        # Channels-last convolutions are the faster ones on tensor cores. TF32's ten bits moved
        # u2netp's matte by up to 0.11; without it, half precision does not reach the tensor
        # cores either, and takes four times as long.
        return {
            # Not up to the next power of two: a card's memory is shared with what it shows.
            "arena_extend_strategy": "kSameAsRequested",
            "prefer_nhwc": "1",
            "use_tf32": "1" if model.half else "0",
        }

    def prepare(self) -> None:
        """Load the CUDA libraries of NVIDIA's wheels."""
        import onnxruntime

        onnxruntime.preload_dlls()


class Searching:
    """A session that is loaded again where cuDNN finds no algorithm, with another search.

    Args:
        load: Makes a session that searches in one of the ways.
    """

    def __init__(self, load: Callable[[str], Any]) -> None:
        self._load = load
        self._left = list(SEARCHES[1:])
        self._session = load(SEARCHES[0])

    def run(self, *arguments: Any) -> Any:
        """As onnxruntime.InferenceSession's."""
        while True:
            try:
                return self._session.run(*arguments)
            except Exception as error:
                if not self._left or "CUDNN" not in str(error).upper():
                    raise
            # Two at once may not fit on the card.
            self._session = None
            self._session = self._load(self._left.pop(0))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)
