"""What a picture costs on its way from an editor to the worker: socket and shared memory.

`python3 -m tests.bench.transport`; both ends' processor seconds, which other programs move least.
"""

from __future__ import annotations

import contextlib
import mmap
import multiprocessing
import os
import secrets
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from statistics import median

import numpy as np

from localmatte_bridge import wire

ROUNDS = 15
PIXELS = 12_000_000
WAYS = ("socket", "socket, bytearray", "shared memory", "shared memory, kept")
SHARED = Path("/dev/shm")
PAGE = 4096
START = multiprocessing.get_context("spawn")


def main() -> None:
    """Measure all ways in turns, for layers with and without alpha."""
    print(f"{'layout':8}{'way':22}{'wall ms':>18}{'processor ms':>18}   median (least)")
    for layout in ("rgba8", "rgb8"):
        taken = _measured(PIXELS * wire.BYTES_PER_PIXEL[layout])
        for way, turns in taken.items():
            columns = (f"{median(part):.1f} ({min(part):.1f})" for part in zip(*turns, strict=True))
            print(f"{layout:8}{way:22}" + "".join(f"{column:>18}" for column in columns))


def _measured(size: int) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds of the clock and of both processors, for each way and turn."""
    pixels = memoryview(bytearray(os.urandom(PAGE) * (size // PAGE + 1)))[:size]
    taken: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    with _peer(size) as peer, contextlib.ExitStack() as stack:
        kept = stack.enter_context(_segment(size))
        for turn in range(ROUNDS + 1):
            for way in WAYS:
                wall, ours = time.perf_counter(), time.process_time()
                _SEND[way](peer, pixels, kept)
                (theirs,) = struct.unpack("d", peer.recv_bytes())
                spent = time.perf_counter() - wall, time.process_time() - ours + theirs
                # In the first turn, memory is new to everybody.
                taken[way] += [(spent[0] * 1e3, spent[1] * 1e3)] if turn else []
    return taken


@contextlib.contextmanager
def _peer(size: int) -> Iterator[Connection]:
    """A process that takes pictures, and says what that cost it."""
    with tempfile.TemporaryDirectory(prefix="lm-") as folder:
        address = str(Path(folder) / "s")
        with Listener(address, "AF_UNIX") as listener:
            process = START.Process(target=_take, args=(address, size))
            process.start()
            with listener.accept() as connection:
                yield connection
            process.join()


def _take(address: str, size: int) -> None:
    kept: dict[str, mmap.mmap] = {}
    with Client(address, "AF_UNIX") as connection, contextlib.suppress(EOFError):
        for turn in range((ROUNDS + 1) * len(WAYS)):
            start = time.process_time()
            if WAYS[turn % len(WAYS)].startswith("socket"):
                zeros = WAYS[turn % len(WAYS)].endswith("bytearray")
                received = bytearray(size) if zeros else np.empty(size, np.uint8).data
                wire.receive_into(connection, received)
                sum(received[::PAGE])
            else:
                name = connection.recv_bytes().decode()
                shared = kept.pop(name, None) or _opened(Path(name), size)
                sum(shared[::PAGE])
                if WAYS[turn % len(WAYS)].endswith("kept"):
                    kept[name] = shared
            connection.send_bytes(struct.pack("d", time.process_time() - start))


@contextlib.contextmanager
def _segment(size: int) -> Iterator[tuple[Path, mmap.mmap]]:
    """A shared file of a name that nobody guesses, for this user alone."""
    path = SHARED / f"localmatte-{secrets.token_hex(16)}"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        os.ftruncate(handle, size)
        with mmap.mmap(handle, size) as shared:
            yield path, shared
    finally:
        os.close(handle)
        path.unlink()


def _opened(path: Path, size: int) -> mmap.mmap:
    handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        return mmap.mmap(handle, size)
    finally:
        os.close(handle)


Send = Callable[[Connection, memoryview, tuple[Path, mmap.mmap]], None]


def _by_socket(peer: Connection, pixels: memoryview, _kept: tuple[Path, mmap.mmap]) -> None:
    for piece in wire.chunks(pixels):
        peer.send_bytes(piece)


def _shared(peer: Connection, pixels: memoryview, _kept: tuple[Path, mmap.mmap]) -> None:
    with _segment(len(pixels)) as (path, shared):
        shared[:] = pixels
        peer.send_bytes(str(path).encode())
        # It must be there until the other end has opened it.
        peer.poll(None)


def _kept_shared(peer: Connection, pixels: memoryview, kept: tuple[Path, mmap.mmap]) -> None:
    path, shared = kept
    shared[:] = pixels
    peer.send_bytes(str(path).encode())


_SEND: dict[str, Send] = dict(
    zip(WAYS, (_by_socket, _by_socket, _shared, _kept_shared), strict=True)
)

if __name__ == "__main__":
    main()
