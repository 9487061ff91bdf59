"""Cuts the pictures of a large batch out in processes: threads would wait for Python's lock.

Where the CPU does it all, each process has the network for itself. A graphics card stays with the
command's own process, which runs the network for the others.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import queue
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from localmatte import library
from localmatte.cli.batch import Cut
from localmatte.cli.cutter import Cutter, set_up_pillow
from localmatte.cli.jobs import Job
from localmatte.errors import CancelledError, LocalmatteError
from localmatte.inference.lent import Output
from localmatte.progress import POLL_SECONDS, CancelToken
from localmatte.providers import CPU
from localmatte.system import parallel
from localmatte.system.boundary import explained

START = multiprocessing.get_context("spawn")
"""A copy of this process would lack its threads, and ONNX Runtime's."""

MANY = 4
"""How many pictures each process must have: starting it takes as long as one."""

END_SECONDS = 30
"""How long a process may take to stop: ONNX Runtime loads a network to its end."""


@contextmanager
def hands(cutter: Cutter, jobs: Sequence[Job], at_once: int) -> Iterator[Cut]:
    """What cuts the pictures of a batch: processes, where there are many.

    Args:
        cutter: What is the same for all pictures.
        jobs: Those that are known.
        at_once: As side_by_side() says.

    Yields:
        What reports() calls for each picture.
    """
    streams = any(job.source is None or job.file is None for job in jobs)
    split = at_once > 1 and not streams and len(jobs) >= MANY * at_once
    provider = _provider(cutter) if split else ""
    lends = provider != CPU.name
    # Networks that are asked for what is clicked are not lent.
    if not provider or (lends and library.find(cutter.options.model).prompting):
        yield cutter.cut
        return
    processes = Processes(cutter, lends=lends)
    try:
        yield processes.cut
    finally:
        processes.close()


def _provider(cutter: Cutter) -> str:
    """The name of what runs the network; empty where nothing can, which each picture will say."""
    with contextlib.suppress(LocalmatteError):
        return cutter.engine.provider(cutter.options)
    return ""


class Processes:
    """One process for each thread that cuts pictures, from its first picture on.

    A process that dies fails one picture, and another takes its place.

    Args:
        cutter: What is the same for all pictures; each process gets a copy.
        lends: Whether this process runs the network for the others.
    """

    def __init__(self, cutter: Cutter, *, lends: bool) -> None:
        self._cutter = cutter
        self._lends = lends
        self._mine = threading.local()
        self._all: list[_Process] = []

    def cut(self, job: Job, label: str, cancel: CancelToken) -> dict[str, Any]:
        """Cut one picture out, as Cutter.cut() does, in the calling thread's process.

        Args:
            job: The picture, and where the result goes.
            label: What stands before the picture's name in the progress line.
            cancel: Stops the work.

        Returns:
            As Cutter.cut() does.

        Raises:
            LocalmatteError: It cannot be done, or its process died.
            CancelledError: When `cancel` was called; what the process began is undone by close().
        """
        process: _Process | None = getattr(self._mine, "process", None)
        if process is None or process.connection.closed:
            process = self._mine.process = _started(self._cutter, self._lends)
            self._all.append(process)
        return process.cut(job, label, cancel)

    def close(self) -> None:
        """Stop all processes; pictures under way are cancelled, and leave no part of a file."""
        for process in self._all:
            process.connection.close()
        for process in self._all:
            process.end()


class _Wanted(NamedTuple):
    """A picture that is to be cut out, as for Cutter.cut()."""

    job: Job
    label: str


@dataclass
class _Process:
    """A process that cuts one picture after the other, and the end of the pipe to it."""

    body: Any
    connection: Connection
    cutter: Cutter

    def cut(self, job: Job, label: str, cancel: CancelToken) -> dict[str, Any]:
        try:
            self.connection.send(_Wanted(job, label))
            while isinstance(said := self._next(cancel), np.ndarray):
                self.connection.send(self._lent(said, cancel))
        except (EOFError, OSError) as error:
            # A cancel closes the pipe, too.
            cancel.check()
            self.connection.close()
            self.end()
            raise LocalmatteError(
                f"The process that worked on this image ended unexpectedly ({self._status()}).",
                "Close other programs to free memory, then use --resume.",
            ) from error
        report: dict[str, Any] = said
        _check(report)
        return report

    def _next(self, cancel: CancelToken) -> Any:
        """What the process says next: a network's input, or its report."""
        while not self.connection.poll(POLL_SECONDS):
            cancel.check()
        return self.connection.recv()

    def _lent(self, tensor: NDArray[Any], cancel: CancelToken) -> Output | dict[str, str]:
        """Run the network for the process; what went wrong is said as in a report."""
        try:
            return self.cutter.engine.lend(tensor, self.cutter.options, cancel)
        except CancelledError:
            raise
        except Exception as error:
            return _failure(error)

    def end(self) -> None:
        self.body.join(END_SECONDS)
        if self.body.is_alive():
            self.body.kill()

    def _status(self) -> str:
        code = self.body.exitcode
        return f"signal {-code}" if code is not None and code < 0 else f"status {code}"


def _failure(error: Exception) -> dict[str, str]:
    said = explained(error)
    return {"error": str(said.message), "hint": str(said.hint)}


def _check(report: Any) -> None:
    if isinstance(report, dict) and "error" in report:
        raise LocalmatteError(report["error"], report["hint"])


def _started(cutter: Cutter, lends: bool) -> _Process:
    ours, theirs = START.Pipe()
    body = START.Process(target=_serve, args=(theirs, cutter, lends), daemon=True)
    # Ctrl+C reaches all processes of a terminal; this one hears of it through the pipe.
    blocked = hasattr(signal, "pthread_sigmask")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if blocked else set()
    try:
        body.start()
    finally:
        if blocked:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    return _Process(body, ours, cutter)


def _serve(connection: Connection, cutter: Cutter, lends: bool) -> None:
    """Cut pictures out until the pipe is closed; what is under way then is cancelled."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parallel.keep_here()
    set_up_pillow()
    cancel = CancelToken()
    jobs: queue.SimpleQueue[_Wanted | None] = queue.SimpleQueue()
    outputs: queue.SimpleQueue[Output | dict[str, str] | None] = queue.SimpleQueue()

    def listen() -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                said = connection.recv()
                (jobs if isinstance(said, _Wanted) else outputs).put(said)
        cancel.cancel()
        jobs.put(None)
        outputs.put(None)

    def ask(tensor: NDArray[Any], _: CancelToken) -> Output:
        connection.send(tensor)
        output = outputs.get()
        _check(output)
        if not isinstance(output, Output):
            raise CancelledError
        return output

    if lends:
        cutter.engine.borrow(ask)
    threading.Thread(target=listen, daemon=True).start()
    while (wanted := jobs.get()) is not None:
        try:
            report = cutter.cut(*wanted, cancel)
        except CancelledError:
            return
        except Exception as error:
            report = _failure(error)
        with contextlib.suppress(OSError):
            connection.send(report)
