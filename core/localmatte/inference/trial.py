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
    """

    usable: bool
    reason: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    difference: float = 0.0


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
    device = provider.devices()[0]
    room.check(provider, spec)
    versions = (provider.version(), CPU.version(), _drivers())
    key = "|".join((spec.file.sha256, provider.name, device, *versions))
    known = _remembered()
    if key in known:
        return known[key]
    found = attempt(provider, spec, content, cancel)
    _remember(known | {key: found})
    return found


def attempt(
    provider: Provider, spec: ModelSpec, content: store.Contents, cancel: CancelToken | None = None
) -> Verdict:
    """Load the model, run it, compare its matte with the CPU's, and time both.

    Args:
        provider: What is tried.
        spec: The model's row.
        content: The model's file, verified.
        cancel: Ends the trial.

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
    probe = _subject(spec.input_size)
    try:
        output, seconds = _timed(provider, spec, content, probe, cancel)
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
        return Verdict(True, seconds=seconds, cpu_seconds=seconds)
    wrong = Sentence("{provider} gave a wrong result on this device.", provider=provider.title)
    try:
        matte = postprocess(output, spec)
    except ModelError:
        return Verdict(False, wrong, seconds)
    try:
        expected, cpu_seconds = _timed(CPU, spec, content, probe, cancel)
    except CancelledError:
        raise
    except Exception:
        # A model that is too large for the CPU has nothing else to run on.
        return Verdict(True, seconds=seconds)
    difference = float(np.abs(matte - postprocess(expected, spec)).max())
    fault = ""
    if difference > TOLERANCE:
        fault = wrong
    elif seconds >= cpu_seconds:
        fault = Sentence(
            "{provider} is slower than the CPU on this computer.", provider=provider.title
        )
    return Verdict(not fault, fault, seconds, cpu_seconds, difference)


def _drivers() -> str:
    """What changes when drivers do: the system's own version, and NVIDIA's where Linux tells it."""
    try:
        nvidia = NVIDIA_DRIVER.read_text("ascii").strip()
    except OSError:
        nvidia = ""
    return " ".join((platform.system(), platform.release(), platform.version(), nvidia)).strip()


def _subject(size: int) -> NDArray[np.float32]:
    """A bright disc before a dark ramp, 1×3×size×size, as a normalised picture.

    Every network is sure about it. On noise none is, and half precision then moves a right
    result further than a fault moves this one.
    """
    rows, columns = np.mgrid[:size, :size].astype(np.float32) / size - np.float32(0.5)
    disc = 1 / (1 + np.exp((np.hypot(rows, columns) - 0.28) * 60))
    behind = np.stack([rows, columns, rows * columns]) * 0.6 - 0.8
    colour = np.array([1.2, 0.4, 0.1]).reshape(3, 1, 1)
    return np.asarray((behind + disc * (colour - behind))[None], dtype=np.float32)


def _timed(
    provider: Provider, spec: ModelSpec, content: store.Contents, probe: Any, cancel: CancelToken
) -> tuple[Any, float]:
    cancel.check()
    network = Network.open(provider, spec, content)
    network.run(probe, cancel)
    start = time.perf_counter()
    output = network.run(probe, cancel)
    return output, time.perf_counter() - start


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


def _remember(verdicts: dict[str, Verdict]) -> None:
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
