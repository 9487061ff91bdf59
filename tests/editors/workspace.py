"""Folders that tests write to, kept between runs so that environments and homes stay warm."""

from __future__ import annotations

import fcntl
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.editors import rootfs


@contextmanager
def claim(name: str) -> Iterator[Path]:
    """A folder that is this process's alone while the block runs.

    Two test runs at the same time get a folder each; the next run finds one of them again,
    with whatever is in it.
    """
    for number in itertools.count():
        folder = rootfs.cache_folder() / "workspaces" / f"{name}-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        with folder.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield folder
            return
