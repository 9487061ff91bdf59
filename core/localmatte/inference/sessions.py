"""Loaded networks: which provider runs them, and how many stay in memory."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

from numpy.typing import NDArray

from localmatte import library, store
from localmatte.errors import (
    CancelledError,
    MemoryShortError,
    ModelError,
    ProviderError,
    reason,
)
from localmatte.inference import trial, trial_process
from localmatte.inference.idle import Idle
from localmatte.inference.network import Network, unloadable
from localmatte.models.spec import ModelSpec
from localmatte.progress import CancelToken
from localmatte.providers import ACCELERATED, AUTO, CPU, ONE_CORE, get
from localmatte.providers.base import Provider
from localmatte.system import memory, pace
from localmatte_bridge.words import N_, Sentence, together

Ran = TypeVar("Ran")

MANY = float("inf")
"""So many images that only the pace counts, and not the start."""

TRIAL_SECONDS = 10.0
"""About how long it takes to try all providers: 7 to 8 s were measured beside an H100."""

USUAL_SECONDS = 1.0
"""How long a network is thought to take that never ran here."""

KEPT = 2
"""How many networks stay loaded; a third one pushes out the one that was used longest ago."""


class Runner(Protocol):
    """A network that can be run, as Loaded is; its attributes are as there."""

    spec: ModelSpec
    provider: Provider
    device: str
    notice: str
    trying: tuple[str, ...]

    @property
    def answers_as(self) -> str:
        """The name of the provider whose earlier answers count as its own."""
        ...

    def run(self, tensor: NDArray[Any], cancel: CancelToken) -> NDArray[Any]:
        """Run the network.

        Args:
            tensor: 1×C×h×w float32, as for Network.run().
            cancel: Stops the run.

        Returns:
            The output for postprocess(); its last two axes are the matte's, h×w.

        Raises:
            CancelledError: When `cancel` was called.
            LocalmatteError: It cannot be run.
        """
        ...


@dataclass
class Loaded:
    """A network on the provider that runs it.

    Attributes:
        spec: The model's row.
        provider: Where it runs.
        device: The name of that device.
        notice: What the user should know about the choice; empty when all is well.
        cpu: What takes over when the device fails.
        trying: The titles of providers that may be faster, and are tried between requests.
        seconds: How long loading it took.
        stands_for: The name of the provider in whose place it came; empty where in nobody's.
    """

    spec: ModelSpec
    network: Network
    provider: Provider
    device: str
    notice: str = ""
    cpu: Provider = CPU
    trying: tuple[str, ...] = ()
    seconds: float = 0.0
    stands_for: str = ""
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def answers_as(self) -> str:
        """The name of the provider whose earlier answers count as its own."""
        return self.stands_for or self.provider.name

    def run(self, tensor: NDArray[Any], cancel: CancelToken) -> NDArray[Any]:
        """Run the network; a device that fails is given up for the CPU, once and aloud.

        Several threads may run it at once; a device serves them in turn.

        Args:
            tensor: 1×C×h×w float32, as for Network.run().
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
        idle: Tries the providers for "auto" between requests; None to try them when a network
            is loaded.
        images: How many there are. Where the CPU is done with few of them before anything else
            can be tried, nothing is.
    """

    def __init__(self, cpu: Provider = CPU, idle: Idle | None = None, images: float = MANY) -> None:
        self._cpu = cpu
        self._idle = idle
        self._images = images
        self._loading = threading.Lock()
        self._loaded: OrderedDict[tuple[str, str], Loaded] = OrderedDict()

    @property
    def models(self) -> list[str]:
        """The ids of the models in memory."""
        return [loaded.spec.id for loaded in list(self._loaded.values())]

    def get(
        self, model: str | ModelSpec, provider: str, cancel: CancelToken | None = None
    ) -> Loaded:
        """Choose the provider of a network, and load it, where it is not in memory.

        ONNX Runtime cannot be stopped while it loads. After a cancel it goes on by itself, and
        the network stays for the next request; no other is loaded meanwhile.

        Args:
            model: A model's id, or the path of an .onnx file; or its row.
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

    def _get(self, model: str | ModelSpec, provider: str, cancel: CancelToken) -> Loaded:
        spec = library.find(model) if isinstance(model, str) else model
        key = (spec.file.sha256, provider)
        with cancel.holding(self._loading):
            if key not in self._loaded:
                # Let go first: memory has to hold the kept networks, and not one more.
                while len(self._loaded) >= KEPT:
                    self._loaded.popitem(last=False)
                self._loaded[key] = self._load(spec, provider, cancel)
                memory.give_back()
                self._improve(key, self._loaded[key])
            self._loaded.move_to_end(key)
            return self._loaded[key]

    def _load(self, spec: ModelSpec, wanted: str, cancel: CancelToken) -> Loaded:
        # Read once: what is hashed is what the trials and the session get.
        content = store.contents(spec, cancel)
        now = self._idle is None and worth_a_trial(spec, self._images)
        images = 1 if self._idle else self._images
        choice = choose(spec, content, wanted, cancel, now=now, images=images)
        cancel.check()
        try:
            return self._opened(spec, content, choice)
        except (MemoryShortError, ModelError):
            if not choice.left:
                raise
        # The CPU cannot answer first.
        return self._opened(spec, content, choose(spec, content, wanted, cancel))

    def _opened(self, spec: ModelSpec, content: store.Contents, choice: Choice) -> Loaded:
        provider = self._cpu if choice.provider is CPU else choice.provider
        trying = tuple(other.title for other in choice.left if self._idle)
        for loaded in self._loaded.values():
            if (loaded.spec, loaded.provider, loaded.notice) == (spec, provider, choice.notice):
                return loaded if loaded.trying == trying else replace(loaded, trying=trying)
        start = time.perf_counter()
        try:
            network = _network(provider, spec, content)
        except MemoryShortError:
            if not self._loaded:
                raise
            # Those that are kept take memory, too.
            self._loaded.clear()
            network = _network(provider, spec, content)
        seconds = time.perf_counter() - start
        device = provider.devices()[0]
        return Loaded(spec, network, provider, device, choice.notice, self._cpu, trying, seconds)

    def _improve(self, key: tuple[str, str], loaded: Loaded) -> None:
        """Find what is faster, once there is time for that."""
        if self._idle and loaded.trying:
            work = partial(self._better, key, loaded)
            self._idle.do(work, after_answer=bool(untried(loaded.spec)))

    def _better(self, key: tuple[str, str], loaded: Loaded, cancel: CancelToken) -> None:
        """Put the fastest provider in the place of the one that serves meanwhile."""
        try:
            better = self._fastest(loaded, cancel)
        except CancelledError:
            raise
        except Exception:
            loaded.trying = ()
            raise
        loaded.trying = ()
        with self._loading:
            if self._loaded.get(key) is loaded:
                self._loaded[key] = better
        memory.give_back()

    def _fastest(self, loaded: Loaded, cancel: CancelToken) -> Loaded:
        spec = loaded.spec
        if loaded.provider is self._cpu:
            try_out(
                spec,
                lambda: trial.Reference.of(loaded.network, spec, loaded.seconds, cancel),
                cancel,
            )
        else:
            try_out(spec, lambda: None, cancel)
        content = store.contents(spec, cancel)
        choice = choose(spec, content, AUTO, cancel, now=False, images=MANY)
        if choice.provider in (CPU, loaded.provider):
            return replace(loaded, notice=choice.notice, trying=())
        return self._replaced(loaded, content, choice.provider)

    def _replaced(self, loaded: Loaded, content: store.Contents, provider: Provider) -> Loaded:
        spec = loaded.spec
        try:
            start = time.perf_counter()
            network = _network(provider, spec, content)
            seconds = time.perf_counter() - start
            # The first run compiles.
            network.run(trial.test_image(spec.input_size, spec.channels))
        except Exception as error:
            return replace(loaded, notice=failed(provider, reason(error)), trying=())
        return Loaded(
            spec,
            network,
            provider,
            provider.devices()[0],
            cpu=self._cpu,
            seconds=seconds,
            stands_for=loaded.answers_as,
        )


class Choice(NamedTuple):
    """What runs a network.

    Attributes:
        provider: That.
        notice: What the user should know of the choice; empty when all is well.
        left: What may be faster, but was not tried yet, or takes longer for its start than the
            CPU for the images.
    """

    provider: Provider
    notice: str = ""
    left: tuple[Provider, ...] = ()


def choose(
    spec: ModelSpec,
    content: store.Contents,
    wanted: str,
    cancel: CancelToken,
    *,
    now: bool = True,
    images: float = 1,
) -> Choice:
    """Choose what runs a network.

    Args:
        spec: The model's row.
        content: The network's file, as store.contents() gives it.
        wanted: "auto", or a provider's name.
        cancel: Ends the trials.
        now: Whether the accelerated providers are tried where that is not done yet, and the
            fastest is chosen however long its start takes.
        images: For how many of them the choice is made.

    Returns:
        The provider, and what is known of the others.

    Raises:
        ProviderError: The wanted one is unknown, or cannot work here.
        CancelledError: When `cancel` was called.
    """
    if wanted != AUTO:
        provider = get(wanted)
        provider.devices()
        return Choice(provider)
    verdicts: dict[Provider, trial.Verdict] = {}
    left: list[Provider] = []
    for provider in ACCELERATED:
        # Not installed, or no such device: nothing that a user has to be told each time.
        with contextlib.suppress(ProviderError):
            try:
                found = (
                    trial.verdict(provider, spec, content, cancel)
                    if now
                    else trial.remembered(provider, spec)
                )
            except MemoryShortError as error:
                found = trial.Verdict(False, error.message)
            if found is None:
                left.append(provider)
            else:
                verdicts[provider] = found
    usable = [provider for provider, verdict in verdicts.items() if verdict.usable]
    if usable:
        best = min(usable, key=lambda provider: verdicts[provider].seconds)
        if now or not verdicts[best].later_than_cpu(images):
            return Choice(best, "", tuple(left))
        left.insert(0, best)
    reasons = [] if left else [verdict.reason for verdict in verdicts.values()]
    notice = together([*reasons, N_("Using the CPU instead.")]) if reasons else ""
    return Choice(CPU, notice, tuple(left))


def worth_a_trial(spec: ModelSpec, images: float) -> bool:
    """Whether the network will run for longer than it takes to try all providers.

    Args:
        spec: The model's row.
        images: How many there are.

    Returns:
        By the time that it took last.
    """
    return images * (pace.last(spec.file.sha256) or USUAL_SECONDS) > TRIAL_SECONDS


def untried(spec: ModelSpec) -> list[Provider]:
    """The accelerated providers that there are here and whose speed nobody knows.

    Args:
        spec: The model's row.

    Returns:
        In the order in which they are tried.
    """
    found = []
    for provider in ACCELERATED:
        with contextlib.suppress(ProviderError, MemoryShortError):
            if trial.remembered(provider, spec) is None:
                found.append(provider)
    return found


def try_out(
    spec: ModelSpec, reference: Callable[[], trial.Reference | None], cancel: CancelToken
) -> None:
    """Try what was not tried yet, each in a process of its own, and remember what that showed.

    Args:
        spec: The model's row.
        reference: Says what the CPU makes of the test image.
        cancel: Cancelled by a request: a provider that was too slow meanwhile is tried again.

    Raises:
        CancelledError: It has to be done again.
    """
    waiting = untried(spec)
    measured = reference() if waiting else None
    for provider in waiting:
        with contextlib.suppress(ProviderError, MemoryShortError):
            found = trial_process.attempt(provider, spec, measured)
            if found and found.slower:
                cancel.check()
            if found:
                trial.remember(provider, spec, found)


def _network(provider: Provider, spec: ModelSpec, content: store.Contents) -> Network:
    try:
        return Network.open(provider, spec, content)
    except (ProviderError, MemoryShortError):
        raise
    except Exception as error:
        raise unloadable(spec, provider, error) from error
