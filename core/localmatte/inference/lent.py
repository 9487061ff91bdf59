"""Networks that another process owns and lends: a graphics card is used by one process alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from localmatte import library
from localmatte.models.spec import ModelSpec
from localmatte.progress import CancelToken
from localmatte.providers import CPU, get
from localmatte.providers.base import Provider


@dataclass(frozen=True)
class Output:
    """What the owner's network made of an input.

    Attributes:
        values: For postprocess(); its last two axes are the matte's, h×w.
        provider: The name of the provider that ran it.
        device: The name of that device.
        notice: What the user should know about the choice; empty when all is well.
    """

    values: NDArray[Any]
    provider: str
    device: str
    notice: str


Ask = Callable[[NDArray[Any], CancelToken], Output]
"""Has the owner run its network on an input; raises what a network raises."""


@dataclass
class Lent:
    """A network that its owner runs; which provider that is, each output says.

    Attributes:
        spec: The model's row.
        provider: What ran it last.
        device: The name of that device.
        notice: What the user should know about the choice.
        trying: Always empty: the owner tries what there is.
        answers_as: The same for all that the owner may choose.
    """

    spec: ModelSpec
    ask: Ask
    provider: Provider = CPU
    device: str = ""
    notice: str = ""
    trying: tuple[str, ...] = ()
    answers_as: str = "lent"

    def run(self, tensor: NDArray[Any], cancel: CancelToken) -> NDArray[Any]:
        """Have the owner run the network.

        Args:
            tensor: 1×C×h×w float32, as for Network.run().
            cancel: Stops the run.

        Returns:
            The output for postprocess(); its last two axes are the matte's, h×w.

        Raises:
            CancelledError: When `cancel` was called, or the owner has ended.
            LocalmatteError: The owner cannot run it.
        """
        output = self.ask(tensor, cancel)
        self.provider, self.device = get(output.provider), output.device
        self.notice = output.notice
        return output.values


class LentSessions:
    """The networks of another process, in the place of Sessions.

    Args:
        ask: Has the owner run the one that it lends.
    """

    models: tuple[str, ...] = ()
    """Nothing is in this process's memory."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def get(self, model: str | ModelSpec, provider: str, cancel: CancelToken | None = None) -> Lent:
        """The network that is lent.

        Args:
            model: Its id, or the path of its .onnx file; or its row.
            provider: As its owner was asked for.
            cancel: There is nothing to wait for.

        Returns:
            It, before anything has run it.
        """
        return Lent(library.find(model) if isinstance(model, str) else model, self._ask)
