"""Where a file may come from, in the order in which it is tried."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Protocol

from localmatte.models.spec import ModelFile
from localmatte.progress import CancelToken, OnProgress
from localmatte.store import download
from localmatte.store.known import KnownCopies
from localmatte.store.packages import RegistrySource
from localmatte.store.part import PartFile


class Source(Protocol):
    """One way to come by a file's bytes."""

    @property
    def label(self) -> str:
        """What an error calls it."""

    @property
    def networked(self) -> bool:
        """Whether it needs the network."""

    def fill(self, part: PartFile, on_progress: OnProgress, cancel: CancelToken) -> None:
        """Append to the part what is still missing of it, or raise.

        Args:
            part: What is there so far.
            on_progress: Told how much of the file is there.
            cancel: Stops the transfer.
        """


def of(file: ModelFile) -> Iterator[Source]:
    """The file's sources: what is on this computer first, then mirror, https, packages.

    Args:
        file: What is looked for.
    """
    yield KnownCopies()
    if mirror := os.environ.get("LOCALMATTE_MIRROR", "").rstrip("/"):
        if file.parts:
            yield download.in_parts("the mirror's parts", mirror, file)
        yield download.whole("the mirror by hash", f"{mirror}/{file.sha256}", file)
        yield download.whole("the mirror by name", f"{mirror}/{file.name}", file)
    for address in file.addresses:
        in_parts = download.in_parts if file.parts else download.whole
        yield in_parts(address, address, file)
    for package in file.packages:
        yield RegistrySource(package)
