"""Tries a provider with a model for real, and remembers what came of it."""

from __future__ import annotations

import json
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localmatte import store
from localmatte.errors import CancelledError, LocalmatteError, MemoryShortError, ModelError, reason
from localmatte.inference import room
from localmatte.inference.network import Network, postprocess
from localmatte.models.spec import ModelSpec
from localmatte.progress import CancelToken
from localmatte.providers import CPU
from localmatte.providers.base import Provider
from localmatte.system import paths
from localmatte.system.files import replacing
from localmatte_bridge import plain_file
from localmatte_bridge.words import Sentence, packed, unpacked

NVIDIA_DRIVER = Path("/sys/module/nvidia/version")

TOLERANCE = 0.02
"""How far a matte may lie from the CPU's anywhere; half precision gives about 0.001."""

RUNS = 3
"""So many short runs are timed, of which the best counts: other programs run, too."""

SHORT_SECONDS = 0.5


@dataclass(frozen=True)
class Verdict:
    """What a trial showed.

    Attributes:
        usable: Whether the provider ran, agreed with the CPU, and was faster. One that runs a
            model which the CPU cannot run is usable, too.
        reason: Why not, in one sentence; empty when usable.
        seconds: One warm forward pass; 0 where none came to its end.
        cpu_seconds: The same on the CPU.
        difference: The largest difference from the CPU's matte, in 0..1.
        start_seconds: Loading the model and the first forward pass; 0 where that is not known.
        cpu_start_seconds: The same on the CPU.
    """

    usable: bool
    reason: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    difference: float = 0.0
    start_seconds: float = 0.0
    cpu_start_seconds: float = 0.0

    @property
    def slower(self) -> bool:
        """Whether nothing but its time speaks against the provider."""
        return 0 < self.cpu_seconds <= self.seconds and self.difference <= TOLERANCE

    def later_than_cpu(self, images: float) -> bool:
        """Whether the CPU is done sooner, where neither has loaded the model yet.

        Args:
            images: How many there are.

        Returns:
            False where that is not known.
        """
        if not self.start_seconds or not self.cpu_start_seconds:
            return False
        again = max(images - 1, 0)
        ours, cpu = self.seconds * again, self.cpu_seconds * again
        return self.start_seconds + ours > self.cpu_start_seconds + cpu


@dataclass(frozen=True)
class Reference:
    """What the CPU makes of the test image.

    Attributes:
        matte: h×w float32 in 0..1.
        seconds: One warm forward pass.
        start_seconds: Loading the model and the first forward pass.
    """

    matte: NDArray[np.float32]
    seconds: float
    start_seconds: float

    @classmethod
    def of(cls, network: Network, spec: ModelSpec, load: float, cancel: CancelToken) -> Reference:
        """Run a network that is loaded on the CPU, and warm.

        Args:
            network: Runs.
            spec: The model's row.
            load: How many seconds loading it took.
            cancel: Stops the run.

        Returns:
            What it gave.

        Raises:
            CancelledError: `cancel` was called.
            Exception: Whatever the run raised.
        """
        probe = test_image(spec.input_size, spec.channels)
        start = time.perf_counter()
        output = network.run(probe, cancel)
        seconds = time.perf_counter() - start
        return cls(postprocess(output, spec), seconds, load + seconds)


def verdict(
    provider: Provider, spec: ModelSpec, content: store.Contents, cancel: CancelToken | None = None
) -> Verdict:
    """Look up what a trial of this model, provider, version and device showed, or make the trial.

    Args:
        provider: What is tried.
        spec: The model's row.
        content: The model's file, verified.
        cancel: Ends the trial.

    Returns:
        The verdict; a new one is remembered for later calls and processes.

    Raises:
        ProviderError: The provider cannot work here at all; nothing is remembered.
        MemoryShortError: There is not enough memory now; nothing is remembered.
        CancelledError: `cancel` was called; nothing is remembered.
    """
    known = remembered(provider, spec)
    if known:
        return known
    found = attempt(provider, spec, content, cancel)
    remember(provider, spec, found)
    return found


def remembered(provider: Provider, spec: ModelSpec) -> Verdict | None:
    """What an earlier trial of this model, provider, version and device showed; None without one.

    Args:
        provider: What was tried.
        spec: The model's row.

    Returns:
        The verdict.

    Raises:
        ProviderError: The provider cannot work here at all.
        MemoryShortError: There is not enough memory for the model now.
    """
    key = _key(provider, spec)
    room.check(provider, spec)
    return _remembered().get(key)


def remember(provider: Provider, spec: ModelSpec, found: Verdict) -> None:
    """Keep a verdict for later calls and processes.

    Args:
        provider: What was tried.
        spec: The model's row.
        found: What that showed.

    Raises:
        ProviderError: The provider cannot work here at all.
    """
    _write(_remembered() | {_key(provider, spec): found})


def _key(provider: Provider, spec: ModelSpec) -> str:
    device = provider.devices()[0]
    versions = (provider.version(), CPU.version(), _drivers())
    return "|".join((spec.file.sha256, provider.name, device, *versions))


def attempt(
    provider: Provider,
    spec: ModelSpec,
    content: store.Contents,
    cancel: CancelToken | None = None,
    reference: Reference | None = None,
) -> Verdict:
    """Load the model, run it, compare its matte with the CPU's, and time both.

    Args:
        provider: What is tried.
        spec: The model's row.
        content: The model's file, verified.
        cancel: Ends the trial.
        reference: What the CPU makes of the test image; None to find that out, too.

    Returns:
        What it showed. Whatever the provider raised is the verdict's reason.

    Raises:
        MemoryShortError: There is not enough memory for it now.
        CancelledError: `cancel` was called.
    """
    cancel = cancel or CancelToken()
    if provider.name in spec.avoid_providers:
        said = Sentence(
            "{provider} is known to fail with the model {model}.",
            provider=provider.title,
            model=spec.id,
        )
        return Verdict(False, said)
    probe = test_image(spec.input_size, spec.channels)
    try:
        output, start, seconds = _timed(provider, spec, content, probe, cancel)
    except (CancelledError, MemoryShortError):
        raise
    except LocalmatteError as error:
        return Verdict(False, error.message)
    except Exception as error:
        failed = Sentence(
            "{provider} failed: {reason}.", provider=provider.title, reason=reason(error)
        )
        return Verdict(False, failed)
    if provider is CPU:
        return Verdict(True, "", seconds, seconds, 0.0, start, start)
    wrong = Sentence("{provider} gave a wrong result on this device.", provider=provider.title)
    try:
        matte = postprocess(output, spec)
    except ModelError:
        return Verdict(False, wrong, seconds)
    if reference is None:
        try:
            expected, cpu_start, cpu_seconds = _timed(CPU, spec, content, probe, cancel)
        except CancelledError:
            raise
        except Exception:
            # A model that is too large for the CPU has nothing else to run on.
            return Verdict(True, seconds=seconds, start_seconds=start)
        reference = Reference(postprocess(expected, spec), cpu_seconds, cpu_start)
    difference = float(np.abs(matte - reference.matte).max())
    fault = ""
    if difference > TOLERANCE:
        fault = wrong
    elif seconds >= reference.seconds:
        fault = Sentence(
            "{provider} is slower than the CPU on this computer.", provider=provider.title
        )
    cpu = reference.seconds, reference.start_seconds
    return Verdict(not fault, fault, seconds, cpu[0], difference, start, cpu[1])


def _drivers() -> str:
    """What changes when drivers do: the system's own version, and NVIDIA's where Linux tells it."""
    try:
        nvidia = NVIDIA_DRIVER.read_text("ascii").strip()
    except OSError:
        nvidia = ""
    return " ".join((platform.system(), platform.release(), platform.version(), nvidia)).strip()


def test_image(size: int, channels: int) -> NDArray[np.float32]:
    """A bright disc before a dark ramp, 1×channels×size×size, as a normalised picture.

    Every network is sure about it. On noise none is, and half precision then moves a right
    result further than a fault moves this one.

    Args:
        size: Its sides, in pixels.
        channels: 3, or 4 for its trimap behind the colours.

    Returns:
        1×channels×size×size float32.
    """
    rows, columns = np.mgrid[:size, :size].astype(np.float32) / size - np.float32(0.5)
    disc = 1 / (1 + np.exp((np.hypot(rows, columns) - 0.28) * 60))
    behind = np.stack([rows, columns, rows * columns]) * 0.6 - 0.8
    colour = np.array([1.2, 0.4, 0.1]).reshape(3, 1, 1)
    picture = behind + disc * (colour - behind)
    trimap = np.where(np.abs(disc - 0.5) < 0.49, 0.5, disc > 0.5)
    return np.asarray(np.concatenate([picture, trimap[None]])[None, :channels], np.float32)


def _timed(
    provider: Provider, spec: ModelSpec, content: store.Contents, probe: Any, cancel: CancelToken
) -> tuple[Any, float, float]:
    """The output, the seconds until it was there first, and those of a warm run."""
    cancel.check()
    opened = time.perf_counter()
    network = Network.open(provider, spec, content)
    network.run(probe, cancel)
    first = time.perf_counter() - opened
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        output = network.run(probe, cancel)
        best = min(best, time.perf_counter() - start)
        if best > SHORT_SECONDS:
            break
    return output, first, best


def _file() -> Path:
    return paths.cache() / "providers.json"


def _remembered() -> dict[str, Verdict]:
    try:
        stored = json.loads(plain_file.read(_file()))
        return {
            key: Verdict(**{**fields, "reason": unpacked(fields["reason"])})
            for key, fields in stored.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        # No trial yet, or a file of another version: the trials are simply made again.
        return {}


def _write(verdicts: dict[str, Verdict]) -> None:
    fields = {
        key: {**vars(verdict), "reason": packed(verdict.reason)}
        for key, verdict in verdicts.items()
    }
    text = json.dumps(fields, indent=1)
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        with replacing(_file()) as stream:
            stream.write(text.encode())
    except OSError:
        # A read-only cache costs a trial each time, and nothing else.
        return
