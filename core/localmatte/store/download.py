"""Fetches a file over https: resumes, tries again a bounded number of times, gives up aloud."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from localmatte.models.spec import ModelFile
from localmatte.progress import CancelToken, OnProgress
from localmatte.store import request
from localmatte.store.meter import Meter
from localmatte.store.part import DamagedError, PartFile
from localmatte.store.request import InterruptedTransferError, UnreachableError

ATTEMPTS = 5
"""Requests in a row that bring nothing worth while before a source is given up."""
UNREACHABLE_ATTEMPTS = 2
DAMAGED_ATTEMPTS = 2
WORTH_WHILE_BYTES = 1 << 16
BACK_OFF_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0


@dataclass(frozen=True)
class Segment:
    """An address and the run of the file's bytes that lies there."""

    address: str
    start: int
    bytes: int


@dataclass(frozen=True)
class WebSource:
    """The whole of a file as one address or several."""

    label: str
    segments: tuple[Segment, ...]
    networked = True

    def fill(self, part: PartFile, on_progress: OnProgress, cancel: CancelToken) -> None:
        """Bring the part to its end.

        Args:
            part: What is there so far.
            on_progress: Told how much of the file is there.
            cancel: Stops the transfer.

        Raises:
            ModelError: The source refused, broke off too often or sent other bytes.
            StorageError: The disk is full.
            CancelledError: The caller cancelled.
        """
        part.check_room()
        meter = Meter(on_progress, part.file.bytes)
        for segment in self.segments:
            _fetch(segment, part, meter, cancel)


def whole(label: str, address: str, file: ModelFile) -> WebSource:
    """Describe the file at one address.

    Args:
        label: What an error calls it.
        address: Where the file lies; https, or http on this computer itself.
        file: What lies there.

    Returns:
        A source of one segment; nothing is requested yet.
    """
    return WebSource(label, (Segment(address, 0, file.bytes),))


def in_parts(label: str, folder: str, file: ModelFile) -> WebSource:
    """Describe the file's parts, each under its own hash in one folder.

    Args:
        label: What an error calls it.
        folder: The folder's address, with or without a slash at its end.
        file: What lies there; it names the parts.

    Returns:
        A source of one segment a part; nothing is requested yet.
    """
    return WebSource(label, tuple(_segments(folder, file)))


def _segments(folder: str, file: ModelFile) -> Iterator[Segment]:
    start = 0
    for piece in file.pieces:
        yield Segment(folder.rstrip("/") + "/" + piece.sha256, start, piece.bytes)
        start += piece.bytes


def _fetch(segment: Segment, part: PartFile, meter: Meter, cancel: CancelToken) -> None:
    end = segment.start + segment.bytes
    # Only bytes beyond the farthest yet count, or a server that starts over would never end.
    farthest = part.offset
    fruitless = damaged = 0
    while part.offset < end:
        wait = 0.0
        try:
            _transfer(segment, part, meter, cancel)
        except DamagedError:
            damaged += 1
            if damaged == DAMAGED_ATTEMPTS:
                raise
        except InterruptedTransferError as error:
            worth_while = part.offset >= min(farthest + WORTH_WHILE_BYTES, end)
            fruitless = 0 if worth_while else fruitless + 1
            farthest = max(farthest, part.offset)
            limit = UNREACHABLE_ATTEMPTS if isinstance(error, UnreachableError) else ATTEMPTS
            if fruitless >= limit:
                raise
            # None after a request that was worth while: a line that breaks often is still a line.
            wait = error.wait or BACK_OFF_SECONDS * (2**fruitless - 1) * random.uniform(0.5, 1.0)
        _sleep(min(wait, LONGEST_WAIT_SECONDS), cancel)


def _transfer(segment: Segment, part: PartFile, meter: Meter, cancel: CancelToken) -> None:
    """Make one request for the rest of the segment."""
    start = part.offset - segment.start
    with closing(request.read(segment.address, start, segment.bytes, cancel)) as blocks:
        for block in blocks:
            part.write(block)
            meter.at(part.offset)


def _sleep(seconds: float, cancel: CancelToken) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        cancel.check()
        time.sleep(min(left, 0.1))
