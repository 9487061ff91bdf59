"""Loaded networks: which provider runs them, and how many stay in memory."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from numpy.typing import NDArray

from localmatte import library, store
from localmatte.errors import CancelledError, MemoryShortError, ProviderError, reason
from localmatte.inference import trial
from localmatte.inference.network import Network, unloadable
from localmatte.models.spec import ModelSpec
from localmatte.progress import CancelToken
from localmatte.providers import ACCELERATED, AUTO, CPU, ONE_CORE, get
from localmatte.providers.base import Provider
from localmatte.system import memory, pace
from localmatte_bridge.words import N_, Sentence, together

Ran = TypeVar("Ran")

KEPT = 2
"""How many networks stay loaded; a third one pushes out the one that was used longest ago."""


@dataclass
class Loaded:
    """A network on the provider that runs it.

    Attributes:
        spec: The model's row.
        provider: Where it runs.
        device: The name of that device.
        notice: What the user should know about the choice; empty when all is well.
        cpu: What takes over when the device fails.
    """

    spec: ModelSpec
    network: Network
    provider: Provider
    device: str
    notice: str = ""
    cpu: Provider = CPU
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def run(self, tensor: NDArray[Any], cancel: CancelToken) -> NDArray[Any]:
        """Run the network; a device that fails is given up for the CPU, once and aloud.

        Several threads may run it at once; a device serves them in turn.

        Args:
            tensor: 1×3×h×w float32, as preprocess() gives it.
            cancel: Stops the run.

        Returns:
            The output for postprocess(); its last two axes are the matte's, h×w. Where the device
            failed, it is the CPU's, and `provider`, `device` and `notice` have changed.

        Raises:
            CancelledError: When `cancel` was called.
            ProviderError: The CPU failed, too.
            ModelError: The CPU cannot load the model, or its file is no longer there or whole.
        """
        if self.provider is self.cpu:
            return self._run(tensor, cancel)
        with self._turn:
            return self._run(tensor, cancel)

    def _run(self, tensor: NDArray[Any], cancel: CancelToken) -> NDArray[Any]:
        try:
            return timed(self.spec, self.provider, lambda: self.network.run(tensor, cancel))
        except CancelledError:
            raise
        except Exception as error:
            if self.provider is self.cpu:
                raise ProviderError(
                    Sentence(
                        "Cannot run the model {model}: {reason}.",
                        model=self.spec.id,
                        reason=reason(error),
                    ),
                    N_("Close other programs to free memory, or choose a smaller model."),
                ) from error
            self._move_to_cpu(reason(error), cancel)
            return self._run(tensor, cancel)

    def _move_to_cpu(self, cause: str, cancel: CancelToken) -> None:
        self.network = cancel.waiting_for(
            lambda: _network(self.cpu, self.spec, store.contents(self.spec, cancel))
        )
        self.notice = failed(self.provider, cause)
        self.provider, self.device = self.cpu, self.cpu.devices()[0]


def timed(spec: ModelSpec, provider: Provider, run: Callable[[], Ran]) -> Ran:
    """Run a network, and remember how long that took where it has the whole computer to itself.

    Args:
        spec: The model's row.
        provider: Where it runs.
        run: Runs it.

    Returns:
        What that returned.
    """
    start = time.perf_counter()
    output = run()
    if provider is not ONE_CORE:
        pace.remember(spec.file.sha256, provider.name, time.perf_counter() - start)
    return output


def failed(provider: Provider, cause: str) -> str:
    """What the user should know where the CPU took over.

    Args:
        provider: What ran the network before.
        cause: Why it does no more.

    Returns:
        One or two sentences.
    """
    return Sentence(
        "{provider} failed ({reason}). Using the CPU instead.",
        provider=provider.title,
        reason=cause,
    )


class Sessions:
    """The networks in memory, the most recently used last; may be shared by threads.

    Args:
        cpu: What runs a network where no other provider is wanted or works.
    """

    def __init__(self, cpu: Provider = CPU) -> None:
        self._cpu = cpu
        self._loading = threading.Lock()
        self._loaded: OrderedDict[tuple[str, str], Loaded] = OrderedDict()

    @property
    def models(self) -> list[str]:
        """The ids of the models in memory."""
        return [loaded.spec.id for loaded in list(self._loaded.values())]

    def get(self, model: str, provider: str, cancel: CancelToken | None = None) -> Loaded:
        """Choose the provider of a network, and load it, where it is not in memory.

        ONNX Runtime cannot be stopped while it loads. After a cancel it goes on by itself, and
        the network stays for the next request; no other is loaded meanwhile.

        Args:
            model: A model's id, or the path of an .onnx file.
            provider: "auto", or a provider's name.
            cancel: Ends the wait, the hashing and the trials.

        Returns:
            The network, ready to run; it stays usable after others have pushed it out.

        Raises:
            LocalmatteError: The model or the provider cannot be used.
            CancelledError: When `cancel` was called.
        """
        cancel = cancel or CancelToken()
        return cancel.waiting_for(lambda: self._get(model, provider, cancel))

    def _get(self, model: str, provider: str, cancel: CancelToken) -> Loaded:
        spec = library.find(model)
        key = (spec.file.sha256, provider)
        with cancel.holding(self._loading):
            if key not in self._loaded:
                # Let go first: memory has to hold the kept networks, and not one more.
                while len(self._loaded) >= KEPT:
                    self._loaded.popitem(last=False)
                self._loaded[key] = self._load(spec, provider, cancel)
                memory.give_back()
            self._loaded.move_to_end(key)
            return self._loaded[key]

    def _load(self, spec: ModelSpec, wanted: str, cancel: CancelToken) -> Loaded:
        # Read once: what is hashed is what the trials and the session get.
        content = store.contents(spec, cancel)
        provider, notice = choose(spec, content, wanted, cancel)
        if provider is CPU:
            provider = self._cpu
        cancel.check()
        for loaded in self._loaded.values():
            if (loaded.spec, loaded.provider, loaded.notice) == (spec, provider, notice):
                return loaded
        try:
            network = _network(provider, spec, content)
        except MemoryShortError:
            if not self._loaded:
                raise
            # Those that are kept take memory, too.
            self._loaded.clear()
            network = _network(provider, spec, content)
        return Loaded(spec, network, provider, provider.devices()[0], notice, self._cpu)


def choose(
    spec: ModelSpec, content: store.Contents, wanted: str, cancel: CancelToken
) -> tuple[Provider, str]:
    """Choose what runs a network; the accelerated providers are tried where that is not done yet.

    Args:
        spec: The model's row.
        content: The network's file, as store.contents() gives it.
        wanted: "auto", or a provider's name.
        cancel: Ends the trials.

    Returns:
        The provider, and what the user should know of the choice; empty when all is well.

    Raises:
        ProviderError: The wanted one is unknown, or cannot work here.
        CancelledError: When `cancel` was called.
    """
    if wanted != AUTO:
        provider = get(wanted)
        provider.devices()
        return provider, ""
    verdicts: dict[Provider, trial.Verdict] = {}
    for provider in ACCELERATED:
        # Not installed, or no such device: nothing that a user has to be told each time.
        with contextlib.suppress(ProviderError):
            try:
                verdicts[provider] = trial.verdict(provider, spec, content, cancel)
            except MemoryShortError as error:
                verdicts[provider] = trial.Verdict(False, error.message)
    usable = [provider for provider, verdict in verdicts.items() if verdict.usable]
    if usable:
        return min(usable, key=lambda provider: verdicts[provider].seconds), ""
    reasons = [verdict.reason for verdict in verdicts.values()]
    return CPU, together([*reasons, N_("Using the CPU instead.")] if reasons else [])


def _network(provider: Provider, spec: ModelSpec, content: store.Contents) -> Network:
    try:
        return Network.open(provider, spec, content)
    except (ProviderError, MemoryShortError):
        raise
    except Exception as error:
        raise unloadable(spec, provider, error) from error
