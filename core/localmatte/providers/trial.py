"""Tries a provider with a model for real, and remembers what came of it."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from localmatte import paths
from localmatte.errors import LocalmatteError, reason
from localmatte.forward import Network
from localmatte.model import ModelSpec
from localmatte.providers import CPU
from localmatte.providers.base import Provider

TOLERANCE = 0.02
"""How far a matte may lie from the CPU's anywhere; half precision gives about 0.001."""


@dataclass(frozen=True)
class Verdict:
    """What a trial showed.

    Attributes:
        usable: Whether the provider ran, agreed with the CPU, and was faster.
        reason: Why not, in one sentence; empty when usable.
        seconds: One warm forward pass; 0 where none came to its end.
        cpu_seconds: The same on the CPU.
        difference: The largest difference from the CPU's output.
    """

    usable: bool
    reason: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    difference: float = 0.0


def verdict(provider: Provider, spec: ModelSpec, path: Path) -> Verdict:
    """The remembered verdict for this model, provider, version and device, or a new one.

    Raises:
        ProviderError: The provider cannot work here at all; nothing is remembered.
    """
    device = provider.devices()[0]
    key = "|".join((spec.file.sha256, provider.name, provider.version(), CPU.version(), device))
    known = _remembered()
    if key in known:
        return known[key]
    found = attempt(provider, spec, path)
    _remember(known | {key: found})
    return found


def attempt(provider: Provider, spec: ModelSpec, path: Path) -> Verdict:
    """Load the model, run it, compare with the CPU, and time both."""
    if provider.name in spec.avoid_providers:
        return Verdict(False, f"{provider.title} is known to fail with the model {spec.id}.")
    size = spec.input_size
    probe = np.random.default_rng(0).standard_normal((1, 3, size, size), dtype=np.float32)
    try:
        output, seconds = _timed(provider, spec, path, probe)
    except LocalmatteError as error:
        return Verdict(False, error.message)
    except Exception as error:
        return Verdict(False, f"{provider.title} failed: {reason(error)}.")
    if provider is CPU:
        return Verdict(True, seconds=seconds, cpu_seconds=seconds)
    expected, cpu_seconds = _timed(CPU, spec, path, probe)
    difference = float(np.abs(output - expected).max())
    # A difference that is no number compares as false, and so counts as a wrong result.
    if not difference <= TOLERANCE:
        fault = f"{provider.title} gave a wrong result on this device."
    elif seconds >= cpu_seconds:
        fault = f"{provider.title} is slower here than the CPU."
    else:
        fault = ""
    return Verdict(not fault, fault, seconds, cpu_seconds, difference)


def _timed(provider: Provider, spec: ModelSpec, path: Path, probe: Any) -> tuple[Any, float]:
    network = Network(provider.session(path), spec)
    network.run(probe)
    start = time.perf_counter()
    output = network.run(probe)
    return output, time.perf_counter() - start


def _file() -> Path:
    return paths.cache() / "providers.json"


def _remembered() -> dict[str, Verdict]:
    try:
        stored = json.loads(_file().read_text("utf-8"))
        return {key: Verdict(**fields) for key, fields in stored.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        # No trial yet, or a file of another version: the trials are simply made again.
        return {}


def _remember(verdicts: dict[str, Verdict]) -> None:
    text = json.dumps({key: asdict(value) for key, value in verdicts.items()}, indent=1)
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=_file().parent, delete=False
        ) as file:
            file.write(text)
        Path(file.name).replace(_file())
    except OSError:
        # A read-only cache costs a trial each time, and nothing else.
        return
