"""Tries a provider in a process of its own: a driver that crashes or hangs takes nobody along."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any

from localmatte import store
from localmatte.errors import LocalmatteError
from localmatte.inference import trial
from localmatte.models.spec import ModelSpec
from localmatte.providers.base import Provider
from localmatte.system.boundary import explained
from localmatte.system.priority import stand_back
from localmatte.system.privacy import no_core_dumps
from localmatte_bridge.words import Sentence

START = multiprocessing.get_context("spawn")
"""A copy of this process would lack its threads, and ONNX Runtime's."""

TRIAL_SECONDS = 300.0
"""How long a trial may take. Core ML and WebGPU compile a large network for a minute."""

CRASHES = frozenset(
    getattr(signal, name, None) for name in ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE")
) - {None}

FATAL_STATUS = 0xC0000000
"""From here on a process's status on Windows is that of an exception that nobody caught."""


def attempt(
    provider: Provider,
    spec: ModelSpec,
    reference: trial.Reference | None = None,
    seconds: float = TRIAL_SECONDS,
) -> trial.Verdict | None:
    """Try a provider as trial.attempt() does, in a process that stands back behind all others.

    The process ends with this one, however that ends, and what it took is then free again.

    Args:
        provider: What is tried.
        spec: The model's row.
        reference: What the CPU makes of the test image; None to find that out, too.
        seconds: How long it may take.

    Returns:
        What it showed. None where the process was ended from outside, which says nothing.

    Raises:
        LocalmatteError: It cannot be tried now; as MemoryShortError.
    """
    ours, theirs = START.Pipe()
    body = START.Process(target=_try, args=(theirs, provider, spec, reference), daemon=True)
    with ours:
        with theirs:
            body.start()
        try:
            answered = ours.poll(seconds)
            found: trial.Verdict | LocalmatteError | None = ours.recv() if answered else None
        except (EOFError, OSError):
            body.join()
            return _crashed(provider, body.exitcode)
    # It may hang where nothing but the end of its process gets it out.
    body.kill()
    body.join()
    if isinstance(found, LocalmatteError):
        raise found
    return found or _failed(provider, f"no answer within {seconds:.0f} seconds")


def _try(
    connection: Connection,
    provider: Provider,
    spec: ModelSpec,
    reference: trial.Reference | None,
) -> None:
    # Ctrl+C is for whoever waits for this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    no_core_dumps()
    stand_back()

    def end_with_the_other() -> None:
        with contextlib.suppress(EOFError, OSError):
            connection.recv()
        os._exit(1)

    threading.Thread(target=end_with_the_other, daemon=True).start()
    found: Any
    try:
        found = trial.attempt(provider, spec, store.contents(spec), reference=reference)
    except Exception as error:
        found = explained(error)
    connection.send(found)


def _crashed(provider: Provider, status: int | None) -> trial.Verdict | None:
    if status is None or not (-status in CRASHES or status >= FATAL_STATUS):
        return None
    said = f"status {status:#x}" if sys.platform == "win32" else f"signal {-status}"
    return _failed(provider, f"its process crashed with {said}")


def _failed(provider: Provider, reason: str) -> trial.Verdict:
    return trial.Verdict(
        False, Sentence("{provider} failed: {reason}.", provider=provider.title, reason=reason)
    )
