"""Loaded networks: which provider runs them, and how many stay in memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from localmatte import library, store
from localmatte.errors import CancelledError, ModelError, ProviderError, reason
from localmatte.forward import Network
from localmatte.model import ModelSpec
from localmatte.progress import CancelToken
from localmatte.providers import ACCELERATED, AUTO, CPU, get, trial
from localmatte.providers.base import Provider

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
    """

    spec: ModelSpec
    network: Network
    provider: Provider
    device: str
    notice: str = ""

    def run(self, tensor: NDArray[Any], cancel: CancelToken) -> NDArray[Any]:
        """Run the network; a device that fails is given up for the CPU, once and aloud.

        Raises:
            CancelledError: When `cancel` was called.
            ProviderError: The CPU failed, too.
        """
        try:
            return self.network.run(tensor, cancel)
        except CancelledError:
            raise
        except Exception as error:
            if self.provider is CPU:
                raise ProviderError(
                    f"The model {self.spec.id} cannot be run: {reason(error)}.",
                    "Close other programs if memory is short, or choose a smaller model.",
                ) from error
            self._move_to_cpu(reason(error))
            return self.run(tensor, cancel)

    def _move_to_cpu(self, cause: str) -> None:
        self.notice = f"{self.provider.title} failed ({cause}), so the CPU was used."
        self.network = _network(CPU, self.spec, store.verified(self.spec))
        self.provider, self.device = CPU, CPU.devices()[0]


class Sessions:
    """The networks in memory, the most recently used last."""

    def __init__(self) -> None:
        self._loaded: OrderedDict[tuple[str, str], Loaded] = OrderedDict()

    @property
    def models(self) -> list[str]:
        """The ids of the models in memory."""
        return [loaded.spec.id for loaded in self._loaded.values()]

    def get(self, model: str, provider: str) -> Loaded:
        """A network ready to run, loaded first where it is not in memory.

        Raises:
            LocalmatteError: The model or the provider cannot be used.
        """
        spec = library.find(model)
        key = (spec.file.sha256, provider)
        if key not in self._loaded:
            self._loaded[key] = _load(spec, provider)
        self._loaded.move_to_end(key)
        while len(self._loaded) > KEPT:
            self._loaded.popitem(last=False)
        return self._loaded[key]


def _load(spec: ModelSpec, wanted: str) -> Loaded:
    # Verified once for the trials and the load: a large model takes seconds to hash.
    path = store.verified(spec)
    provider, notice = _choose(spec, path, wanted)
    network = _network(provider, spec, path)
    return Loaded(spec, network, provider, provider.devices()[0], notice)


def _choose(spec: ModelSpec, path: Path, wanted: str) -> tuple[Provider, str]:
    if wanted != AUTO:
        provider = get(wanted)
        provider.devices()
        return provider, ""
    notice = ""
    for provider in ACCELERATED:
        try:
            verdict = trial.verdict(provider, spec, path)
        except ProviderError:
            # Not installed, or no such device: nothing that a user has to be told each time.
            continue
        if verdict.usable:
            return provider, ""
        notice = f"{verdict.reason} The CPU was used."
    return CPU, notice


def _network(provider: Provider, spec: ModelSpec, path: Path) -> Network:
    try:
        return Network(provider.session(path), spec)
    except ProviderError:
        raise
    except Exception as error:
        raise ModelError(
            f"The model {spec.id} cannot be opened with {provider.title}: {reason(error)}.",
            "Choose another model, or another provider.",
        ) from error
