"""One lock a model file, held across processes and freed by the system when a process dies."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localmatte.progress import CancelToken, OnProgress
from localmatte_bridge import plain_file
from localmatte_bridge.file_lock import try_lock
from localmatte_bridge.words import N_

POLL_SECONDS = 0.1


@contextmanager
def locked(path: Path, on_progress: OnProgress, cancel: CancelToken) -> Iterator[None]:
    """Hold the lock at `path`, waiting for another process that has it.

    The lock's file stays: taking it away would let two processes lock two files of one name.

    Args:
        path: The lock's file; made where it is not there.
        on_progress: Told that another process has the lock.
        cancel: Ends the wait.

    Raises:
        CancelledError: The caller cancelled while waiting.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = plain_file.own(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not try_lock(descriptor):
            on_progress(0.0, N_("Waiting for another download of the same model"))
            cancel.check()
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)
